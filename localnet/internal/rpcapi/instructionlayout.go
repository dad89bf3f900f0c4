package rpcapi

import (
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/gagliardetto/solana-go"
)

// instructionLayout says how an instruction is shown: under which names its
// accounts and the fields of its data.
type instructionLayout struct {
	kind     string
	accounts []string // in order; "" is required but not shown
	fields   []instructionField
	signer   string // the account after them, if there is one
	multisig string // its name if more accounts follow, which are the signers
}

type instructionField struct {
	name string
	read func(*instructionData) any
}

// parse returns the instruction's members; false if accounts are missing or the
// data is malformed. Bytes after the last field are ignored, as in Agave.
func (l *instructionLayout) parse(accounts []solana.PublicKey, data []byte) (map[string]any, bool) {
	named := len(l.accounts)
	if len(accounts) < named || l.signer != "" && len(accounts) == named {
		return nil, false
	}
	info := map[string]any{}
	for i, name := range l.accounts {
		if name != "" {
			info[name] = accounts[i]
		}
	}
	switch {
	case l.signer != "" && len(accounts) == named+1:
		info[l.signer] = accounts[named]
	case l.signer != "":
		info[l.multisig], info["signers"] = accounts[named], accounts[named+1:]
	}
	d := &instructionData{left: data}
	for _, f := range l.fields {
		if value := f.read(d); value != (omitted{}) {
			info[f.name] = value
		}
	}
	return info, !d.bad
}

// omitted is the value of a field that is not shown.
type omitted struct{}

// instructionData reads the fields of an instruction. Once data is missing, bad
// is set and every field is zero.
type instructionData struct {
	left []byte
	bad  bool
}

func (d *instructionData) next(n int) []byte {
	if d.bad || len(d.left) < n {
		d.bad = true
		return make([]byte, n)
	}
	b := d.left[:n]
	d.left = d.left[n:]
	return b
}

func (d *instructionData) uint64() uint64 { return binary.LittleEndian.Uint64(d.next(8)) }

func readByte(d *instructionData) any   { return d.next(1)[0] }
func readUint64(d *instructionData) any { return d.uint64() }
func readKey(d *instructionData) any    { return solana.PublicKey(d.next(32)) }

// readAmount shows an amount of tokens as text, because JavaScript's numbers
// have 53 bits.
func readAmount(d *instructionData) any { return strconv.FormatUint(d.uint64(), 10) }

func readTokenAmount(d *instructionData) any {
	amount := d.uint64()
	return showAmount(amount, d.next(1)[0])
}

// readSeed reads a text behind its length in 8 bytes.
func readSeed(d *instructionData) any {
	n := d.uint64()
	if n > uint64(len(d.left)) {
		d.bad = true
		return ""
	}
	text := d.next(int(n))
	d.bad = d.bad || !utf8.Valid(text)
	return string(text)
}

// readOptionalKey reads a key behind a byte that says whether it is there; nil
// if not.
func readOptionalKey(d *instructionData) any {
	switch d.next(1)[0] {
	case 0:
		return nil
	case 1:
		return readKey(d)
	}
	d.bad = true
	return nil
}

// readKeyIfAny is readOptionalKey for a member that is left out if there is none.
func readKeyIfAny(d *instructionData) any {
	if key := readOptionalKey(d); key != nil {
		return key
	}
	return omitted{}
}

package svm

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gagliardetto/solana-go"
)

// bincodeReader decodes the arguments of a built-in program's instruction (bincode). After an error ok is false.
type bincodeReader struct {
	b  []byte
	ok bool
}

// take returns the next n bytes, nil if there are fewer.
func (d *bincodeReader) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.ok, d.b = false, nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *bincodeReader) u32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *bincodeReader) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *bincodeReader) key() (k solana.PublicKey) {
	copy(k[:], d.take(32))
	return k
}

func (d *bincodeReader) bytes() []byte { return d.take(d.u64()) }

func (d *bincodeReader) str() string {
	b := d.bytes()
	if !utf8.Valid(b) {
		d.ok, d.b = false, nil
		return ""
	}
	return string(b)
}

// optionalKey reads a flag and, if it is 1, a key.
func (d *bincodeReader) optionalKey() *solana.PublicKey {
	if len(d.b) == 0 || d.b[0] > 1 {
		d.ok, d.b = false, nil
		return nil
	}
	set := d.b[0] == 1
	d.b = d.b[1:]
	if !set {
		return nil
	}
	k := d.key()
	return &k
}

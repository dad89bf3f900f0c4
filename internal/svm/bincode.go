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

func (d *bincodeReader) u64() uint64 {
	if len(d.b) < 8 {
		d.ok, d.b = false, nil
		return 0
	}
	v := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

func (d *bincodeReader) key() (k solana.PublicKey) {
	if len(d.b) < 32 {
		d.ok, d.b = false, nil
		return k
	}
	copy(k[:], d.b)
	d.b = d.b[32:]
	return k
}

func (d *bincodeReader) str() string {
	n := d.u64()
	if n > uint64(len(d.b)) || !utf8.Valid(d.b[:min(n, uint64(len(d.b)))]) {
		d.ok, d.b = false, nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *bincodeReader) u32() uint32 {
	if len(d.b) < 4 {
		d.ok, d.b = false, nil
		return 0
	}
	v := binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return v
}

func (d *bincodeReader) bytes() []byte {
	n := d.u64()
	if n > uint64(len(d.b)) {
		d.ok, d.b = false, nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
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

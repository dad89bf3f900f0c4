package model

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Accounts are the types of accounts that Decode reads and Encode writes.
type Accounts interface {
	Protocol | Run | Roster | Ballots | Member | Authorization | Vault
}

// Decode reads an account's data: Anchor's discriminator and the fields, packed, little-endian. Bytes behind them are ignored.
func Decode[T Accounts](data []byte) (*T, error) {
	v := new(T)
	want := discriminator(v)
	if len(data) < len(want) || [8]byte(data[:8]) != want {
		return nil, fmt.Errorf("the account is no %s of the run program", typeName(v))
	}
	if _, err := binary.Decode(data[8:], binary.LittleEndian, v); err != nil {
		return nil, fmt.Errorf("the account holds %d bytes, a %s has %d", len(data), typeName(v), 8+binary.Size(v))
	}
	return v, nil
}

// Encode writes an account's data.
func Encode[T Accounts](v *T) []byte {
	d := discriminator(v)
	out, err := binary.Append(d[:], binary.LittleEndian, v)
	if err != nil {
		panic(err) // every type has a fixed size
	}
	return out
}

func typeName(v any) string { return fmt.Sprintf("%T", v)[len("*model."):] }

func discriminator(v any) [8]byte {
	sum := sha256.Sum256([]byte("account:" + typeName(v)))
	return [8]byte(sum[:8])
}

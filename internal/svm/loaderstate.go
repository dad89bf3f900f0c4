package svm

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
)

// State tags of the upgradeable loader's accounts.
const (
	loaderUninitialized = 0
	loaderBuffer        = 1
	loaderProgram       = 2
	loaderProgramData   = 3
)

// Sizes of the states, in bytes. A buffer and a program's data are followed by an ELF.
const (
	uninitializedSize = 4
	bufferHeader      = 37
	programSize       = 36
	programDataHeader = 45
)

// loaderState is the header of an account of the upgradeable loader.
type loaderState struct {
	tag       uint32
	slot      uint64            // of the last deployment
	key       solana.PublicKey  // address of a program's data
	authority *solana.PublicKey // nil if the account is immutable
}

// parseLoaderState reads a state from the start of an account's data.
func parseLoaderState(data []byte) (s loaderState, err *InstructionError) {
	d := &bincodeReader{b: data, ok: len(data) >= 4}
	if !d.ok {
		return s, errInvalidAccountData
	}
	s.tag, d.b = binary.LittleEndian.Uint32(data), data[4:]
	switch s.tag {
	case loaderUninitialized:
	case loaderBuffer:
		s.authority = d.optionalKey()
	case loaderProgram:
		s.key = d.key()
	case loaderProgramData:
		s.slot = d.u64()
		s.authority = d.optionalKey()
	default:
		d.ok = false
	}
	if !d.ok {
		return s, errInvalidAccountData
	}
	return s, nil
}

// encode returns the bytes of a state.
func (s loaderState) encode() []byte {
	b := binary.LittleEndian.AppendUint32(nil, s.tag)
	switch s.tag {
	case loaderProgram:
		return append(b, s.key[:]...)
	case loaderProgramData:
		b = binary.LittleEndian.AppendUint64(b, s.slot)
	case loaderUninitialized:
		return b
	}
	if s.authority == nil {
		return append(b, 0)
	}
	return append(append(b, 1), s.authority[:]...)
}

// loaderState reads the state of the i-th account.
func (f *frame) loaderState(i int) (loaderState, *InstructionError) {
	return parseLoaderState(f.borrow(i).Data)
}

// setLoaderState writes a state to the start of the i-th account's data.
func (f *frame) setLoaderState(i int, s loaderState) *InstructionError {
	data, err := f.borrow(i).mutableData()
	if err != nil {
		return err
	}
	raw := s.encode()
	if len(raw) > len(data) {
		return errAccountDataTooSmall
	}
	copy(data, raw)
	return nil
}

// refuse logs why and returns err.
func (f *frame) refuse(why string, err *InstructionError) *InstructionError {
	f.x.logs.add(why)
	return err
}

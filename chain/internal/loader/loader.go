// Package loader builds the instructions of Solana's upgradeable loader and reads
// its accounts: what it takes to deploy a program on a cluster. Formats are those
// of solana-loader-v3-interface (bincode: a u32 tag, integers little-endian, byte
// vectors after a u64 length).
package loader

import (
	"encoding/binary"
	"errors"

	"github.com/gagliardetto/solana-go"
)

// Sizes of the loader's accounts without the code in them.
const (
	BufferHeader      = 37 // tag u32, option u8, authority
	ProgramSize       = 36 // tag u32, program data
	ProgramDataHeader = 45 // tag u32, slot u64, option u8, authority
)

// MaxCode is the most code that an account holds.
const MaxCode = 10<<20 - ProgramDataHeader

// Tags of accounts.
const (
	tagBuffer      = 1
	tagProgram     = 2
	tagProgramData = 3
)

// ErrState means that an account's data is not one of the loader's.
var ErrState = errors.New("not an account of the upgradeable loader")

// Buffer is code that was written and is not a program yet.
type Buffer struct {
	Authority solana.PublicKey // zero: nobody
	Code      []byte
}

// ParseBuffer reads a buffer's data.
func ParseBuffer(data []byte) (Buffer, error) {
	if len(data) < BufferHeader || binary.LittleEndian.Uint32(data) != tagBuffer {
		return Buffer{}, ErrState
	}
	return Buffer{option(data[4:]), data[BufferHeader:]}, nil
}

// ParseProgram reads where a program's code is.
func ParseProgram(data []byte) (programData solana.PublicKey, err error) {
	if len(data) < ProgramSize || binary.LittleEndian.Uint32(data) != tagProgram {
		return solana.PublicKey{}, ErrState
	}
	return solana.PublicKey(data[4:36]), nil
}

// ProgramData is a program's code.
type ProgramData struct {
	Slot      uint64           // of the last deployment
	Authority solana.PublicKey // who may upgrade it; zero: nobody
	Code      []byte           // zeros at its end are room to grow
}

// ParseProgramData reads a program's code and who may change it.
func ParseProgramData(data []byte) (ProgramData, error) {
	if len(data) < ProgramDataHeader || binary.LittleEndian.Uint32(data) != tagProgramData {
		return ProgramData{}, ErrState
	}
	return ProgramData{binary.LittleEndian.Uint64(data[4:]), option(data[12:]), data[ProgramDataHeader:]}, nil
}

func option(data []byte) solana.PublicKey {
	if data[0] == 0 {
		return solana.PublicKey{}
	}
	return solana.PublicKey(data[1:33])
}

// BufferPrefix is what the data of an authority's buffers begin with.
func BufferPrefix(authority solana.PublicKey) []byte {
	return append(append(u32(nil, tagBuffer), 1), authority[:]...)
}

// CreateBuffer makes a buffer for code of that length at an address derived from
// the payer and a seed, so that there is no further key to lose. The account is
// funded, allocated and initialized in steps: creating it in one fails if anybody
// has sent lamports to its address.
func CreateBuffer(payer solana.PublicKey, seed string, buffer solana.PublicKey, topUp uint64, length int) []solana.Instruction {
	const allocateWithSeed, initializeBuffer = 9, 0
	d := u32(nil, allocateWithSeed)
	d = append(d, payer[:]...)
	d = u64(d, uint64(len(seed)))
	d = append(d, seed...)
	d = u64(d, uint64(BufferHeader+length))
	d = append(d, solana.BPFLoaderUpgradeableProgramID[:]...)
	return append(transfer(payer, buffer, topUp),
		solana.NewInstruction(solana.SystemProgramID, metas(w(buffer), s(payer)), d), // assigns it, too
		instruction(u32(nil, initializeBuffer), w(buffer), r(payer)),
	)
}

// transfer pays lamports, if there are any to pay.
func transfer(from, to solana.PublicKey, lamports uint64) []solana.Instruction {
	const transferLamports = 2
	if lamports == 0 {
		return nil
	}
	return []solana.Instruction{solana.NewInstruction(solana.SystemProgramID, metas(ws(from), w(to)), u64(u32(nil, transferLamports), lamports))}
}

// Write puts bytes into a buffer.
func Write(buffer, authority solana.PublicKey, offset uint32, code []byte) solana.Instruction {
	const write = 1
	d := u64(u32(u32(nil, write), offset), uint64(len(code)))
	return instruction(append(d, code...), w(buffer), s(authority))
}

// Deploy makes a buffer the code of a new program, with room bytes for code. The
// buffer's lamports go to the payer, who pays for the program data.
func Deploy(payer, programData, program, buffer solana.PublicKey, topUp uint64, room int) []solana.Instruction {
	const assign, allocate, deployWithMaxDataLen = 1, 8, 2
	return append(transfer(payer, program, topUp),
		solana.NewInstruction(solana.SystemProgramID, metas(ws(program)), u64(u32(nil, allocate), ProgramSize)),
		solana.NewInstruction(solana.SystemProgramID, metas(ws(program)), append(u32(nil, assign), solana.BPFLoaderUpgradeableProgramID[:]...)),
		instruction(u64(u32(nil, deployWithMaxDataLen), uint64(room)), ws(payer), w(programData), w(program), w(buffer),
			r(solana.SysVarRentPubkey), r(solana.SysVarClockPubkey), r(solana.SystemProgramID), s(payer)),
	)
}

// Upgrade makes a buffer the code of an existing program; the buffer's lamports go
// to the spill account.
func Upgrade(programData, program, buffer, spill, authority solana.PublicKey) solana.Instruction {
	const upgrade = 3
	return instruction(u32(nil, upgrade), w(programData), w(program), w(buffer), w(spill),
		r(solana.SysVarRentPubkey), r(solana.SysVarClockPubkey), s(authority))
}

// MinExtension is the least that room can grow by, in bytes, unless less is left
// to the limit of an account.
const MinExtension = 10_240

// Extend gives a program's code more room. Chains that know [ExtendChecked]
// refuse it.
func Extend(programData, program, payer solana.PublicKey, more uint32) solana.Instruction {
	const extendProgram = 6
	return instruction(u32(u32(nil, extendProgram), more), w(programData), w(program), r(solana.SystemProgramID), ws(payer))
}

// ExtendChecked does the same, signed by the authority. Older chains refuse it.
func ExtendChecked(programData, program, authority, payer solana.PublicKey, more uint32) solana.Instruction {
	const extendProgramChecked = 9
	return instruction(u32(u32(nil, extendProgramChecked), more), w(programData), w(program), s(authority), r(solana.SystemProgramID), ws(payer))
}

// SetAuthority gives a program's code to another authority; the zero key gives
// it to nobody, for good.
func SetAuthority(programData, authority, to solana.PublicKey) solana.Instruction {
	const setAuthority = 4
	accounts := []*solana.AccountMeta{w(programData), s(authority)}
	if !to.IsZero() {
		accounts = append(accounts, r(to))
	}
	return instruction(u32(nil, setAuthority), accounts...)
}

// SetAuthorityChecked gives a program's code to somebody who signs for it.
func SetAuthorityChecked(programData, authority, to solana.PublicKey) solana.Instruction {
	const setAuthorityChecked = 7
	return instruction(u32(nil, setAuthorityChecked), w(programData), s(authority), s(to))
}

// Close closes a buffer and pays its lamports to the recipient.
func Close(buffer, recipient, authority solana.PublicKey) solana.Instruction {
	const closing = 5
	return instruction(u32(nil, closing), w(buffer), w(recipient), s(authority))
}

func instruction(data []byte, accounts ...*solana.AccountMeta) solana.Instruction {
	return solana.NewInstruction(solana.BPFLoaderUpgradeableProgramID, accounts, data)
}

func metas(accounts ...*solana.AccountMeta) solana.AccountMetaSlice { return accounts }

// r, w, s and ws are read-only, writable, signing and both.
func r(k solana.PublicKey) *solana.AccountMeta  { return solana.NewAccountMeta(k, false, false) }
func w(k solana.PublicKey) *solana.AccountMeta  { return solana.NewAccountMeta(k, true, false) }
func s(k solana.PublicKey) *solana.AccountMeta  { return solana.NewAccountMeta(k, false, true) }
func ws(k solana.PublicKey) *solana.AccountMeta { return solana.NewAccountMeta(k, true, true) }

func u32(b []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(b, n) }
func u64(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

package svm

import (
	"bytes"
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// accountMeta holds the virtual addresses of an account's fields in a program's input.
type accountMeta struct {
	key, owner, lamports, data uint64
	originalLen                int // length of the data when the program started
}

// The input of a program (ABI v1): the number of accounts; each account as dup marker (0xff), signer, writable,
// executable, 4 bytes of padding, key, owner, lamports, length of data, data, space to grow and padding to 8 bytes,
// rent epoch (or, for a repeated account, its first index and 7 bytes of padding); the length of the instruction's data
// and the data; the program's id.
const accountFixedSize = 8 + 32 + 32 + 8 + 8 + 8

// align8 rounds up to a multiple of 8.
func align8(n int) int { return (n + 7) &^ 7 }

// maxIxAccounts is how many accounts an instruction may have.
const maxIxAccounts = 255

// serialize writes the input of the frame's program into its runner and returns the address of the instruction's data.
func (f *frame) serialize() (dataAddr uint64, err *InstructionError) {
	if len(f.accounts) > maxIxAccounts {
		return 0, errMaxAccountsExceeded
	}
	size := 8 + 8 + len(f.data) + 32
	for i := range f.accounts {
		if f.accounts[i].dup >= 0 {
			size += 8
		} else {
			size += accountFixedSize + align8(len(f.borrow(i).Data)) + maxGrowthInstruction
		}
	}
	buf := f.vm.inputBuffer(size)
	f.meta = make([]accountMeta, len(f.accounts))
	le := binary.LittleEndian
	le.PutUint64(buf, uint64(len(f.accounts)))
	at := 8
	for i, ix := range f.accounts {
		if ix.dup >= 0 {
			f.meta[i] = f.meta[ix.dup]
			le.PutUint64(buf[at:], uint64(ix.dup))
			at += 8
			continue
		}
		at = f.serializeAccount(i, buf, at)
	}
	le.PutUint64(buf[at:], uint64(len(f.data)))
	at += 8
	copy(buf[at:], f.data)
	dataAddr = sbpf.InputStart + uint64(at)
	id := f.programID()
	copy(buf[at+len(f.data):], id[:])
	return dataAddr, nil
}

// serializeAccount writes the i-th account to buf[at:], which is zero, and returns its end.
func (f *frame) serializeAccount(i int, buf []byte, at int) int {
	a := f.borrow(i)
	b := buf[at:]
	b[0] = 0xff
	b[1], b[2], b[3] = flag(a.ix.signer), flag(a.ix.writable), flag(a.Executable)
	copy(b[8:], a.key[:])
	copy(b[40:], a.Owner[:])
	binary.LittleEndian.PutUint64(b[72:], a.Lamports)
	binary.LittleEndian.PutUint64(b[80:], uint64(len(a.Data)))
	copy(b[88:], a.Data)
	end := 88 + align8(len(a.Data)) + maxGrowthInstruction
	binary.LittleEndian.PutUint64(b[end:], ^uint64(0))
	base := sbpf.InputStart + uint64(at)
	f.meta[i] = accountMeta{key: base + 8, owner: base + 40, lamports: base + 72, data: base + 88, originalLen: len(a.Data)}
	return at + end + 8
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// deserialize copies the program's changes from its input, or returns an error if they are not allowed.
func (f *frame) deserialize() *InstructionError {
	input := f.vm.vm.Input()
	for i, ix := range f.accounts {
		if ix.dup >= 0 {
			continue
		}
		a, meta := f.borrow(i), f.meta[i]
		b := input[meta.lamports-sbpf.InputStart:]
		if lamports := binary.LittleEndian.Uint64(b); lamports != a.Lamports {
			if err := a.setLamports(lamports); err != nil {
				return err
			}
		}
		n := binary.LittleEndian.Uint64(b[8:])
		if n > uint64(meta.originalLen)+maxGrowthInstruction || n > MaxAccountData {
			return errInvalidRealloc
		}
		if err := a.update(b[16 : 16+n]); err != nil {
			return err
		}
		owner := solana.PublicKey(input[meta.owner-sbpf.InputStart:][:32])
		if owner != a.Owner {
			if err := a.setOwner(owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// update sets the account's data if it differs; the program must be allowed to change it.
func (b borrowed) update(data []byte) *InstructionError {
	if bytes.Equal(b.Data, data) {
		return nil
	}
	return b.setData(data)
}

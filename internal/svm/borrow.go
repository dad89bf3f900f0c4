package svm

import (
	"bytes"
	"math"

	"github.com/gagliardetto/solana-go"
)

// Limits on the growth of accounts.
const (
	maxGrowthInstruction = 10 * 1024          // bytes by which an account may grow in one instruction
	maxGrowthTransaction = 2 * MaxAccountData // bytes by which all accounts may grow in one transaction
)

// borrowed is an account of an instruction. Its methods enforce which program may change what.
type borrowed struct {
	*txAccount
	f  *frame
	ix *ixAccount
}

// borrow returns the i-th account of the instruction.
func (f *frame) borrow(i int) borrowed {
	ix := &f.accounts[i]
	return borrowed{&f.x.accts[ix.index], f, ix}
}

// programID returns the id of the running program.
func (f *frame) programID() solana.PublicKey { return f.x.accts[f.program].key }

// ownedByProgram reports whether the running program owns the account.
func (b borrowed) ownedByProgram() bool { return b.Owner == b.f.programID() }

// setLamports changes the balance of a writable account. Only the owner may lower it.
func (b borrowed) setLamports(v uint64) *InstructionError {
	if v < b.Lamports && !b.ownedByProgram() {
		return errExternalAccountLamportSpend
	}
	if !b.ix.writable {
		return errReadonlyLamportChange
	}
	b.f.x.addDelta(b.Lamports, v)
	b.Lamports = v
	return nil
}

// addLamports adds n to the balance.
func (b borrowed) addLamports(n uint64) *InstructionError {
	if b.Lamports > math.MaxUint64-n {
		return errArithmeticOverflow
	}
	return b.setLamports(b.Lamports + n)
}

// mutableData returns the data for writing in place, if the program may change it.
func (b borrowed) mutableData() ([]byte, *InstructionError) {
	if err := b.mayChangeData(); err != nil {
		return nil, err
	}
	if !b.owned {
		b.Data, b.owned = bytes.Clone(b.Data), true
	}
	return b.Data, nil
}

// mayChangeData returns an error if the program may not change the data.
func (b borrowed) mayChangeData() *InstructionError {
	if !b.ix.writable {
		return errReadonlyDataModified
	}
	if !b.ownedByProgram() {
		return errExternalAccountDataModified
	}
	return nil
}

// mayResize returns an error if the program may not resize the data to n bytes.
func (b borrowed) mayResize(n int) *InstructionError {
	if n > MaxAccountData {
		return errInvalidRealloc
	}
	if b.f.x.grown+int64(n-len(b.Data)) > maxGrowthTransaction {
		return errMaxAccountsDataAllocations
	}
	return b.mayChangeData()
}

// setData replaces the data by a copy of v.
func (b borrowed) setData(v []byte) *InstructionError {
	if err := b.mayResize(len(v)); err != nil {
		return err
	}
	b.f.x.grown += int64(len(v) - len(b.Data))
	if b.owned && cap(b.Data) >= len(v) {
		b.Data = b.Data[:len(v)]
		copy(b.Data, v)
		return nil
	}
	b.Data = append(make([]byte, 0, len(v)), v...)
	b.owned = true
	return nil
}

// setLength truncates the data, or extends it with zeros, to n bytes.
func (b borrowed) setLength(n int) *InstructionError {
	if err := b.mayResize(n); err != nil {
		return err
	}
	if n == len(b.Data) {
		return nil
	}
	data := make([]byte, n)
	copy(data, b.Data)
	b.f.x.grown += int64(n - len(b.Data))
	b.Data, b.owned = data, true
	return nil
}

// setOwner assigns the account to another program. Its data must be all zeros.
func (b borrowed) setOwner(id solana.PublicKey) *InstructionError {
	if !b.ownedByProgram() || !b.ix.writable || !allZero(b.Data) {
		return errModifiedProgramID
	}
	b.Owner = id
	return nil
}

// allZero reports whether all bytes are 0.
func allZero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}

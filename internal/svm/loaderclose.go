package svm

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
)

// minExtension is the least number of bytes by which a program's data can be extended, unless it reaches the limit.
const minExtension = 10 * 1024

// closeLoaderAccount closes the account at 0 and moves its lamports to the account at 1.
func (f *frame) closeLoaderAccount() *InstructionError {
	if err := f.need(2); err != nil {
		return err
	}
	if f.accounts[0].index == f.accounts[1].index {
		return f.refuse("Recipient is the same as the account being closed", errInvalidArgument)
	}
	s, err := f.loaderState(0)
	if err != nil {
		return err
	}
	if err := f.borrow(0).setLength(uninitializedSize); err != nil {
		return err
	}
	what := "Uninitialized " + f.keyOf(0).String()
	switch s.tag {
	case loaderUninitialized:
		err = f.drain()
	case loaderBuffer:
		if err = f.need(3); err == nil {
			err = f.closeWithAuthority(s.authority)
		}
		what = "Buffer " + f.keyOf(0).String()
	case loaderProgramData:
		if err := f.need(4); err != nil {
			return err
		}
		err = f.closeProgram(s)
		what = "Program " + f.keyOf(3).String()
	default:
		return f.refuse("Account does not support closing", errInvalidArgument)
	}
	if err != nil {
		return err
	}
	f.x.logs.add("Closed " + what)
	return nil
}

// drain moves all lamports of the account at 0 to the account at 1.
func (f *frame) drain() *InstructionError {
	from := f.borrow(0)
	if err := f.borrow(1).addLamports(from.Lamports); err != nil {
		return err
	}
	return from.setLamports(0)
}

func (f *frame) closeWithAuthority(authority *solana.PublicKey) *InstructionError {
	if err := f.checkAuthority(authority, 2, closeRules); err != nil {
		return err
	}
	if err := f.drain(); err != nil {
		return err
	}
	return f.setLoaderState(0, loaderState{tag: loaderUninitialized})
}

// closeProgram closes the data of the program at 3, which can never be used again.
func (f *frame) closeProgram(s loaderState) *InstructionError {
	p := f.borrow(3)
	switch {
	case !p.ix.writable:
		return f.refuse("Program account is not writable", errInvalidArgument)
	case p.Owner != UpgradeableLoaderID:
		return f.refuse("Program account not owned by loader", errIncorrectProgramID)
	case s.slot == f.x.clock.Slot:
		return f.refuse("Program was deployed in this block already", errInvalidArgument)
	}
	ps, err := f.loaderState(3)
	switch {
	case err != nil:
		return err
	case ps.tag != loaderProgram:
		return f.refuse("Invalid Program account", errInvalidArgument)
	case ps.key != f.keyOf(0):
		return f.refuse("ProgramData account does not match ProgramData account", errInvalidArgument)
	}
	return f.closeWithAuthority(s.authority)
}

// extendProgram extends the data at 0 of the program at 1, for a larger ELF. The account at 3 pays.
func (f *frame) extendProgram(more uint32) *InstructionError {
	if more == 0 {
		return f.refuse("Additional bytes must be greater than 0", errInvalidInstructionData)
	}
	if err := f.need(1); err != nil {
		return err
	}
	data := f.borrow(0)
	switch {
	case data.Owner != UpgradeableLoaderID:
		return f.refuse("ProgramData owner is invalid", errInvalidAccountOwner)
	case !data.ix.writable:
		return f.refuse("ProgramData is not writable", errInvalidArgument)
	case len(f.accounts) < 2:
		return errMissingAccount
	case f.accounts[0].index == f.accounts[1].index:
		return errAccountBorrowFailed
	}
	if err := f.checkProgramAccount(1, 0, errInvalidAccountOwner, "Program account is not writable", "Program account does not match ProgramData account"); err != nil {
		return err
	}
	size := len(data.Data) + int(more)
	if size > MaxAccountData {
		f.x.logs.addf("Extended ProgramData length of %d bytes exceeds max account data length of %d bytes", size, MaxAccountData)
		return errInvalidRealloc
	}
	if more < minExtension && size != MaxAccountData {
		f.x.logs.addf("ExtendProgram requires a minimum of %d additional bytes or to extend to maximum size, but only %d were requested", minExtension, more)
		return errInvalidArgument
	}
	s, err := f.loaderState(0)
	switch {
	case err != nil:
		return err
	case s.tag != loaderProgramData:
		return f.refuse("ProgramData state is invalid", errInvalidAccountData)
	case s.slot == f.x.clock.Slot:
		return f.refuse("Program was extended in this block already", errInvalidArgument)
	case s.authority == nil:
		return f.refuse("Cannot extend ProgramData accounts that are not upgradeable", ixErr("Immutable"))
	}
	return f.finishExtension(s, size, more)
}

func (f *frame) finishExtension(s loaderState, size int, more uint32) *InstructionError {
	data := f.borrow(0)
	if need := RentExempt(size); need > data.Lamports {
		if len(f.accounts) < 4 {
			return errMissingAccount
		}
		le := binary.LittleEndian
		in := callInstruction{program: SystemProgramID, data: le.AppendUint64(le.AppendUint32(nil, sysTransfer), need-data.Lamports),
			accounts: []accountRef{{f.keyOf(3), true, true}, {f.keyOf(0), false, true}}}
		if err := f.call(in); err != nil {
			return err
		}
	}
	if err := data.setLength(size); err != nil {
		return err
	}
	if err := f.verifyELF(data.Data[programDataHeader:]); err != nil {
		return err
	}
	s.slot = f.x.clock.Slot
	if err := f.setLoaderState(0, s); err != nil {
		return err
	}
	f.x.logs.addf("Extended ProgramData account by %d bytes", more)
	return nil
}

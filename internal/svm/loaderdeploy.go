package svm

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
)

func (f *frame) deploy(maxSize uint64) *InstructionError {
	if err := f.need(4); err != nil {
		return err
	}
	if err := f.sysvarAt(4, sysvarRentID); err != nil {
		return err
	}
	if err := f.sysvarAt(5, sysvarClockID); err != nil {
		return err
	}
	if err := f.need(8); err != nil {
		return err
	}
	if err := f.checkNewProgram(2); err != nil {
		return err
	}
	n, err := f.elfBuffer(3, 7)
	if err != nil {
		return err
	}
	if maxSize < uint64(n) {
		return f.refuse("Max data length is too small to hold Buffer data", errAccountDataTooSmall)
	}
	if maxSize > MaxAccountData-programDataHeader {
		return f.refuse("Max data length is too large", errInvalidArgument)
	}
	if ProgramDataAddress(f.keyOf(2)) != f.keyOf(1) {
		return f.refuse("ProgramData address is not derived", errInvalidArgument)
	}
	return f.finishDeploy(int(maxSize))
}

// finishDeploy moves the ELF of the buffer at 3 to the data at 1 of the program at 2.
func (f *frame) finishDeploy(maxSize int) *InstructionError {
	if err := f.createProgramData(programDataHeader + maxSize); err != nil {
		return err
	}
	elf := f.borrow(3).Data[bufferHeader:]
	if err := f.verifyELF(elf); err != nil {
		return err
	}
	k := f.keyOf(7)
	if err := f.installELF(1, elf, &k); err != nil {
		return err
	}
	if err := f.borrow(3).setLength(bufferHeader); err != nil {
		return err
	}
	if err := f.setLoaderState(2, loaderState{tag: loaderProgram, key: f.keyOf(1)}); err != nil {
		return err
	}
	f.borrow(2).Executable = true
	f.x.logs.addf("Deployed program %s", f.keyOf(2))
	return nil
}

// checkNewProgram requires the i-th account to be able to become a program.
func (f *frame) checkNewProgram(i int) *InstructionError {
	s, err := f.loaderState(i)
	b := f.borrow(i)
	switch {
	case err != nil:
		return err
	case s.tag != loaderUninitialized:
		return f.refuse("Program account already initialized", ixErr("AccountAlreadyInitialized"))
	case len(b.Data) < programSize:
		return f.refuse("Program account too small", errAccountDataTooSmall)
	case b.Lamports < RentExempt(len(b.Data)):
		return f.refuse("Program account not rent-exempt", ixErr("ExecutableAccountNotRentExempt"))
	}
	return nil
}

// createProgramData creates the account at 1. The account at 0 pays, after it has got the lamports of the buffer at 3.
func (f *frame) createProgramData(size int) *InstructionError {
	if f.accounts[0].index == f.accounts[3].index {
		return errAccountBorrowFailed
	}
	buffer, payer := f.borrow(3), f.borrow(0)
	if err := payer.addLamports(buffer.Lamports); err != nil {
		return err
	}
	if err := buffer.setLamports(0); err != nil {
		return err
	}
	le := binary.LittleEndian
	data := le.AppendUint64(le.AppendUint64(le.AppendUint32(nil, sysCreateAccount), RentExempt(size)), uint64(size))
	in := callInstruction{program: SystemProgramID, data: append(data, UpgradeableLoaderID[:]...), accounts: []accountRef{
		{f.keyOf(0), true, true}, {f.keyOf(1), true, true}, {f.keyOf(3), false, true},
	}}
	return f.call(in, f.keyOf(1))
}

// call runs another program's instruction, with a signature for each of signers.
func (f *frame) call(in callInstruction, signers ...solana.PublicKey) *InstructionError {
	callee, err := f.prepare(in, signers)
	if err != nil {
		return err
	}
	return f.x.invoke(callee)
}

// installELF writes an ELF to the i-th account, which becomes a program's data, and fills the rest with zeros.
func (f *frame) installELF(i int, elf []byte, authority *solana.PublicKey) *InstructionError {
	if err := f.setLoaderState(i, loaderState{tag: loaderProgramData, slot: f.x.clock.Slot, authority: authority}); err != nil {
		return err
	}
	data, err := f.borrow(i).mutableData()
	if err != nil {
		return err
	}
	if len(data) < programDataHeader+len(elf) {
		return errAccountDataTooSmall
	}
	clear(data[programDataHeader+copy(data[programDataHeader:], elf):])
	return nil
}

func (f *frame) upgrade() *InstructionError {
	if err := f.need(3); err != nil {
		return err
	}
	if err := f.sysvarAt(4, sysvarRentID); err != nil {
		return err
	}
	if err := f.sysvarAt(5, sysvarClockID); err != nil {
		return err
	}
	if err := f.need(7); err != nil {
		return err
	}
	if err := f.checkProgramAccount(1, 0, errIncorrectProgramID, "Program account not writeable", "Program and ProgramData account mismatch"); err != nil {
		return err
	}
	n, err := f.elfBuffer(2, 6)
	if err != nil {
		return err
	}
	return f.upgradeFrom(n)
}

// upgradeFrom checks that the data at 0 can take the ELF of n bytes of the buffer at 2, and upgrades the program.
func (f *frame) upgradeFrom(n int) *InstructionError {
	data, buffer := f.borrow(0), f.borrow(2)
	required := RentExempt(len(data.Data))
	switch {
	case len(data.Data) < programDataHeader+n:
		return f.refuse("ProgramData account not large enough", errAccountDataTooSmall)
	case satAdd(data.Lamports, buffer.Lamports) < required:
		return f.refuse("Buffer account balance too low to fund upgrade", errInsufficientFunds)
	}
	s, err := f.loaderState(0)
	if err != nil {
		return err
	}
	if s.tag != loaderProgramData {
		return f.refuse("Invalid ProgramData account", errInvalidAccountData)
	}
	if s.slot == f.x.clock.Slot {
		return f.refuse("Program was deployed in this block already", errInvalidArgument)
	}
	if err := f.checkAuthority(s.authority, 6, programRules); err != nil {
		return err
	}
	if err := f.verifyELF(buffer.Data[bufferHeader:]); err != nil {
		return err
	}
	return f.finishUpgrade(required, s.authority)
}

// finishUpgrade moves ELF and lamports. Lamports that the program's data does not need go to the account at 3.
func (f *frame) finishUpgrade(required uint64, authority *solana.PublicKey) *InstructionError {
	data, buffer, spill := f.borrow(0), f.borrow(2), f.borrow(3)
	if f.accounts[0].index == f.accounts[2].index || f.accounts[0].index == f.accounts[3].index || f.accounts[2].index == f.accounts[3].index {
		return errAccountBorrowFailed
	}
	if err := f.installELF(0, buffer.Data[bufferHeader:], authority); err != nil {
		return err
	}
	if err := spill.addLamports(satAdd(data.Lamports, buffer.Lamports) - required); err != nil {
		return err
	}
	if err := buffer.setLamports(0); err != nil {
		return err
	}
	if err := data.setLamports(required); err != nil {
		return err
	}
	if err := buffer.setLength(bufferHeader); err != nil {
		return err
	}
	f.x.logs.addf("Upgraded program %s", f.keyOf(1))
	return nil
}

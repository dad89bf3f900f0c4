package svm

import (
	"encoding/binary"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
	"github.com/gagliardetto/solana-go"
)

// loaderCost is what an instruction of the upgradeable loader costs.
const loaderCost = 2_370

// upgradeableLoader deploys and upgrades programs: InitializeBuffer 0, Write 1, DeployWithMaxDataLen 2, Upgrade 3,
// SetAuthority 4, Close 5, ExtendProgram 6, SetAuthorityChecked 7.
func upgradeableLoader(f *frame) *InstructionError {
	if err := f.charge(loaderCost); err != nil {
		return err
	}
	if len(f.data) < 4 {
		return errInvalidInstructionData
	}
	d := &systemData{b: f.data[4:min(len(f.data), MaxTransaction)], ok: true}
	switch binary.LittleEndian.Uint32(f.data) {
	case 0:
		return f.initializeBuffer()
	case 1:
		offset, bytes := d.u32(), d.bytes()
		if !d.ok {
			return errInvalidInstructionData
		}
		return f.writeBuffer(offset, bytes)
	case 2:
		size := d.u64()
		if !d.ok {
			return errInvalidInstructionData
		}
		return f.deploy(size)
	case 3:
		return f.upgrade()
	case 4:
		return f.setAuthority(false)
	case 5:
		return f.closeLoaderAccount()
	case 6:
		more := d.u32()
		if !d.ok {
			return errInvalidInstructionData
		}
		return f.extendProgram(more)
	case 7:
		return f.setAuthority(true)
	}
	return errInvalidInstructionData
}

func (d *systemData) u32() uint32 {
	if len(d.b) < 4 {
		d.ok, d.b = false, nil
		return 0
	}
	v := binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return v
}

func (d *systemData) bytes() []byte {
	n := d.u64()
	if n > uint64(len(d.b)) {
		d.ok, d.b = false, nil
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (f *frame) initializeBuffer() *InstructionError {
	if err := f.need(2); err != nil {
		return err
	}
	s, err := f.loaderState(0)
	if err != nil {
		return err
	}
	if s.tag != loaderUninitialized {
		return f.refuse("Buffer account already initialized", ixErr("AccountAlreadyInitialized"))
	}
	k := f.keyOf(1)
	return f.setLoaderState(0, loaderState{tag: loaderBuffer, authority: &k})
}

func (f *frame) writeBuffer(offset uint32, bytes []byte) *InstructionError {
	if err := f.need(2); err != nil {
		return err
	}
	s, err := f.loaderState(0)
	if err != nil {
		return err
	}
	if s.tag != loaderBuffer {
		return f.refuse("Invalid Buffer account", errInvalidAccountData)
	}
	if err := f.checkAuthority(s.authority, 1, bufferRules); err != nil {
		return err
	}
	data, err := f.borrow(0).mutableData()
	if err != nil {
		return err
	}
	at := bufferHeader + int(offset)
	if len(data) < at+len(bytes) {
		f.x.logs.addf("Write overflow: %d < %d", len(data), at+len(bytes))
		return errAccountDataTooSmall
	}
	copy(data[at:], bytes)
	return nil
}

// sysvarAt requires the i-th account to be a sysvar.
func (f *frame) sysvarAt(i int, id solana.PublicKey) *InstructionError {
	if i >= len(f.accounts) {
		return errMissingAccount
	}
	if f.keyOf(i) != id {
		return errInvalidArgument
	}
	return nil
}

// elfBuffer checks the buffer at i, whose authority is the account at a, and returns how long its ELF is.
func (f *frame) elfBuffer(i, a int) (int, *InstructionError) {
	b := f.borrow(i)
	switch {
	case !b.ix.writable:
		return 0, f.refuse("Buffer account not writeable", errInvalidArgument)
	case b.Owner != UpgradeableLoaderID:
		return 0, f.refuse("Buffer account not owned by loader", errIncorrectProgramID)
	}
	s, err := f.loaderState(i)
	if err != nil {
		return 0, err
	}
	if s.tag != loaderBuffer {
		return 0, f.refuse("Invalid Buffer account", errInvalidArgument)
	}
	if s.authority == nil || *s.authority != f.keyOf(a) {
		return 0, f.refuse("Buffer and upgrade authority don't match", ixErr("IncorrectAuthority"))
	}
	if !f.accounts[a].signer {
		return 0, f.refuse("Upgrade authority did not sign", errMissingRequiredSignature)
	}
	if len(b.Data) <= bufferHeader {
		return 0, f.refuse("Buffer account too small", errInvalidAccountData)
	}
	return len(b.Data) - bufferHeader, nil
}

// verifyELF refuses what cannot be deployed.
func (f *frame) verifyELF(elf []byte) *InstructionError {
	if _, err := sbpf.Load(elf, deploySyscalls); err != nil {
		return f.refuse(err.Error(), errInvalidAccountData)
	}
	return nil
}

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
	id := f.keyOf(2)
	if ProgramDataAddress(id) != f.keyOf(1) {
		return f.refuse("ProgramData address is not derived", errInvalidArgument)
	}
	if err := f.createProgramData(programDataHeader + int(maxSize)); err != nil {
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
	f.x.logs.addf("Deployed program %s", id)
	return nil
}

// checkNewProgram requires an account that can become a program.
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

// createProgramData makes the account at 1, paid by the account at 0, which gets the lamports of the buffer at 3.
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

// installELF makes the i-th account the data of a program and fills up with zeros.
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

// finishUpgrade moves ELF and lamports: what the program's data does not need goes to the account at 3.
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

// checkProgramAccount requires the account at i to be a writable program with its data at j.
func (f *frame) checkProgramAccount(i, j int, foreign *InstructionError, readOnly, mismatch string) *InstructionError {
	b := f.borrow(i)
	switch {
	case !b.ix.writable:
		return f.refuse(readOnly, errInvalidArgument)
	case b.Owner != UpgradeableLoaderID:
		return f.refuse("Program account not owned by loader", foreign)
	}
	s, err := f.loaderState(i)
	switch {
	case err != nil:
		return err
	case s.tag != loaderProgram:
		return f.refuse("Invalid Program account", errInvalidAccountData)
	case s.key != f.keyOf(j):
		return f.refuse(mismatch, errInvalidArgument)
	}
	return nil
}

// setAuthority hands an account to another authority. With checked that one signs too; otherwise none at all makes a
// program immutable.
func (f *frame) setAuthority(checked bool) *InstructionError {
	accounts := 2
	if checked {
		accounts = 3
	}
	if err := f.need(accounts); err != nil {
		return err
	}
	var next *solana.PublicKey
	shown := "None"
	if len(f.accounts) > 2 {
		k := f.keyOf(2)
		next, shown = &k, fmt.Sprintf("Some(%s)", k)
		if checked {
			shown = k.String()
		}
	}
	s, err := f.loaderState(0)
	if err != nil {
		return err
	}
	rules := programRules
	switch s.tag {
	case loaderBuffer:
		rules = bufferRules
		if next == nil {
			return f.refuse("Buffer authority is not optional", ixErr("IncorrectAuthority"))
		}
	case loaderProgramData:
	default:
		return f.refuse("Account does not support authorities", errInvalidArgument)
	}
	if err := f.checkAuthority(s.authority, 1, rules); err != nil {
		return err
	}
	if checked && !f.accounts[2].signer {
		return f.refuse("New authority did not sign", errMissingRequiredSignature)
	}
	s.authority = next
	if err := f.setLoaderState(0, s); err != nil {
		return err
	}
	f.x.logs.addf("New authority %s", shown)
	return nil
}

package svm

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// loaderCost is the cost of an instruction of the upgradeable loader, in compute units.
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
	d := &bincodeReader{b: f.data[4:min(len(f.data), MaxTransaction)], ok: true}
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

// sysvarAt requires the i-th account to be the given sysvar.
func (f *frame) sysvarAt(i int, id solana.PublicKey) *InstructionError {
	if i >= len(f.accounts) {
		return errMissingAccount
	}
	if f.keyOf(i) != id {
		return errInvalidArgument
	}
	return nil
}

// elfBuffer checks the buffer at i, whose authority is the account at a, and returns the length of its ELF.
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

// verifyELF refuses an ELF that cannot be deployed.
func (f *frame) verifyELF(elf []byte) *InstructionError {
	if _, err := sbpf.Load(elf, deploySyscalls); err != nil {
		return f.refuse(err.Error(), errInvalidAccountData)
	}
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

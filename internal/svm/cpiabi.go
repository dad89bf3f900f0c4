package svm

import (
	"encoding/binary"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// checkInstructionSize checks the size of the instruction of a cross-program invocation and charges for it.
func checkInstructionSize(vm *sbpf.VM, accounts uint64, data []byte) error {
	if accounts > maxCPIAccounts {
		return fmt.Errorf("Invoked an instruction with too many accounts (%d > %d)", accounts, maxCPIAccounts)
	}
	if len(data) > maxCPIData {
		return fmt.Errorf("Invoked an instruction with data that is too large (%d > %d)", len(data), maxCPIData)
	}
	return charge(vm, uint64(len(data))/bytesPerUnit+accounts*accountMetaBytes/bytesPerUnit)
}

// abiRust is the layout of Rust programs: StableInstruction, AccountMeta and AccountInfo.
type abiRust struct{}

func (abiRust) infoSize() uint64           { return 48 }
func (abiRust) infoKey(info []byte) uint64 { return le64(info) }

// instruction reads a StableInstruction: two vectors (address, capacity, length) and the program's id.
func (abiRust) instruction(vm *sbpf.VM, addr uint64) (callInstruction, error) {
	b, err := array(vm, addr, 1, 80, 8, false)
	if err != nil {
		return callInstruction{}, err
	}
	metas, err := array(vm, le64(b), le64(b[16:]), accountMetaBytes, 1, false)
	if err != nil {
		return callInstruction{}, err
	}
	data, err := array(vm, le64(b[24:]), le64(b[40:]), 1, 1, false)
	if err != nil {
		return callInstruction{}, err
	}
	if err := checkInstructionSize(vm, le64(b[16:]), data); err != nil {
		return callInstruction{}, err
	}
	in := callInstruction{program: solana.PublicKey(b[48:80]), data: append([]byte(nil), data...)}
	for ; len(metas) > 0; metas = metas[accountMetaBytes:] {
		if metas[32] > 1 || metas[33] > 1 {
			return callInstruction{}, errInvalidArgument
		}
		in.accounts = append(in.accounts, accountRef{solana.PublicKey(metas[:32]), metas[32] == 1, metas[33] == 1})
	}
	return in, nil
}

// refCellValue is the offset of the value in an Rc<RefCell<_>>, after two counters and the borrow flag.
const refCellValue = 24

// account reads an AccountInfo: key, Rc of the lamports' reference, Rc of the data's slice, owner.
func (abiRust) account(vm *sbpf.VM, f *frame, info []byte, _ uint64, meta *accountMeta) (*callerAccount, error) {
	if err := f.checkPointer(le64(info), meta.key, "key"); err != nil {
		return nil, err
	}
	if err := f.checkPointer(le64(info[24:]), meta.owner, "owner"); err != nil {
		return nil, err
	}
	a := &callerAccount{meta: meta}
	cell := le64(info[8:]) + refCellValue
	ptr, err := array(vm, cell, 1, 8, 8, false)
	if err != nil {
		return nil, err
	}
	if cell >= sbpf.InputStart {
		return nil, errInvalidPointer
	}
	if err := f.checkPointer(le64(ptr), meta.lamports, "lamports"); err != nil {
		return nil, err
	}
	if err := a.translate(vm, meta.lamports, meta.owner); err != nil {
		return nil, err
	}
	slice := le64(info[16:]) + refCellValue
	if slice >= sbpf.InputStart {
		return nil, errInvalidPointer
	}
	if ptr, err = array(vm, slice, 2, 8, 8, false); err != nil {
		return nil, err
	}
	if err := f.checkPointer(le64(ptr), meta.data, "data"); err != nil {
		return nil, err
	}
	return a, a.translateData(vm, f, slice+8)
}

// translate finds the lamports and the owner.
func (a *callerAccount) translate(vm *sbpf.VM, lamports, owner uint64) (err error) {
	if a.lamports, err = array(vm, lamports, 1, 8, 8, true); err != nil {
		return err
	}
	a.owner, err = array(vm, owner, 32, 1, 1, true)
	return err
}

// translateData finds the data, whose length the account info keeps at lenAddr.
func (a *callerAccount) translateData(vm *sbpf.VM, f *frame, lenAddr uint64) (err error) {
	if lenAddr >= sbpf.InputStart {
		return errInvalidPointer
	}
	if a.length, err = array(vm, lenAddr, 8, 1, 1, true); err != nil {
		return err
	}
	a.data, err = f.accountData(vm, a.meta, le64(a.length))
	return err
}

// abiC is the layout of C programs: SolInstruction, SolAccountMeta and SolAccountInfo.
type abiC struct{}

func (abiC) infoSize() uint64           { return 56 }
func (abiC) infoKey(info []byte) uint64 { return le64(info) }

// instruction reads a SolInstruction: addresses and lengths.
func (abiC) instruction(vm *sbpf.VM, addr uint64) (callInstruction, error) {
	b, err := array(vm, addr, 1, 40, 8, false)
	if err != nil {
		return callInstruction{}, err
	}
	id, err := key(vm, le64(b))
	if err != nil {
		return callInstruction{}, err
	}
	metas, err := array(vm, le64(b[8:]), le64(b[16:]), 16, 8, false)
	if err != nil {
		return callInstruction{}, err
	}
	data, err := array(vm, le64(b[24:]), le64(b[32:]), 1, 1, false)
	if err != nil {
		return callInstruction{}, err
	}
	if err := checkInstructionSize(vm, le64(b[16:]), data); err != nil {
		return callInstruction{}, err
	}
	in := callInstruction{program: id, data: append([]byte(nil), data...)}
	for ; len(metas) > 0; metas = metas[16:] {
		if metas[8] > 1 || metas[9] > 1 {
			return callInstruction{}, errInvalidArgument
		}
		k, err := key(vm, binary.LittleEndian.Uint64(metas))
		if err != nil {
			return callInstruction{}, err
		}
		in.accounts = append(in.accounts, accountRef{key: k, writable: metas[8] == 1, signer: metas[9] == 1})
	}
	return in, nil
}

// account reads a SolAccountInfo: the addresses of key, lamports, data and owner, and the length of the data itself.
func (abiC) account(vm *sbpf.VM, f *frame, info []byte, addr uint64, meta *accountMeta) (*callerAccount, error) {
	for _, p := range []struct {
		addr, want uint64
		field      string
	}{
		{le64(info), meta.key, "key"}, {le64(info[32:]), meta.owner, "owner"},
		{le64(info[8:]), meta.lamports, "lamports"}, {le64(info[24:]), meta.data, "data"},
	} {
		if err := f.checkPointer(p.addr, p.want, p.field); err != nil {
			return nil, err
		}
	}
	a := &callerAccount{meta: meta}
	if err := a.translate(vm, meta.lamports, meta.owner); err != nil {
		return nil, err
	}
	return a, a.translateData(vm, f, addr+16)
}

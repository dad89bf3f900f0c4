package svm

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// sysvarCall returns the system call that writes a sysvar of size bytes in its memory layout.
func sysvarCall(size uint64, image func(*frame) []byte) sbpf.Syscall {
	return func(vm *sbpf.VM, addr, _, _, _, _ uint64) (uint64, error) {
		if err := charge(vm, costSysvar+size); err != nil {
			return 0, err
		}
		if addr >= sbpf.InputStart {
			return 0, errInvalidPointer
		}
		align := uint64(8)
		if size == 96 {
			align = 16 // EpochRewards holds a 128-bit number
		}
		out, err := array(vm, addr, 1, size, align, true)
		if err != nil {
			return 0, err
		}
		clear(out[copy(out, image(frameOf(vm))):])
		return 0, nil
	}
}

func (f *frame) clockImage() []byte           { return f.x.clock.encode() }
func (f *frame) rentImage() []byte            { return encodeRent() } // 17 bytes and padding
func (f *frame) epochRewardsImage() []byte    { return nil }          // all zeros: no rewards are being distributed
func (f *frame) lastRestartSlotImage() []byte { return nil }

// epochScheduleImage differs from the account's data by the padding after the flag.
func (f *frame) epochScheduleImage() []byte {
	b := encodeEpochSchedule()
	out := make([]byte, 40)
	copy(out, b[:17])
	copy(out[24:], b[17:])
	return out
}

// sysvarBytes returns the account data of a sysvar that sol_get_sysvar supports, else nil.
func (f *frame) sysvarBytes(id solana.PublicKey) []byte {
	switch id {
	case sysvarClockID:
		return f.x.clock.encode()
	case sysvarSlotHashesID, sysvarRentID, sysvarEpochScheduleID, sysvarEpochRewardsID, sysvarLastRestartSlotID:
		if a := f.x.bank.lookup(id); a != nil {
			return a.Data
		}
	}
	return nil
}

func sysGetSysvar(vm *sbpf.VM, idAddr, addr, offset, n, _ uint64) (uint64, error) {
	if err := charge(vm, costSysvar+max(n/bytesPerUnit, costMemOp)); err != nil {
		return 0, err
	}
	if addr >= sbpf.InputStart {
		return 0, errInvalidPointer
	}
	out, err := array(vm, addr, n, 1, 1, true)
	if err != nil {
		return 0, err
	}
	id, err := key(vm, idAddr)
	if err != nil {
		return 0, err
	}
	if offset+n < offset || addr+n < addr {
		return 0, errArithmeticOverflow
	}
	data := frameOf(vm).sysvarBytes(id)
	switch {
	case data == nil:
		return 2, nil
	case offset+n > uint64(len(data)):
		return 1, nil
	}
	copy(out, data[offset:])
	return 0, nil
}

func sysSetReturnData(vm *sbpf.VM, addr, n, _, _, _ uint64) (uint64, error) {
	if err := charge(vm, satAdd(n/bytesPerUnit, costSyscall)); err != nil {
		return 0, err
	}
	if n > maxReturnData {
		return 0, errReturnDataTooLarge(n)
	}
	b, err := array(vm, addr, n, 1, 1, false)
	if err != nil {
		return 0, err
	}
	f := frameOf(vm)
	f.x.returnID, f.x.returnData = f.programID(), append([]byte(nil), b...)
	return 0, nil
}

func sysGetReturnData(vm *sbpf.VM, addr, n, idAddr, _, _ uint64) (uint64, error) {
	if err := charge(vm, costSyscall); err != nil {
		return 0, err
	}
	x := frameOf(vm).x
	total := uint64(len(x.returnData))
	if n = min(n, total); n > 0 {
		if err := charge(vm, (n+32)/bytesPerUnit); err != nil {
			return 0, err
		}
		out, err := array(vm, addr, n, 1, 1, true)
		if err != nil {
			return 0, err
		}
		idOut, err := array(vm, idAddr, 32, 1, 1, true)
		if err != nil {
			return 0, err
		}
		if addr < idAddr+32 && idAddr < addr+n {
			return 0, errCopyOverlapping
		}
		copy(out, x.returnData)
		copy(idOut, x.returnID[:])
	}
	return total, nil
}

func sysGetStackHeight(vm *sbpf.VM, _, _, _, _, _ uint64) (uint64, error) {
	return uint64(frameOf(vm).height), charge(vm, costSyscall)
}

// sysGetEpochStake returns 0: a test ledger has no stake.
func sysGetEpochStake(vm *sbpf.VM, addr, _, _, _, _ uint64) (uint64, error) {
	if addr == 0 {
		return 0, charge(vm, costSyscall)
	}
	if err := charge(vm, costSyscall+costMemOp); err != nil {
		return 0, err
	}
	_, err := key(vm, addr)
	return 0, err
}

// sysGetSibling returns the index-th instruction, counted backwards, that the same caller ran at the same height.
func sysGetSibling(vm *sbpf.VM, index, metaAddr, idAddr, dataAddr, accountsAddr uint64) (uint64, error) {
	if err := charge(vm, costSyscall); err != nil {
		return 0, err
	}
	g := frameOf(vm).sibling(index)
	if g == nil {
		return 0, nil
	}
	meta, err := array(vm, metaAddr, 2, 8, 8, true)
	if err != nil {
		return 0, err
	}
	if le64(meta) != uint64(len(g.data)) || le64(meta[8:]) != uint64(len(g.accounts)) {
		binary.LittleEndian.PutUint64(meta, uint64(len(g.data)))
		binary.LittleEndian.PutUint64(meta[8:], uint64(len(g.accounts)))
		return 1, nil
	}
	idOut, err := array(vm, idAddr, 32, 1, 1, true)
	if err != nil {
		return 0, err
	}
	data, err := array(vm, dataAddr, uint64(len(g.data)), 1, 1, true)
	if err != nil {
		return 0, err
	}
	accounts, err := array(vm, accountsAddr, uint64(len(g.accounts)), accountMetaBytes, 1, true)
	if err != nil {
		return 0, err
	}
	id := g.programID()
	copy(idOut, id[:])
	copy(data, g.data)
	for i, ix := range g.accounts {
		m := accounts[i*accountMetaBytes:]
		copy(m, g.x.accts[ix.index].key[:])
		m[32], m[33] = flag(ix.signer), flag(ix.writable)
	}
	return 1, nil
}

// sibling returns the instruction that sysGetSibling looks for, or nil.
func (f *frame) sibling(index uint64) *frame {
	all := f.x.siblings
	for i := len(all) - 1; i >= 0; i-- {
		g := all[i]
		if g == f || g.caller != f.caller || g.height != f.height {
			continue
		}
		if index == 0 {
			return g
		}
		index--
	}
	return nil
}

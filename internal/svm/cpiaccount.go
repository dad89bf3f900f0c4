package svm

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// callerAccount is an account in the memory of the calling program.
type callerAccount struct {
	index    int    // of the caller's accounts
	lamports []byte // 8 bytes
	owner    []byte // 32 bytes
	length   []byte // 8 bytes: the length in the account info
	data     []byte // as long as length says
	meta     *accountMeta
	writable bool // in the callee: its changes are copied back
}

// translate finds the callee's accounts in the caller's memory.
func (f *frame) translate(vm *sbpf.VM, abi cpiABI, callee *frame, addr, n uint64) ([]*callerAccount, error) {
	size := abi.infoSize()
	if n > sbpf.InputStart/size || satAdd(addr, n*size) >= sbpf.InputStart {
		return nil, errInvalidPointer
	}
	infos, err := array(vm, addr, n, size, 8, false)
	if err != nil {
		return nil, err
	}
	if n > maxCPIInfos {
		return nil, fmt.Errorf("Invoked an instruction with too many account info's (%d > %d)", n, maxCPIInfos)
	}
	if err := charge(vm, n*accountInfoBytes/bytesPerUnit); err != nil {
		return nil, err
	}
	keys := make([]solana.PublicKey, n)
	for i := range keys {
		if keys[i], err = key(vm, abi.infoKey(infos[uint64(i)*size:])); err != nil {
			return nil, err
		}
	}
	var out []*callerAccount
	for _, a := range callee.accounts {
		if a.dup >= 0 {
			continue
		}
		own := &f.x.accts[a.index]
		if own.Executable {
			if err := charge(vm, uint64(len(own.Data))/bytesPerUnit); err != nil {
				return nil, err
			}
			continue
		}
		i := indexKey(keys, own.key)
		if i < 0 {
			f.x.logs.addf("Instruction references an unknown account %s", own.key)
			return nil, errMissingAccount
		}
		place := f.positionOf(a.index)
		at := uint64(i) * size
		ca, err := abi.account(vm, f, infos[at:at+size], addr+at, &f.meta[place])
		if err != nil {
			return nil, err
		}
		if err := charge(vm, le64(ca.length)/bytesPerUnit); err != nil {
			return nil, err
		}
		ca.index, ca.writable = place, a.writable
		out = append(out, ca)
	}
	return out, nil
}

func indexKey(keys []solana.PublicKey, k solana.PublicKey) int {
	for i := range keys {
		if keys[i] == k {
			return i
		}
	}
	return -1
}

// accountData returns the first n bytes of an account's data in the caller's input.
func (f *frame) accountData(vm *sbpf.VM, meta *accountMeta, n uint64) ([]byte, error) {
	if n > uint64(meta.originalLen)+maxGrowthInstruction {
		return nil, errInvalidRealloc
	}
	return array(vm, meta.data, n, 1, 1, true)
}

// checkPointer requires that an account info points to where the runtime put the account.
func (f *frame) checkPointer(addr, want uint64, field string) error {
	if addr != want {
		f.x.logs.addf("Invalid account info pointer `%s': %#x != %#x", field, addr, want)
		return errInvalidPointer
	}
	return nil
}

// toLedger copies the caller's changes to the ledger, where the callee sees them.
func (a *callerAccount) toLedger(f *frame) error {
	b := f.borrow(a.index)
	if v := le64(a.lamports); v != b.Lamports {
		if err := b.setLamports(v); err != nil {
			return err
		}
	}
	if !bytes.Equal(b.Data, a.data) {
		if err := b.setData(a.data); err != nil {
			return err
		}
	}
	if owner := solana.PublicKey(a.owner); owner != b.Owner {
		if err := b.setOwner(owner); err != nil {
			return err
		}
	}
	return nil
}

// fromLedger copies the callee's changes to the caller's memory.
func (a *callerAccount) fromLedger(vm *sbpf.VM, f *frame) error {
	b := f.borrow(a.index)
	binary.LittleEndian.PutUint64(a.lamports, b.Lamports)
	copy(a.owner, b.Owner[:])
	before, now := le64(a.length), uint64(len(b.Data))
	if now > uint64(a.meta.originalLen)+maxGrowthInstruction {
		f.x.logs.addf("Account data size realloc limited to %d in inner instructions", maxGrowthInstruction)
		return errInvalidRealloc
	}
	if before != now {
		if now < before {
			if uint64(len(a.data)) < now {
				return errAccountDataTooSmall
			}
			clear(a.data[now:])
		}
		data, err := f.accountData(vm, a.meta, now)
		if err != nil {
			return err
		}
		a.data = data
		binary.LittleEndian.PutUint64(a.length, now)
		field, err := array(vm, a.meta.data-8, 1, 8, 8, true)
		if err != nil {
			return err
		}
		binary.LittleEndian.PutUint64(field, now)
	}
	if len(a.data) != len(b.Data) {
		return errAccountDataTooSmall
	}
	copy(a.data, b.Data)
	return nil
}

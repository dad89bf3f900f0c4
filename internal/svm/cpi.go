package svm

import (
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// accountRef is an account that a cross-program invocation requests.
type accountRef struct {
	key              solana.PublicKey
	signer, writable bool
}

// callInstruction is the instruction of a cross-program invocation.
type callInstruction struct {
	program  solana.PublicKey
	accounts []accountRef
	data     []byte
}

// cpiABI reads the structures of a cross-program invocation in the memory layout of a language.
type cpiABI interface {
	instruction(vm *sbpf.VM, addr uint64) (callInstruction, error)
	infoSize() uint64
	// infoKey returns the address of the key of an account info.
	infoKey(info []byte) uint64
	// account checks the pointers of an account info and returns the account in the program's memory.
	account(vm *sbpf.VM, f *frame, info []byte, infoAddr uint64, meta *accountMeta) (*callerAccount, error)
}

func errReturnDataTooLarge(n uint64) error {
	return fmt.Errorf("Return data too large (%d > %d)", n, maxReturnData)
}

func sysInvokeC(vm *sbpf.VM, ix, infos, n, seeds, seedsLen uint64) (uint64, error) {
	return invokeSigned(vm, abiC{}, ix, infos, n, seeds, seedsLen)
}

func sysInvokeRust(vm *sbpf.VM, ix, infos, n, seeds, seedsLen uint64) (uint64, error) {
	return invokeSigned(vm, abiRust{}, ix, infos, n, seeds, seedsLen)
}

// invokeSigned runs another program's instruction on behalf of the running one.
func invokeSigned(vm *sbpf.VM, abi cpiABI, ixAddr, infosAddr, infosLen, seedsAddr, seedsLen uint64) (uint64, error) {
	if err := charge(vm, costInvoke); err != nil {
		return 0, err
	}
	f := frameOf(vm)
	in, err := abi.instruction(vm, ixAddr)
	if err != nil {
		return 0, err
	}
	signers, err := f.signers(vm, seedsAddr, seedsLen)
	if err != nil {
		return 0, err
	}
	if notInvocable(in) {
		return 0, fmt.Errorf("Program %s not supported by inner instructions", in.program)
	}
	callee, ixe := f.prepare(in, signers)
	if ixe != nil {
		return 0, ixe
	}
	accounts, err := f.translate(vm, abi, callee, infosAddr, infosLen)
	if err != nil {
		return 0, err
	}
	for _, a := range accounts {
		if err := a.toLedger(f); err != nil {
			return 0, err
		}
	}
	if err := f.x.invoke(callee); err != nil {
		return 0, err
	}
	for _, a := range accounts {
		if a.writable {
			if err := a.fromLedger(vm, f); err != nil {
				return 0, err
			}
		}
	}
	return 0, nil
}

// notInvocable reports whether programs must not call this: instructions of the loaders, except to upgrade or close a
// program or to set its authority.
func notInvocable(in callInstruction) bool {
	switch in.program {
	case NativeLoaderID, LoaderV2ID, loaderV1ID:
		return true
	case UpgradeableLoaderID:
		if len(in.data) > 0 {
			switch in.data[0] {
			case 3, 4, 5, 7: // upgrade, set authority, close, set authority checked
				return false
			}
		}
		return true
	}
	return false
}

// signers derives the program addresses that the caller signs for.
func (f *frame) signers(vm *sbpf.VM, addr, n uint64) ([]solana.PublicKey, error) {
	lists, err := array(vm, addr, n, 16, 8, false)
	if err != nil {
		return nil, err
	}
	if n > maxSigners {
		return nil, errTooManySigners
	}
	var out []solana.PublicKey
	for ; len(lists) > 0; lists = lists[16:] {
		ptr, count := le64(lists), le64(lists[8:])
		if _, err := array(vm, ptr, count, 16, 8, false); err != nil {
			return nil, err
		}
		if count > maxSeeds {
			return nil, errMaxSeedLengthExceeded
		}
		seeds, err := byteSlices(vm, ptr, count, nil)
		if err != nil {
			return nil, err
		}
		for _, s := range seeds {
			if len(s) > maxSeedLen {
				return nil, errSeedsTooLong
			}
		}
		k, ok := f.x.programAddress(seeds, nil, f.programID())
		if !ok {
			return nil, errSeedsInvalid
		}
		out = append(out, k)
	}
	return out, nil
}

// indexOf returns the index of a key in the transaction, or -1.
func (x *execution) indexOf(k solana.PublicKey) int {
	for i := range x.accts {
		if x.accts[i].key == k {
			return i
		}
	}
	return -1
}

// positionOf returns the first position of a transaction's account in the instruction, or -1.
func (f *frame) positionOf(index int) int {
	for i := range f.accounts {
		if f.accounts[i].index == index {
			return i
		}
	}
	return -1
}

// prepare returns the callee's frame. It checks that the callee gets no privilege that the caller does not have.
func (f *frame) prepare(in callInstruction, signers []solana.PublicKey) (*frame, *InstructionError) {
	g := &frame{x: f.x, data: in.data, height: f.height + 1, accounts: make([]ixAccount, 0, len(in.accounts))}
	for _, ref := range in.accounts {
		index := f.x.indexOf(ref.key)
		if index < 0 {
			f.x.logs.addf("Instruction references an unknown account %s", ref.key)
			return nil, errMissingAccount
		}
		dup := g.positionOf(index)
		if dup >= 0 { // the privileges of all positions are combined
			first := &g.accounts[dup]
			first.signer, first.writable = first.signer || ref.signer, first.writable || ref.writable
		}
		g.accounts = append(g.accounts, ixAccount{index: index, signer: ref.signer, writable: ref.writable, dup: dup})
	}
	for i := range g.accounts {
		a := &g.accounts[i]
		if a.dup >= 0 {
			a.signer, a.writable = g.accounts[a.dup].signer, g.accounts[a.dup].writable
			continue
		}
		place := f.positionOf(a.index)
		if place < 0 {
			return nil, errMissingAccount
		}
		own, k := f.accounts[place], in.accounts[i].key
		if a.writable && !own.writable {
			f.x.logs.addf("%s's writable privilege escalated", k)
			return nil, errPrivilegeEscalation
		}
		if a.signer && !own.signer && !contains(signers, k) {
			f.x.logs.addf("%s's signer privilege escalated", k)
			return nil, errPrivilegeEscalation
		}
	}
	g.program = f.x.indexOf(in.program)
	if g.program < 0 || f.positionOf(g.program) < 0 {
		f.x.logs.addf("Unknown program %s", in.program)
		return nil, errMissingAccount
	}
	return g, nil
}

func contains(keys []solana.PublicKey, k solana.PublicKey) bool {
	for i := range keys {
		if keys[i] == k {
			return true
		}
	}
	return false
}

// loaderV1ID is the first loader, which is no longer supported.
var loaderV1ID = solana.MustPublicKeyFromBase58("BPFLoader1111111111111111111111111111111111")

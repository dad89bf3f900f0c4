package svm

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
	"github.com/gagliardetto/solana-go"
)

// accountRef is an account that a cross-program invocation asks for.
type accountRef struct {
	key              solana.PublicKey
	signer, writable bool
}

// callInstruction is an instruction as a program hands it over.
type callInstruction struct {
	program  solana.PublicKey
	accounts []accountRef
	data     []byte
}

// cpiABI is how a language lays out its structures in memory.
type cpiABI interface {
	instruction(vm *sbpf.VM, addr uint64) (callInstruction, error)
	infoSize() uint64
	// infoKey returns the address of the key of an account info.
	infoKey(info []byte) uint64
	// account checks the pointers of an account info and returns where the program keeps the account.
	account(vm *sbpf.VM, f *frame, info []byte, infoAddr uint64, meta *accountMeta) (*callerAccount, error)
}

// callerAccount is an account in the memory of the program that calls.
type callerAccount struct {
	index    int    // of the caller's accounts
	lamports []byte // 8 bytes
	owner    []byte // 32 bytes
	length   []byte // 8 bytes: the length in the account info
	data     []byte // as long as length says
	meta     *accountMeta
	writable bool // in the callee: take over what it changes
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

// notInvocable reports whether programs must not call this: the loaders, but for what hands over or ends a program.
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

// signers derives the program addresses for which the caller signs.
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

// indexOf returns the place of a key in the transaction, or -1.
func (x *execution) indexOf(k solana.PublicKey) int {
	for i := range x.accts {
		if x.accts[i].key == k {
			return i
		}
	}
	return -1
}

// placeOf returns the first place of a transaction's account in the instruction, or -1.
func (f *frame) placeOf(index int) int {
	for i := range f.accounts {
		if f.accounts[i].index == index {
			return i
		}
	}
	return -1
}

// prepare makes the callee's frame and checks that it gets no right which the caller does not have.
func (f *frame) prepare(in callInstruction, signers []solana.PublicKey) (*frame, *InstructionError) {
	g := &frame{x: f.x, data: in.data, height: f.height + 1, accounts: make([]ixAccount, 0, len(in.accounts))}
	for _, ref := range in.accounts {
		index := f.x.indexOf(ref.key)
		if index < 0 {
			f.x.logs.addf("Instruction references an unknown account %s", ref.key)
			return nil, errMissingAccount
		}
		dup := g.placeOf(index)
		if dup >= 0 { // the rights of all places are joined
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
		place := f.placeOf(a.index)
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
	if g.program < 0 || f.placeOf(g.program) < 0 {
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

// translate finds the callee's accounts in the memory of the caller.
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
		place := f.placeOf(a.index)
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

// accountData returns n bytes of the room that an account has in the caller's input.
func (f *frame) accountData(vm *sbpf.VM, meta *accountMeta, n uint64) ([]byte, error) {
	if n > uint64(meta.originalLen)+maxGrowthInstruction {
		return nil, errInvalidRealloc
	}
	return array(vm, meta.data, n, 1, 1, true)
}

// checkPointer requires an account info to point where the runtime put the account.
func (f *frame) checkPointer(addr, want uint64, field string) error {
	if addr != want {
		f.x.logs.addf("Invalid account info pointer `%s': %#x != %#x", field, addr, want)
		return errInvalidPointer
	}
	return nil
}

// toLedger shows the callee what the caller changed so far.
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

// fromLedger shows the caller what the callee changed.
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

// loaderV1ID is the first, no longer supported loader.
var loaderV1ID = solana.MustPublicKeyFromBase58("BPFLoader1111111111111111111111111111111111")

package svm

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// heapPageCost is the cost of every 32 KiB of heap after the first, in compute units.
const heapPageCost = 8

// runner is a virtual machine and its input buffer, reused for the next program.
type runner struct {
	vm    sbpf.VM
	input []byte
}

var runners = sync.Pool{New: func() any { return new(runner) }}

// inputBuffer returns n zero bytes.
func (r *runner) inputBuffer(n int) []byte {
	if cap(r.input) < n {
		r.input = make([]byte, n)
		return r.input
	}
	r.input = r.input[:n]
	clear(r.input)
	return r.input
}

// dispatch runs the program of a frame, built-in or sBPF, and logs invocation and outcome.
func (x *execution) dispatch(f *frame) *InstructionError {
	prog := &x.accts[f.program]
	isLoader := prog.Owner == UpgradeableLoaderID || prog.Owner == LoaderV2ID
	native := prog.Owner == NativeLoaderID
	builtin := builtins[prog.key]
	if !isLoader && (!native || builtin == nil) {
		return errUnsupportedProgramID
	}
	x.returnID, x.returnData = prog.key, nil
	x.logs.invoke(prog.key, f.height)
	var err error
	if native {
		if e := builtin(f); e != nil {
			err = e
		}
	} else {
		err = x.runProgram(f)
	}
	if err == nil {
		x.logs.success(prog.key)
		return nil
	}
	x.logs.failed(prog.key, err)
	if ixErr := (*InstructionError)(nil); errors.As(err, &ixErr) {
		return ixErr
	}
	return errProgramFailedToComplete
}

// runProgram runs an sBPF program. An error that is not an *InstructionError is one of the virtual machine.
func (x *execution) runProgram(f *frame) error {
	p := x.program(&x.accts[f.program])
	if p == nil {
		x.logs.add("Program is not deployed")
		return errUnsupportedProgramID
	}
	f.vm = runners.Get().(*runner)
	defer func() {
		runners.Put(f.vm)
		f.vm = nil
	}()
	dataAddr, ixe := f.serialize()
	if ixe != nil {
		return ixe
	}
	if !x.consume(uint64((x.budget.heap+32*1024-1)/(32*1024)-1) * heapPageCost) {
		x.logs.addf("Failed to create SBF VM: %v", errComputationalBudgetExceeded)
		return ixErr("ProgramEnvironmentSetupFailure")
	}
	before := x.meter
	vm := &f.vm.vm
	vm.Ctx = f
	vm.Reset(p, f.vm.input, x.budget.heap, &x.meter)
	code, err := vm.Run(p, sbpf.InputStart, dataAddr)
	id := f.programID()
	x.logs.addf("Program %s consumed %d of %d compute units", id, before-x.meter, before)
	if len(x.returnData) > 0 {
		x.logs.returned(id, x.returnData)
	}
	var sys *sbpf.SyscallError
	switch {
	case errors.As(err, &sys):
		return sys.Err
	case err != nil:
		x.meter = 0 // a fault of the program uses up all compute units
		return err
	case code != 0:
		return programResult(code)
	}
	if ixe := f.deserialize(); ixe != nil {
		return ixe
	}
	return nil
}

// ErrBadProgram is wrapped by the errors of AddProgram.
var ErrBadProgram = sbpf.ErrELF

// ProgramDataAddress returns the address at which the upgradeable loader keeps the ELF of a program.
func ProgramDataAddress(id solana.PublicKey) solana.PublicKey {
	addr, _, err := solana.FindProgramAddress([][]byte{id[:]}, UpgradeableLoaderID)
	if err != nil { // no valid bump among 256, which is practically impossible
		return solana.PublicKey{}
	}
	return addr
}

// AddProgram deploys an ELF at an address, without an upgrade authority, with the accounts that the upgradeable loader
// would create. The error wraps ErrBadProgram and says what is wrong with the ELF.
func (b *Bank) AddProgram(id solana.PublicKey, elf []byte) error {
	return b.addProgram(id, elf, nil)
}

// AddUpgradeableProgram is AddProgram with an upgrade authority.
func (b *Bank) AddUpgradeableProgram(id solana.PublicKey, elf []byte, authority solana.PublicKey) error {
	return b.addProgram(id, elf, &authority)
}

func (b *Bank) addProgram(id solana.PublicKey, elf []byte, authority *solana.PublicKey) error {
	p, err := sbpf.Load(elf, syscalls)
	if err != nil {
		return err
	}
	dataID := ProgramDataAddress(id)
	prog := loaderState{tag: loaderProgram, key: dataID}.encode()
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	data := make([]byte, programDataHeader, programDataHeader+len(elf))
	copy(data, loaderState{tag: loaderProgramData, slot: b.state.slots.slot, authority: authority}.encode())
	data = append(data, elf...)
	b.programs.put(data[programDataHeader:], p)
	changes := []AccountChange{
		{dataID, Account{Lamports: RentExempt(len(data)), Data: data, Owner: UpgradeableLoaderID, RentEpoch: ^uint64(0)}},
		{id, Account{Lamports: RentExempt(len(prog)), Data: prog, Owner: UpgradeableLoaderID, Executable: true, RentEpoch: ^uint64(0)}},
	}
	return b.change(changes)
}

// CoverEdges makes the program at id count its edges in edges from now on, for a fuzzer. It fails if there is no
// runnable program. Read edges only while no transaction runs.
func (b *Bank) CoverEdges(id solana.PublicKey, edges *sbpf.Edges) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.state.accounts[id]
	if a == nil || !a.Executable {
		return fmt.Errorf("svm: no program at %s", id)
	}
	elf := (&execution{bank: b}).elf(&txAccount{Account: *a, key: id})
	p := b.loaded(elf)
	if p == nil {
		return fmt.Errorf("svm: the program at %s cannot be run", id)
	}
	b.programs.put(elf, p.Covered(edges))
	return nil
}

// elfRef identifies the bytes of an ELF by their address: stored account data never changes.
type elfRef struct {
	first *byte
	n     int
}

// programCache holds loaded programs; nil for an ELF that cannot be run.
type programCache map[elfRef]*sbpf.Program

// maxCachedPrograms bounds the cache, which is emptied when it is full.
const maxCachedPrograms = 256

func (c programCache) put(elf []byte, p *sbpf.Program) {
	if len(c) >= maxCachedPrograms {
		clear(c)
	}
	c[elfRef{&elf[0], len(elf)}] = p
}

// program returns the program of an executable account, or nil if it cannot be run.
func (x *execution) program(a *txAccount) *sbpf.Program { return x.bank.loaded(x.elf(a)) }

// elf returns the ELF of an executable account, or nil. A program that this transaction deploys or upgrades can only be
// run by later ones.
func (x *execution) elf(a *txAccount) []byte {
	if a.Owner != UpgradeableLoaderID {
		return a.Data
	}
	s, err := parseLoaderState(a.Data)
	if err != nil || s.tag != loaderProgram {
		return nil
	}
	if i := x.indexOf(s.key); i >= 0 && x.accts[i].owned {
		return nil
	}
	data := x.bank.state.accounts[s.key]
	if data == nil || data.Owner != UpgradeableLoaderID || len(data.Data) < programDataHeader {
		return nil
	}
	return data.Data[programDataHeader:]
}

// loaded returns the program in an ELF, or nil if it cannot be run; b.mu is held.
func (b *Bank) loaded(elf []byte) *sbpf.Program {
	if len(elf) == 0 {
		return nil
	}
	p, ok := b.programs[elfRef{&elf[0], len(elf)}]
	if !ok {
		p, _ = sbpf.Load(elf, syscalls)
		b.programs.put(elf, p)
	}
	return p
}

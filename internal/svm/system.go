package svm

import (
	"encoding/binary"
	"math"

	"github.com/gagliardetto/solana-go"
)

// builtins are the programs that are part of the runtime. Each returns nil or the instruction's error.
var builtins map[solana.PublicKey]func(*frame) *InstructionError

func init() { // not in the declaration, which would refer to itself
	builtins = map[solana.PublicKey]func(*frame) *InstructionError{
		SystemProgramID:      systemProgram,
		ComputeBudgetID:      budgetProgram,
		UpgradeableLoaderID:  upgradeableLoader,
		LoaderV2ID:           oldLoader,
		lookupTableProgramID: lookupProgram,
	}
}

// builtinCost is the cost of an instruction of the system or compute budget program, in compute units.
const builtinCost = 150

// budgetProgram does nothing: its instructions are read before the transaction starts.
func budgetProgram(f *frame) *InstructionError { return f.charge(builtinCost) }

// oldLoader refuses everything, as on a cluster.
func oldLoader(f *frame) *InstructionError {
	if err := f.charge(570); err != nil {
		return err
	}
	return f.refuse("BPF loader management instructions are no longer supported", errUnsupportedProgramID)
}

func (f *frame) charge(n uint64) *InstructionError {
	if !f.x.consume(n) {
		return errComputationalBudgetExceeded
	}
	return nil
}

// Errors of the system program.
var (
	errAlreadyInUse      = Custom(0)
	errNegativeLamports  = Custom(1)
	errInvalidDataLength = Custom(3)
	errSeedMismatch      = Custom(5)
	errNonceNotExpired   = Custom(7)
)

// address is an account's address and its signer: the account itself, or the base that the address is derived from.
type address struct {
	key  solana.PublicKey
	base *solana.PublicKey
}

// String formats the address as in the program's logs.
func (a address) String() string {
	if a.base == nil {
		return "Address { address: " + a.key.String() + ", base: None }"
	}
	return "Address { address: " + a.key.String() + ", base: Some(" + a.base.String() + ") }"
}

// signed reports whether the signer of the address has signed.
func (f *frame) signed(a address) bool {
	who := a.key
	if a.base != nil {
		who = *a.base
	}
	for _, ix := range f.accounts {
		if ix.signer && f.x.accts[ix.index].key == who {
			return true
		}
	}
	return false
}

// keyOf returns the key of the i-th account.
func (f *frame) keyOf(i int) solana.PublicKey { return f.x.accts[f.accounts[i].index].key }

// need requires at least n accounts.
func (f *frame) need(n int) *InstructionError {
	if len(f.accounts) < n {
		return errMissingAccount
	}
	return nil
}

// Instructions of the system program.
const (
	sysCreateAccount         = 0
	sysAssign                = 1
	sysTransfer              = 2
	sysCreateAccountWithSeed = 3
	sysAdvanceNonce          = 4
	sysWithdrawNonce         = 5
	sysInitializeNonce       = 6
	sysAuthorizeNonce        = 7
	sysAllocate              = 8
	sysAllocateWithSeed      = 9
	sysAssignWithSeed        = 10
	sysTransferWithSeed      = 11
	sysUpgradeNonce          = 12
	sysCreateAllowPrefund    = 13
)

// systemProgram creates accounts, transfers lamports and manages durable nonces.
func systemProgram(f *frame) *InstructionError {
	if err := f.charge(builtinCost); err != nil {
		return err
	}
	if len(f.data) < 4 {
		return errInvalidInstructionData
	}
	d := &bincodeReader{b: f.data[4:min(len(f.data), MaxTransaction)], ok: true}
	switch tag := binary.LittleEndian.Uint32(f.data); tag {
	case sysCreateAccount, sysCreateAllowPrefund:
		return f.systemCreate(d, tag == sysCreateAllowPrefund)
	case sysCreateAccountWithSeed:
		return f.systemCreateSeeded(d)
	case sysAssign, sysAllocate:
		return f.systemChange(d, tag)
	case sysAllocateWithSeed, sysAssignWithSeed:
		return f.systemChangeSeeded(d, tag)
	case sysTransfer:
		lamports := d.u64()
		if !d.ok {
			return errInvalidInstructionData
		}
		if err := f.need(2); err != nil {
			return err
		}
		return f.transfer(0, 1, lamports)
	case sysTransferWithSeed:
		return f.systemTransferSeeded(d)
	case sysAdvanceNonce, sysWithdrawNonce, sysInitializeNonce, sysAuthorizeNonce, sysUpgradeNonce:
		return f.systemNonce(d, tag)
	}
	return errInvalidInstructionData
}

func (f *frame) systemCreate(d *bincodeReader, prefund bool) *InstructionError {
	lamports, space, owner := d.u64(), d.u64(), d.key()
	if !d.ok {
		return errInvalidInstructionData
	}
	if prefund {
		return f.createPrefunded(lamports, space, owner)
	}
	if err := f.need(2); err != nil {
		return err
	}
	return f.create(address{key: f.keyOf(1)}, lamports, space, owner)
}

// createPrefunded creates an account that may already have lamports; a payer is only needed to add more.
func (f *frame) createPrefunded(lamports, space uint64, owner solana.PublicKey) *InstructionError {
	accounts := 1
	if lamports > 0 {
		accounts = 2
	}
	if err := f.need(accounts); err != nil {
		return err
	}
	if err := f.allocateAndAssign(0, address{key: f.keyOf(0)}, space, owner); err != nil || lamports == 0 {
		return err
	}
	return f.transfer(1, 0, lamports)
}

func (f *frame) systemCreateSeeded(d *bincodeReader) *InstructionError {
	base, seed, lamports, space, owner := d.key(), d.str(), d.u64(), d.u64(), d.key()
	if !d.ok {
		return errInvalidInstructionData
	}
	if err := f.need(2); err != nil {
		return err
	}
	addr, err := f.seeded(1, base, seed, owner)
	if err != nil {
		return err
	}
	return f.create(addr, lamports, space, owner)
}

// systemChange executes assign and allocate.
func (f *frame) systemChange(d *bincodeReader, tag uint32) *InstructionError {
	var space uint64
	var owner solana.PublicKey
	if tag == sysAssign {
		owner = d.key()
	} else {
		space = d.u64()
	}
	if !d.ok {
		return errInvalidInstructionData
	}
	if err := f.need(1); err != nil {
		return err
	}
	addr := address{key: f.keyOf(0)}
	if tag == sysAssign {
		return f.assign(0, addr, owner)
	}
	return f.allocate(0, addr, space)
}

// systemChangeSeeded executes allocate (with assign) and assign for a derived address.
func (f *frame) systemChangeSeeded(d *bincodeReader, tag uint32) *InstructionError {
	base, seed := d.key(), d.str()
	space := uint64(math.MaxUint64)
	if tag == sysAllocateWithSeed {
		space = d.u64()
	}
	owner := d.key()
	if !d.ok {
		return errInvalidInstructionData
	}
	if err := f.need(1); err != nil {
		return err
	}
	addr, err := f.seeded(0, base, seed, owner)
	if err != nil {
		return err
	}
	if tag == sysAllocateWithSeed {
		return f.allocateAndAssign(0, addr, space, owner)
	}
	return f.assign(0, addr, owner)
}

func (f *frame) systemTransferSeeded(d *bincodeReader) *InstructionError {
	lamports, seed, owner := d.u64(), d.str(), d.key()
	if !d.ok {
		return errInvalidInstructionData
	}
	if err := f.need(3); err != nil {
		return err
	}
	if !f.accounts[1].signer {
		f.x.logs.addf("Transfer: 'from' account %s must sign", f.keyOf(1))
		return errMissingRequiredSignature
	}
	want, err := withSeed(f.keyOf(1), seed, owner)
	if err != nil {
		return err
	}
	if from := f.keyOf(0); from != want {
		f.x.logs.addf("Transfer: 'from' address %s does not match derived address %s", from, want)
		return errSeedMismatch
	}
	return f.transferVerified(0, 2, lamports)
}

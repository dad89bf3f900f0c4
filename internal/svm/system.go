package svm

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/gagliardetto/solana-go"
)

// builtins are the programs that are part of the runtime. Each returns nil or the instruction's error.
var builtins map[solana.PublicKey]func(*frame) *InstructionError

func init() { // a variable of its own would refer to itself
	builtins = map[solana.PublicKey]func(*frame) *InstructionError{
		SystemProgramID:     systemProgram,
		ComputeBudgetID:     budgetProgram,
		UpgradeableLoaderID: upgradeableLoader,
		LoaderV2ID:          oldLoader,
	}
}

// builtinCost is what an instruction of the system program or the compute budget program costs.
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

// address is an account's address and who signs for it: itself, or the base it is derived from.
type address struct {
	key  solana.PublicKey
	base *solana.PublicKey
}

// String is how the program's log lines show it.
func (a address) String() string {
	if a.base == nil {
		return "Address { address: " + a.key.String() + ", base: None }"
	}
	return "Address { address: " + a.key.String() + ", base: Some(" + a.base.String() + ") }"
}

// signed reports whether somebody signs for the address.
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

// need requires n accounts.
func (f *frame) need(n int) *InstructionError {
	if len(f.accounts) < n {
		return errMissingAccount
	}
	return nil
}

// systemData are the arguments of a system instruction in bincode.
type systemData struct {
	b  []byte
	ok bool
}

func (d *systemData) u64() uint64 {
	if len(d.b) < 8 {
		d.ok, d.b = false, nil
		return 0
	}
	v := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

func (d *systemData) key() (k solana.PublicKey) {
	if len(d.b) < 32 {
		d.ok, d.b = false, nil
		return k
	}
	copy(k[:], d.b)
	d.b = d.b[32:]
	return k
}

func (d *systemData) str() string {
	n := d.u64()
	if n > uint64(len(d.b)) || !utf8.Valid(d.b[:min(n, uint64(len(d.b)))]) {
		d.ok, d.b = false, nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
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

// systemProgram creates accounts, moves lamports and keeps durable nonces.
func systemProgram(f *frame) *InstructionError {
	if err := f.charge(builtinCost); err != nil {
		return err
	}
	if len(f.data) < 4 {
		return errInvalidInstructionData
	}
	d := &systemData{b: f.data[4:min(len(f.data), MaxTransaction)], ok: true}
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

func (f *frame) systemCreate(d *systemData, prefund bool) *InstructionError {
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

// createPrefunded creates an account that may hold lamports already; the payer is only needed for more.
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

func (f *frame) systemCreateSeeded(d *systemData) *InstructionError {
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

// systemChange does assign and allocate.
func (f *frame) systemChange(d *systemData, tag uint32) *InstructionError {
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

// systemChangeSeeded does allocate (with assign) and assign of a derived address.
func (f *frame) systemChangeSeeded(d *systemData, tag uint32) *InstructionError {
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

func (f *frame) systemTransferSeeded(d *systemData) *InstructionError {
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

// withSeed derives an address from a base, a seed and an owner.
func withSeed(base solana.PublicKey, seed string, owner solana.PublicKey) (solana.PublicKey, *InstructionError) {
	if len(seed) > maxSeedLen {
		return base, Custom(0) // what a cluster answers, by a wrong conversion that has been kept
	}
	if string(owner[len(owner)-len(programAddressTag):]) == programAddressTag {
		return base, Custom(2)
	}
	h := sha256.New()
	h.Write(base[:])
	h.Write([]byte(seed))
	h.Write(owner[:])
	var k solana.PublicKey
	h.Sum(k[:0])
	return k, nil
}

// seeded checks that the i-th account's address is derived as claimed.
func (f *frame) seeded(i int, base solana.PublicKey, seed string, owner solana.PublicKey) (address, *InstructionError) {
	want, err := withSeed(base, seed, owner)
	if err != nil {
		return address{}, err
	}
	if k := f.keyOf(i); k != want {
		f.x.logs.addf("Create: address %s does not match derived address %s", k, want)
		return address{}, errSeedMismatch
	}
	return address{want, &base}, nil
}

func (f *frame) create(to address, lamports, space uint64, owner solana.PublicKey) *InstructionError {
	if f.borrow(1).Lamports > 0 {
		f.x.logs.addf("Create Account: account %s already in use", to)
		return errAlreadyInUse
	}
	if err := f.allocateAndAssign(1, to, space, owner); err != nil {
		return err
	}
	return f.transfer(0, 1, lamports)
}

func (f *frame) allocateAndAssign(i int, a address, space uint64, owner solana.PublicKey) *InstructionError {
	if err := f.allocate(i, a, space); err != nil {
		return err
	}
	return f.assign(i, a, owner)
}

func (f *frame) allocate(i int, a address, space uint64) *InstructionError {
	b := f.borrow(i)
	if !f.signed(a) {
		f.x.logs.addf("Allocate: 'to' account %s must sign", a)
		return errMissingRequiredSignature
	}
	if len(b.Data) > 0 || b.Owner != SystemProgramID {
		f.x.logs.addf("Allocate: account %s already in use", a)
		return errAlreadyInUse
	}
	if space > MaxAccountData {
		f.x.logs.addf("Allocate: requested %d, max allowed %d", space, MaxAccountData)
		return errInvalidDataLength
	}
	return b.setLength(int(space))
}

func (f *frame) assign(i int, a address, owner solana.PublicKey) *InstructionError {
	b := f.borrow(i)
	if b.Owner == owner {
		return nil
	}
	if !f.signed(a) {
		f.x.logs.addf("Assign: account %s must sign", a)
		return errMissingRequiredSignature
	}
	return b.setOwner(owner)
}

func (f *frame) transfer(from, to int, lamports uint64) *InstructionError {
	if !f.accounts[from].signer {
		f.x.logs.addf("Transfer: `from` account %s must sign", f.keyOf(from))
		return errMissingRequiredSignature
	}
	return f.transferVerified(from, to, lamports)
}

func (f *frame) transferVerified(from, to int, lamports uint64) *InstructionError {
	b := f.borrow(from)
	if len(b.Data) > 0 {
		f.x.logs.add("Transfer: `from` must not carry data")
		return errInvalidArgument
	}
	if lamports > b.Lamports {
		f.x.logs.addf("Transfer: insufficient lamports %d, need %d", b.Lamports, lamports)
		return errNegativeLamports
	}
	if err := b.setLamports(b.Lamports - lamports); err != nil {
		return err
	}
	return f.borrow(to).addLamports(lamports)
}

package svm

import (
	"crypto/sha256"

	"github.com/gagliardetto/solana-go"
)

// withSeed derives an address from a base, a seed and an owner.
func withSeed(base solana.PublicKey, seed string, owner solana.PublicKey) (solana.PublicKey, *InstructionError) {
	if len(seed) > maxSeedLen {
		return base, Custom(0) // as on a cluster, whose error conversion is wrong but has been kept
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

// seeded checks that the i-th account's address is derived from base, seed and owner.
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

package svm

import (
	"math"

	"github.com/gagliardetto/solana-go"
)

// Sizes that count towards the limit on loaded data, in addition to the data itself, in bytes.
const (
	accountBaseSize = 64
	lookupBaseSize  = 8248
)

// load reads the accounts of a transaction, deducts the fee from its payer and checks its programs. It stores nothing.
func (b *Bank) load(m *message, limits budget, fee uint64) (*execution, *TransactionError) {
	x := &execution{bank: b, msg: m, fee: fee, budget: limits, meter: limits.units, clock: b.clock(), blockhash: slotHash(b.state.slots.slot), nonce: -1}
	x.accts = make([]txAccount, len(m.keys))
	loaded := uint64(len(m.lookups)) * lookupBaseSize
	if loaded > limits.loadedLimit {
		return nil, ErrMaxLoadedAccountsDataSizeExceeded
	}
	for i, key := range m.keys {
		a := &x.accts[i]
		a.key = key
		if key == sysvarInstructionsID {
			a.Account = Account{Data: m.instructionsSysvar(), Owner: SysvarOwnerID}
			a.owned = true
		} else if stored := b.lookup(key); stored != nil {
			a.Account = *stored
			loaded += accountBaseSize + uint64(len(stored.Data))
		} else {
			a.Account = Account{RentEpoch: math.MaxUint64, Owner: SystemProgramID}
		}
		if m.writable[i] && a.Lamports >= RentExempt(len(a.Data)) {
			a.RentEpoch = math.MaxUint64
		}
		a.preLamports = a.Lamports
		if i == 0 {
			if err := a.payFee(fee); err != nil {
				return nil, err
			}
		}
		a.rent = newRentState(&a.Account)
		if loaded > limits.loadedLimit {
			return nil, ErrMaxLoadedAccountsDataSizeExceeded
		}
	}
	for _, in := range m.instructions {
		if err := b.checkProgram(&x.accts[in.program]); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// payFee deducts the fee from the account, or returns why it cannot pay.
func (a *txAccount) payFee(fee uint64) *TransactionError {
	if a.Lamports == 0 {
		return ErrAccountNotFound
	}
	minimum := uint64(0)
	switch {
	case a.Owner != SystemProgramID || len(a.Data) > 0 && !isNonce(a.Data):
		return ErrInvalidAccountForFee
	case len(a.Data) > 0:
		minimum = RentExempt(nonceSize)
	}
	if a.Lamports < minimum || a.Lamports-minimum < fee {
		return ErrInsufficientFundsForFee
	}
	pre := newRentState(&a.Account)
	a.Lamports -= fee
	if !pre.allows(&a.Account) {
		return &TransactionError{Kind: "InsufficientFundsForRent", Index: 0}
	}
	return nil
}

// checkProgram returns an error if a transaction cannot invoke the account.
func (b *Bank) checkProgram(a *txAccount) *TransactionError {
	if a.key == NativeLoaderID || a.Executable && a.Owner == NativeLoaderID {
		return nil
	}
	if a.Executable {
		if loader := b.lookup(a.Owner); loader != nil && loader.Owner == NativeLoaderID && loader.Executable {
			return nil
		}
	}
	return ErrInvalidProgramForExecution
}

// rentState is an account's state before its transaction. By SIMD-0392 an existing account may keep a balance below the
// rent-exempt minimum.
type rentState struct {
	existed  bool
	lamports uint64
	size     int
	owner    solana.PublicKey
}

func newRentState(a *Account) rentState {
	return rentState{existed: a.Lamports > 0, lamports: a.Lamports, size: len(a.Data), owner: a.Owner}
}

// allows reports whether the account may be left as it is now: removed, rent-exempt, or with the same owner, no smaller
// balance and no more data than before.
func (r rentState) allows(a *Account) bool {
	if a.Lamports == 0 || a.Lamports >= RentExempt(len(a.Data)) {
		return true
	}
	return r.existed && r.owner == a.Owner && r.size >= len(a.Data) && a.Lamports >= r.lamports
}

// incineratorID burns lamports sent to it and need not be rent-exempt.
var incineratorID = solana.MustPublicKeyFromBase58("1nc1nerator11111111111111111111111111111111")

// checkRent refuses accounts whose balance is left too low.
func (x *execution) checkRent() *TransactionError {
	for i := range x.accts {
		a := &x.accts[i]
		if x.msg.writable[i] && a.key != incineratorID && !a.rent.allows(&a.Account) {
			return &TransactionError{Kind: "InsufficientFundsForRent", Index: uint8(i)}
		}
	}
	return nil
}

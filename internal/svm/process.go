package svm

import (
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// lamportsPerSignature is the base fee per signature.
const lamportsPerSignature = 5_000

// Process runs a transaction in wire format: it checks format, signatures, locks, blockhash and duplicates, charges the
// fee, executes and commits. The slot of the result is the one in which the transaction was executed.
func (b *Bank) Process(wire []byte) Result {
	m, res := b.admit(wire, true)
	if res.Err != nil {
		return res
	}
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	x := b.execute(m, &res, executeOptions{checkAge: true})
	if !res.Processed {
		return res
	}
	changes := x.changes(res.Err == nil)
	record := &Record{Result: res, Wire: append([]byte(nil), wire...)}
	b.state.slots.sent++
	ended := b.state.slots.sent >= b.cfg.SlotTransactions
	if ended {
		b.state.slots.next(b.now())
	}
	if err := b.keep(changes, record); err != nil {
		return Result{Signature: res.Signature, Version: res.Version, Slot: res.Slot, Err: ErrClusterMaintenance, Detail: err.Error()}
	}
	b.storeAll(changes)
	b.record(record)
	b.compact()
	if len(b.subs) > 0 {
		shared := res
		b.emit(Event{Slot: res.Slot, Ended: ended, Result: &shared, Accounts: changes})
	}
	return res
}

// Simulate is Process without a commit. PostAccounts of the result holds the writable accounts as they would be
// afterwards.
func (b *Bank) Simulate(wire []byte, o SimulateOptions) Result {
	m, res := b.admit(wire, o.SigVerify)
	if res.Err != nil {
		return res
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	x := b.execute(m, &res, executeOptions{checkAge: !o.ReplaceBlockhash})
	res.Processed = false
	if x != nil {
		res.PostAccounts = map[solana.PublicKey]Account{}
		for i := range x.accts {
			if m.writable[i] {
				res.PostAccounts[m.keys[i]] = x.accts[i].Account.Clone()
			}
		}
	}
	return res
}

// admit does the checks that need no ledger: it parses the transaction and verifies the signatures.
func (b *Bank) admit(wire []byte, verify bool) (*message, Result) {
	m, err := parseTransaction(wire)
	if err != nil {
		res := Result{Err: ErrSanitizeFailure, Detail: err.Error()}
		if errors.Is(err, errVersion) {
			res.Err = ErrUnsupportedVersion
		}
		return nil, res
	}
	res := Result{Signature: m.signatures[0], Version: m.version}
	if verify {
		if wrong, ok := b.verified.verify(m); !ok {
			res.Err, res.Detail = ErrSignatureFailure, fmt.Sprintf("the signature of %s is wrong", wrong)
			return nil, res
		}
	}
	return m, res
}

// executeOptions are the differences between Process and Simulate.
type executeOptions struct {
	checkAge bool // the blockhash must be recent and the transaction new
}

// execute runs a transaction on the current state and fills in its result; b.mu is held. It returns nil if the
// transaction was refused before its first instruction.
func (b *Bank) execute(m *message, res *Result, o executeOptions) *execution {
	res.Slot, res.BlockTime = b.state.slots.slot, b.now().Unix()
	if res.Err = b.loadLookups(m); res.Err != nil {
		return nil
	}
	res.Keys = m.keys
	if res.Err = m.lockError(); res.Err != nil {
		return nil
	}
	nonce := -1
	if o.checkAge && !b.state.slots.valid(m.blockhash) {
		if nonce = b.durableNonce(m); nonce < 0 {
			res.Err = ErrBlockhashNotFound
			return nil
		}
	}
	limits, terr := computeBudget(m)
	if terr != nil {
		res.Err = terr
		return nil
	}
	if _, dup := b.state.records[res.Signature]; dup && o.checkAge {
		res.Err = ErrAlreadyProcessed
		return nil
	}
	res.Fee = limits.fee(m)
	x, terr := b.load(m, limits, res.Fee)
	if terr != nil {
		res.Err = terr
		return nil
	}
	x.nonce = nonce
	x.run(res)
	return x
}

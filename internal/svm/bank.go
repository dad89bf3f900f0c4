package svm

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
)

// Bank is the ledger. All methods are safe for concurrent use; transactions are executed one at a time.
type Bank struct {
	cfg      Config
	verified verifiedCache

	mu       sync.Mutex
	state    bankState
	offset   time.Duration // added to the clock by Warp
	programs programCache
	curve    curveCache
	subs     []subscriber
	nextSub  int
	queue    []Event // committed, not yet delivered
	draining bool
	journal  Journal
	keptRun  uint64        // first slot of the last run that the journal has
	broken   error         // no change is taken any more: Stop was called, or the journal has failed
	failed   chan struct{} // closed once the journal has failed
	failure  error         // of the journal, written before failed is closed
}

// bankState is the part that Snapshot saves. Stored accounts and records never change, so a shallow copy is a snapshot.
type bankState struct {
	accounts map[solana.PublicKey]*Account
	slots    slotState
	records  map[solana.Signature]*Record
	order    []solana.Signature // signatures of records, oldest first
	count    uint64             // transactions processed, the dropped ones included
}

// Snapshot is a saved state of a Bank, for Restore.
type Snapshot struct {
	state  bankState
	offset time.Duration
}

// withDefaults returns cfg with its zero fields filled in.
func (cfg Config) withDefaults() Config {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.SlotTime == 0 {
		cfg.SlotTime = 400 * time.Millisecond
	}
	cfg.StartSlot = max(cfg.StartSlot, 1)
	switch {
	case cfg.SlotTransactions == 0:
		cfg.SlotTransactions = 1
	case cfg.SlotTransactions < 0:
		cfg.SlotTransactions = math.MaxInt
	}
	if cfg.MaxRecords == 0 {
		cfg.MaxRecords = 20_000
	}
	cfg.MaxRecords = max(cfg.MaxRecords, 1_000)
	return cfg
}

// NewBank returns a ledger that holds the built-in programs and the sysvars.
func NewBank(cfg Config) *Bank {
	b := &Bank{cfg: cfg.withDefaults(), programs: programCache{}, curve: curveCache{}, failed: make(chan struct{})}
	b.state = bankState{
		accounts: map[solana.PublicKey]*Account{},
		records:  map[solana.Signature]*Record{},
	}
	b.state.slots = newSlotState(b.cfg.StartSlot, b.cfg.Clock())
	b.genesis()
	return b
}

// now returns the chain's time; b.mu is held.
func (b *Bank) now() time.Time { return b.cfg.Clock().Add(b.offset) }

// tick adds the slots for the time that has passed; b.mu is held. The next change or Tick notifies subscribers.
func (b *Bank) tick() {
	before := b.state.slots.slot
	b.state.slots.advanceTo(b.now(), b.cfg.SlotTime)
	b.emitEnded(before)
}

// Account returns a copy of the account at key and whether it exists.
func (b *Bank) Account(key solana.PublicKey) (Account, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	a := b.lookup(key)
	if a == nil {
		return Account{}, false
	}
	return a.Clone(), true
}

// Accounts iterates over a consistent view of all accounts, ordered by key. Their Data must not be modified.
func (b *Bank) Accounts() iter.Seq2[solana.PublicKey, Account] {
	b.mu.Lock()
	b.tick()
	all := maps.Clone(b.state.accounts)
	b.mu.Unlock()
	return func(yield func(solana.PublicKey, Account) bool) {
		keys := slices.SortedFunc(maps.Keys(all), func(x, y solana.PublicKey) int { return slices.Compare(x[:], y[:]) })
		for _, k := range keys {
			if !yield(k, *all[k]) {
				return
			}
		}
	}
}

// ProgramAccounts returns the accounts owned by owner, ordered by key. Their Data must not be modified.
func (b *Bank) ProgramAccounts(owner solana.PublicKey) []AccountChange {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	var out []AccountChange
	for k, a := range b.state.accounts {
		if a.Owner == owner {
			out = append(out, AccountChange{k, *a})
		}
	}
	slices.SortFunc(out, func(x, y AccountChange) int { return slices.Compare(x.Key[:], y.Key[:]) })
	return out
}

// lookup returns the account at key or nil; b.mu is held. Sysvars that change with the slot are built when they are
// read.
func (b *Bank) lookup(key solana.PublicKey) *Account {
	switch key {
	case sysvarClockID:
		return sysvarAccount(b.clock().encode())
	case sysvarSlotHashesID:
		if a := b.state.accounts[key]; a != nil {
			return a
		}
		return sysvarAccount(b.slotSysvar(key))
	case sysvarRecentBlockhashesID:
		return sysvarAccount(b.slotSysvar(key))
	}
	return b.state.accounts[key]
}

// SetAccount replaces the account at key without checking the chain's rules. With 0 lamports the account is removed. The
// sysvar SlotHashes stays as it is set, so that a test can leave slots out, until it is removed.
// The error says what is wrong with a.
func (b *Bank) SetAccount(key solana.PublicKey, a Account) error {
	if len(a.Data) > MaxAccountData {
		return fmt.Errorf("svm: account %s: %d bytes of data are more than %d", key, len(a.Data), MaxAccountData)
	}
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	return b.change([]AccountChange{{key, a.Clone()}})
}

// Fund adds lamports to an account, creating it if needed. It fails if the balance would overflow.
func (b *Bank) Fund(key solana.PublicKey, lamports uint64) error {
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	a := Account{RentEpoch: math.MaxUint64, Owner: SystemProgramID}
	if old := b.lookup(key); old != nil {
		a = *old
	}
	if a.Lamports > math.MaxUint64-lamports {
		return fmt.Errorf("svm: funding %s with %d lamports would overflow its balance", key, lamports)
	}
	a.Lamports += lamports
	return b.change([]AccountChange{{key, a}})
}

// change writes accounts outside of a transaction and notifies subscribers; b.mu is held.
func (b *Bank) change(accounts []AccountChange) error {
	if err := b.keep(accounts, nil); err != nil {
		return err
	}
	b.storeAll(accounts)
	b.compact()
	b.emit(Event{Slot: b.state.slots.slot, Accounts: accounts})
	return nil
}

// storeAll is store for several accounts.
func (b *Bank) storeAll(changes []AccountChange) {
	for _, c := range changes {
		b.store(c.Key, &c.Account)
	}
}

// store writes an account; b.mu is held. The caller must not change a or its data afterwards.
func (b *Bank) store(key solana.PublicKey, a *Account) {
	if a.Lamports == 0 {
		delete(b.state.accounts, key)
		return
	}
	b.state.accounts[key] = a
}

// Transaction returns the record of a processed transaction.
func (b *Bank) Transaction(sig solana.Signature) (Record, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.state.records[sig]
	if !ok {
		return Record{}, false
	}
	return *r, true
}

// Status returns slot and error of a processed transaction.
func (b *Bank) Status(sig solana.Signature) (slot uint64, err *TransactionError, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.state.records[sig]
	if !ok {
		return 0, nil, false
	}
	return r.Slot, r.Err, true
}

// Signatures returns the latest transactions that mention key, at most limit, newest first.
func (b *Bank) Signatures(key solana.PublicKey, limit int) []Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Record
	for i := len(b.state.order) - 1; i >= 0 && len(out) < limit; i-- {
		if r := b.state.records[b.state.order[i]]; slices.Contains(r.Keys, key) {
			out = append(out, *r)
		}
	}
	return out
}

// record stores a processed transaction and drops the oldest beyond MaxRecords; b.mu is held.
func (b *Bank) record(r *Record) {
	b.state.records[r.Signature] = r
	b.state.order = append(b.state.order, r.Signature)
	b.state.count++
	if n := len(b.state.order) - b.cfg.MaxRecords; n > 0 {
		for _, sig := range b.state.order[:n] {
			b.state.slots.ended.forget(b.state.records[sig].Slot + 1)
			delete(b.state.records, sig)
		}
		b.state.order = b.state.order[n:]
	}
}

// Snapshot returns the current state.
func (b *Bank) Snapshot() *Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return &Snapshot{state: b.state.clone(), offset: b.offset}
}

// Restore returns the bank to a snapshot: accounts, transactions, slot, blockhashes and warps. Subscribers get one
// event with every account that differs. A snapshot can be restored any number of times.
func (b *Bank) Restore(s *Snapshot) {
	b.mu.Lock()
	defer b.unlockAndNotify()
	old := b.state.accounts
	b.state, b.offset = s.state.clone(), s.offset
	b.state.slots.rebase(b.now())
	ev := Event{Slot: b.state.slots.slot}
	for k, a := range b.state.accounts {
		if old[k] != a {
			ev.Accounts = append(ev.Accounts, AccountChange{k, *a})
		}
	}
	for k := range old {
		if b.state.accounts[k] == nil {
			ev.Accounts = append(ev.Accounts, AccountChange{Key: k})
		}
	}
	slices.SortFunc(ev.Accounts, func(x, y AccountChange) int {
		return cmp.Or(slices.Compare(x.Key[:], y.Key[:]))
	})
	b.emit(ev)
	_ = b.keepAll()
}

func (s *bankState) clone() bankState {
	return bankState{maps.Clone(s.accounts), s.slots.clone(), maps.Clone(s.records), slices.Clone(s.order), s.count}
}

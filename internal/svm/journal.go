package svm

import (
	"iter"
	"slices"
	"time"
)

// Journal keeps what a bank holds, so that another process can go on from there. The bank calls it from one goroutine
// at a time.
type Journal interface {
	// Append keeps a change. After an error the bank does not make the change, and takes no others.
	Append(Entry) error
	// Full reports whether it is time to replace the changes by the state.
	Full() bool
	// Replace keeps the entries of a whole state instead of all those before.
	Replace(iter.Seq[Entry]) error
}

// Entry is a change of a bank, or a part of its state.
type Entry struct {
	Mark     *Mark           // nil: as before
	Accounts []AccountChange // as they are now
	Record   *Record         // the transaction that changed them, nil if there was none
}

// Mark is where a chain is.
type Mark struct {
	Slot   uint64        // that lasts
	Since  time.Time     // when it started
	Sent   int           // transactions in it
	Offset time.Duration // of all warps
	Count  uint64        // transactions before the entry's
	First  uint64        // slot whose end is known
	Runs   []SlotRun     // of slots that have ended, from one on that may replace one before
	Skips  []Skip        // of slots without a block, in the same way
}

// Load makes the change of an entry, without a notification and without keeping it again.
func (b *Bank) Load(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Mark != nil {
		b.loadMark(*e.Mark)
	}
	b.storeAll(e.Accounts)
	if e.Record != nil {
		b.record(e.Record)
	}
}

func (b *Bank) loadMark(m Mark) {
	s := &b.state.slots
	s.slot, s.since, s.sent = m.Slot, m.Since, m.Sent
	s.replaceSkips(m.Skips)
	s.refill()
	s.ended.replace(m.First, m.Runs)
	b.offset, b.state.count = m.Offset, m.Count
}

// Keep hands the state to a journal, and from now on every change before it is made.
func (b *Bank) Keep(j Journal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.journal = j
	return b.keepAll()
}

// Failed is closed once the journal could not keep a change: see [Bank.Err].
func (b *Bank) Failed() <-chan struct{} { return b.failed }

// Err returns why the journal could not keep a change; nil if it has kept them all. From then on the bank makes none.
func (b *Bank) Err() error {
	select {
	case <-b.failed:
		return b.failure
	default:
		return nil
	}
}

// failWith notes what a journal has returned; b.mu is held.
func (b *Bank) failWith(err error) {
	if err == nil || b.broken != nil {
		return
	}
	b.broken, b.failure = err, err
	close(b.failed)
}

// Stop makes the bank refuse all changes from now on, for a reason. It returns why it has done so already, if its journal
// could not keep one; the journal is not used any more.
func (b *Bank) Stop(reason error) (earlier error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	earlier, b.broken = b.broken, reason
	return earlier
}

// keep writes a change to the journal, if there is one; b.mu is held.
func (b *Bank) keep(changes []AccountChange, r *Record) error {
	if b.journal == nil || b.broken != nil {
		return b.broken
	}
	m := b.mark(b.keptRun)
	b.failWith(b.journal.Append(Entry{&m, changes, r}))
	if b.broken == nil {
		b.keptRun = m.lastRun()
	}
	return b.broken
}

// compact replaces the journal's changes by the state once they are many; b.mu is held.
func (b *Bank) compact() {
	if b.journal != nil && b.broken == nil && b.journal.Full() {
		_ = b.keepAll()
	}
}

func (b *Bank) keepAll() error {
	if b.journal == nil || b.broken != nil {
		return b.broken
	}
	b.failWith(b.journal.Replace(b.entries()))
	b.keptRun = b.mark(0).lastRun()
	return b.broken
}

// mark returns where the chain is, with the runs of slots from one on; b.mu is held.
func (b *Bank) mark(from uint64) Mark {
	s := &b.state.slots
	return Mark{s.slot, s.since, s.sent, b.offset, b.state.count, s.ended.first, s.ended.since(from), s.skipsSince(from)}
}

// lastRun is the first slot of the run that may still grow.
func (m Mark) lastRun() uint64 {
	if len(m.Runs) == 0 {
		return m.First
	}
	return m.Runs[len(m.Runs)-1].First
}

// entries is the whole state; b.mu is held.
func (b *Bank) entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		m := b.mark(0)
		if !yield(Entry{Mark: &m}) {
			return
		}
		for k, a := range b.state.accounts {
			if !yield(Entry{Accounts: []AccountChange{{k, *a}}}) {
				return
			}
		}
		for _, sig := range b.state.order {
			if !yield(Entry{Record: b.state.records[sig]}) {
				return
			}
		}
		yield(Entry{Mark: &m}) // again: the records have been counted
	}
}

// since returns the runs from the one with a slot on.
func (s *slotTimes) since(slot uint64) []SlotRun {
	i, _ := slices.BinarySearchFunc(s.runs, slot, SlotRun.compare)
	return slices.Clone(s.runs[i:])
}

// replace makes runs the last ones, instead of those from their slots on.
func (s *slotTimes) replace(first uint64, runs []SlotRun) {
	if len(runs) > 0 {
		i, _ := slices.BinarySearchFunc(s.runs, runs[0].First, SlotRun.compare)
		s.runs = append(s.runs[:i:i], runs...)
	}
	if len(s.runs) == 0 {
		s.first = first
		return
	}
	s.forget(first)
}

package chain

import (
	"context"
	"crypto/sha256"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
)

// Watch says what [Client.Watch] watches.
type Watch struct {
	// Query selects accounts by what never changes in them, such as their type.
	Query
	// While selects among them by what may change. A selected account is followed
	// until While no longer selects it; that last state is reported, too.
	While []Filter
	// Poll is the pause between two reads of all accounts. Default: 5 s, or 30 s
	// while a websocket reports changes.
	Poll time.Duration
}

// Change is an account that is new or different.
type Change struct {
	// Account is its new state; if it is Gone, its last known state.
	Account Account
	// Gone: the account was closed.
	Gone bool
	// Again: it is the same state as before, reported once more because of Retry.
	Again bool

	entry *watched // nil: it is no longer followed
}

// Retry has the same state reported again after the next poll, or the next notice
// about it. It is for callers that could not handle it now, and must be called
// before the loop goes on.
func (c Change) Retry() {
	if c.entry != nil {
		c.entry.retry = true
	}
}

const (
	pollAlone      = 5 * time.Second
	pollWithSocket = 30 * time.Second
)

// Watch yields all selected accounts of a program, and then each of them again
// whenever it has changed, until the context ends or the loop is left:
//
//	for change, err := range c.Watch(ctx, chain.Watch{Query: q}) {
//		if err != nil {
//			continue // it tries again by itself
//		}
//		…
//	}
//
// A websocket reports changes at once. After every time that it was down, and
// every Poll in any case, all accounts are compared with what was seen before, so
// nothing is missed for long. A state may be skipped if another one follows soon.
// Nothing is left running when the loop is left.
func (c *Client) Watch(ctx context.Context, w Watch) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		notices, wait := c.follow(ctx, w.Query)
		defer func() { cancel(); wait() }()
		s := watcher{client: c, Watch: w, seen: map[solana.PublicKey]*watched{}, yield: yield}
		connected := false
		for s.look(ctx) {
			next := time.NewTimer(w.pause(connected))
			for waiting := true; waiting; {
				select {
				case <-ctx.Done():
					next.Stop()
					return
				case <-next.C:
					waiting = false
				case n := <-notices:
					if n.Account == nil {
						connected = n.Connected
						waiting = false // changes may have been missed
					} else if !s.state(*n.Account) {
						next.Stop()
						return
					}
				}
			}
			next.Stop()
		}
	}
}

func (w Watch) pause(connected bool) time.Duration {
	switch {
	case w.Poll > 0:
		return w.Poll
	case connected:
		return pollWithSocket
	}
	return pollAlone
}

// watcher is what was seen so far. Its methods report whether the loop goes on.
type watcher struct {
	Watch
	client *Client
	seen   map[solana.PublicKey]*watched
	yield  func(Change, error) bool
}

// watched is an account that is being followed.
type watched struct {
	last  Account
	hash  [32]byte // of its data
	retry bool
}

// look compares all accounts with what was seen.
func (w *watcher) look(ctx context.Context) bool {
	query := Query{Program: w.Program, Filters: slices.Concat(w.Filters, w.While)}
	found, slot, err := Scan(ctx, w.client, query, func(a Account) (Account, error) { return a, nil })
	if err != nil {
		return w.failed(ctx, err)
	}
	missing := maps.Clone(w.seen)
	for _, a := range found {
		delete(missing, a.Address)
		a.Slot = slot
		if !w.state(a) {
			return false
		}
	}
	return w.lookAfter(ctx, slices.Collect(maps.Keys(missing)))
}

// lookAfter reads accounts that are followed but were not among those chosen.
func (w *watcher) lookAfter(ctx context.Context, missing []solana.PublicKey) bool {
	found, err := w.client.Accounts(ctx, missing...)
	if err != nil {
		return w.failed(ctx, err)
	}
	for _, a := range found {
		if !w.state(a) {
			return false
		}
	}
	return true
}

func (w *watcher) failed(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true // the caller ended it
	}
	return w.yield(Change{}, err)
}

// state handles one state of an account.
func (w *watcher) state(a Account) bool {
	before := w.seen[a.Address]
	if before == nil {
		if !w.follows(a) {
			return true
		}
		before = &watched{}
		w.seen[a.Address] = before
		return w.report(before, a, sha256.Sum256(a.Data))
	}
	if a.Slot == 0 {
		a.Slot = before.last.Slot // the node does not say
	}
	if a.Slot < before.last.Slot {
		return true // late
	}
	before.last.Slot = a.Slot
	if !w.Query.Match(a) {
		delete(w.seen, a.Address)
		return w.yield(Change{Account: before.last, Gone: true}, nil)
	}
	hash := sha256.Sum256(a.Data)
	if hash == before.hash && !before.retry {
		return true
	}
	return w.report(before, a, hash)
}

// report yields a state. If the account is no longer selected, it is the last one.
func (w *watcher) report(of *watched, a Account, hash [32]byte) bool {
	change := Change{Account: a, Again: of.hash == hash, entry: of}
	*of = watched{last: a, hash: hash}
	more := w.yield(change, nil)
	if !of.retry && !w.follows(a) {
		delete(w.seen, a.Address)
	}
	return more
}

// follows reports whether to follow an account in that state.
func (w *watcher) follows(a Account) bool {
	return w.Query.Match(a) && Query{Program: w.Program, Filters: w.While}.Match(a)
}

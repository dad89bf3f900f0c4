package round

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Track says what [Client.Track] follows, and how much that may cost. The zero
// value follows all active rounds.
type Track struct {
	// Filter selects rounds by what never changes in them. Its Status is ignored:
	// only active rounds are followed.
	Filter Filter
	// MaxRounds bounds how many rounds are followed: the best paid ones if there are
	// more. Default: 4,096.
	MaxRounds int
	// MaxPages bounds how many calls one [Tracker.Look] spends on rounds that it has
	// not seen yet; each is for 100 of them, and the rest waits for the next look.
	// Default: 20.
	MaxPages int
	// Resync is the pause between two comparisons of all followed rounds while a
	// websocket reports changes; without one, and with one that was silent about a
	// change, every Look compares them. Default: 30 s.
	Resync time.Duration
}

func (t Track) withDefaults() Track {
	t.Filter.Status = []Status{Active}
	t.MaxRounds = cmp.Or(t.MaxRounds, 4096)
	t.MaxPages = cmp.Or(t.MaxPages, 20)
	t.Resync = cmp.Or(t.Resync, 30*time.Second)
	return t
}

// Tracker follows the active rounds that a filter selects, at a price that others
// cannot raise:
//
//   - One scan finds the rounds that there are, of which the node sends only what the
//     filter is about. If that is refused or too large, they are read by id instead,
//     the newest first.
//   - New rounds are found by their ids, which count up: 100 in a call.
//   - Of the rounds that are followed, the node sends a part that shows whether they
//     have changed, 100 in a call, and all of those that have. While a websocket
//     reports changes ([Tracker.Run]), it does so only now and then.
//
// A look without news takes one call. Where the bounds of [Track] are reached, looks
// go on with less: the best paid rounds, the newest first. It is safe for concurrent
// use.
type Tracker struct {
	Track
	client *Client
	turn   chan struct{} // holds one token: whoever has it may look

	mu        sync.Mutex
	followed  map[uint64]*tracked
	gradients map[uint64]knownGradients
	trusted   bool      // the websocket reports changes: it has been seen to since it connected
	compared  time.Time // when all followed rounds were last compared

	// The rest is only touched by who has the turn.
	started  bool
	skipping bool             // some selected rounds are not followed
	low      uint64           // ids below it are to be looked at
	next     uint64           // so are ids from it on
	missing  map[uint64]uint8 // new ids that a node did not know yet: how often they are looked for again
}

// tracked is a round that is followed.
type tracked struct {
	reward uint64 // the round's
	round  *Round // nil: not read yet
	state  string // the part of its account that shows whether it has changed
	slot   uint64 // of that state
	stale  bool   // it has changed since
}

// Track makes a tracker. It does not call the node: [Tracker.Look] does.
func (c *Client) Track(t Track) *Tracker {
	out := &Tracker{Track: t.withDefaults(), client: c, turn: make(chan struct{}, 1), followed: map[uint64]*tracked{},
		gradients: map[uint64]knownGradients{}, missing: map[uint64]uint8{}}
	out.turn <- struct{}{}
	return out
}

// Look is what a tracker knows at a time.
type Look struct {
	Now    time.Time // by the chain's clock
	Count  uint64    // rounds that were ever created
	Rounds []*Round  // active and selected, ordered by id; not to be changed
	// Partial: there may be more rounds, which the bounds of [Track] leave out, or
	// leave to the next look.
	Partial bool

	slot uint64 // of the node's view at that time
}

// Look brings the tracker up to date.
func (t *Tracker) Look(ctx context.Context) (Look, error) {
	select {
	case <-ctx.Done():
		return Look{}, ctx.Err()
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	}
	look, err := t.client.countAndTime(ctx)
	if err != nil {
		return Look{}, err
	}
	if look.Count < t.next {
		t.restart() // a test chain that began anew
	}
	if err := t.discover(ctx, look.Count); err != nil {
		return Look{}, err
	}
	if err := t.refresh(ctx); err != nil {
		return Look{}, err
	}
	look.Rounds = t.rounds(look.slot)
	look.Partial = t.skipping || t.low > 0 || t.next < look.Count
	return look, nil
}

// countAndTime reads the number of rounds and the chain's clock in one call.
func (c *Client) countAndTime(ctx context.Context) (Look, error) {
	found, err := c.chain.Accounts(ctx, c.addr.Counter(), solana.SysVarClockPubkey)
	if err != nil {
		return Look{}, err
	}
	if found[0].Owner != c.addr.Program {
		return Look{}, &chain.AccountError{Kind: "RoundCounter", Address: found[0].Address, Reason: chain.ErrNotFound}
	}
	counter, err := DecodeCounter(found[0].Address, found[0].Data)
	if err != nil {
		return Look{}, err
	}
	now, err := chain.DecodeClock(found[1])
	return Look{Count: counter.Count, Now: now, slot: found[1].Slot}, err
}

// restart forgets everything.
func (t *Tracker) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.followed)
	clear(t.gradients)
	clear(t.missing)
	t.started, t.skipping, t.low, t.next = false, false, 0, 0
}

// rounds are those that are followed, as they are at a slot, ordered by id.
func (t *Tracker) rounds(slot uint64) []*Round {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []*Round
	for _, id := range slices.Sorted(maps.Keys(t.followed)) {
		if r := t.followed[id].round; r != nil {
			out = append(out, r.SeenAt(slot))
		}
	}
	return out
}

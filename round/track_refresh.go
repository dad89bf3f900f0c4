package round

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
)

// state is the part of a round's account that changes with everything else in it:
// status, terms, and how many scores, gradients and commitments there are. Only the draw
// of a committee and the key of a sealed test come alone: see [Round.unsettled].
var state = chain.Part{Offset: atRoundStatus, Length: 286 - atRoundStatus}

// refresh brings the followed rounds up to date.
func (t *Tracker) refresh(ctx context.Context) error {
	if err := t.compare(ctx); err != nil {
		return err
	}
	stale := t.ids(func(r *tracked) bool { return r.stale })
	for page := range slices.Chunk(stale, pageSize) {
		found, err := t.client.chain.Accounts(ctx, t.client.addr.rounds(page)...)
		if err != nil {
			return err
		}
		for i, a := range found {
			if err := t.update(page[i], a); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare finds out which of the followed rounds have changed, unless a websocket
// does.
func (t *Tracker) compare(ctx context.Context) error {
	began := time.Now()
	t.mu.Lock()
	due := !t.trusted || began.Sub(t.compared) >= t.Resync
	t.mu.Unlock()
	if !due {
		return nil
	}
	known := t.ids(func(r *tracked) bool {
		r.stale = r.stale || r.round.unsettled()
		return !r.stale
	})
	for page := range slices.Chunk(known, pageSize) {
		found, err := t.client.chain.AccountParts(ctx, state, t.client.addr.rounds(page)...)
		if err != nil {
			return err
		}
		for i, a := range found {
			t.compareOne(page[i], a)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.compared = began
	return nil
}

// unsettled reports whether a round may change without a trace in its state: it is read
// whole. A nil round was not read yet.
func (r *Round) unsettled() bool {
	return r != nil && (r.HasCommittee() && !r.Drawn || r.HasHoldout() && !r.HoldoutRevealed)
}

// compareOne notes whether a round has changed.
func (t *Tracker) compareOne(id uint64, a chain.Account) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.followed[id]
	switch {
	case r == nil || a.Slot < r.slot: // given up, or an older view than is known already
	case a.Owner != t.client.addr.Program:
		t.drop(id) // closed
	case string(a.Data) != r.state:
		r.stale, t.trusted = true, false // the websocket was silent about it, or is late
	}
}

// update takes a new state of a round; it is dropped once it is not active any more.
func (t *Tracker) update(id uint64, a chain.Account) error {
	var r *Round
	if a.Owner == t.client.addr.Program {
		var err error
		if r, err = decodeRoundOf(id, a); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.followed[id]
	switch {
	case known == nil:
	case a.Slot < known.slot: // an older view, or a websocket that does not know its slot
		known.stale = known.stale || stateOf(a.Data) != known.state
	case r == nil || !t.Filter.Match(r):
		t.drop(id)
	default:
		*known = tracked{reward: r.Reward, round: r, state: stateOf(a.Data), slot: a.Slot}
	}
	return nil
}

// stateOf is the part of a round's account that is compared.
func stateOf(data []byte) string {
	end := min(int(state.Offset+state.Length), len(data))
	return string(data[min(atRoundStatus, end):end])
}

// ids are those of the followed rounds that are chosen, in order.
func (t *Tracker) ids(chosen func(*tracked) bool) []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.followed)), func(id uint64) bool { return !chosen(t.followed[id]) })
}

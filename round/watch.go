package round

import (
	"context"
	"iter"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Watch says what [Client.Watch] watches.
type Watch struct {
	// Filter selects rounds. A selected round is followed until the filter no
	// longer selects it; that last state is reported, too.
	Filter Filter
	// Gradients adds the gradients of those rounds.
	Gradients bool
	// Poll is the pause between two reads of all accounts. Default: 5 s, or 30 s
	// while a websocket reports changes.
	Poll time.Duration
}

// Change is a round or a gradient that is new or different: one of the two is
// set.
type Change struct {
	Round    *Round    // its new state
	Gradient *Gradient // of a round that is watched
	// Gone: the round's account was closed. Round is its last known state.
	Gone bool
}

// Watch yields all rounds that a filter selects, and then each of them again
// whenever it has changed, until the context ends or the loop is left, as
// [chain.Client.Watch] does:
//
//	for change, err := range c.Watch(ctx, round.Watch{Gradients: true}) {
//		if err != nil {
//			continue // it tries again by itself
//		}
//		…
//	}
//
// Claims do not count as changes, of a round or of a gradient. Neither does a
// phase that ends because time passes: ask [Round.Phase] again at
// [Round.SubmissionsOpen], [Round.SubmissionsClose] and [Round.ForceFrom].
func (c *Client) Watch(ctx context.Context, w Watch) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		s := watcher{Watch: w, client: c, rounds: map[solana.PublicKey]*watched{}, yield: yield}
		accounts := chain.Watch{Query: c.query(bindings.Account_Round, w.Filter.fixed()...), While: w.Filter.changing(), Poll: w.Poll}
		for change, err := range c.chain.Watch(ctx, accounts) {
			if err != nil {
				if !yield(Change{}, err) {
					return
				}
				continue
			}
			if !s.account(ctx, change) {
				return
			}
		}
	}
}

// watcher is what was seen so far. Its methods report whether the loop goes on.
type watcher struct {
	Watch
	client *Client
	rounds map[solana.PublicKey]*watched
	yield  func(Change, error) bool
}

// watched is the last state of a round that is being followed.
type watched struct {
	round     *Round
	gradients map[solana.PublicKey][32]byte // their last known states, by Gradient.hash
}

// account handles a change of a round's account.
func (w *watcher) account(ctx context.Context, change chain.Change) bool {
	address := change.Account.Address
	before := w.rounds[address]
	if change.Gone {
		delete(w.rounds, address)
		return before == nil || w.yield(Change{Round: before.round, Gone: true}, nil)
	}
	r, err := decodeRound(change.Account)
	if err != nil || address != w.client.addr.Round(r.ID) {
		return err == nil || before == nil || w.yield(Change{}, err)
	}
	selected := w.Filter.Match(r)
	if before == nil && !selected {
		return true
	}
	if before == nil {
		before = &watched{gradients: map[solana.PublicKey][32]byte{}}
		w.rounds[address] = before
	}
	before.round = r
	more := change.Again || w.yield(Change{Round: r}, nil)
	more = more && w.gradientsOf(ctx, before, change)
	if !selected {
		delete(w.rounds, address)
	}
	return more
}

// gradientsOf reads the gradients of a round that has changed.
func (w *watcher) gradientsOf(ctx context.Context, of *watched, change chain.Change) bool {
	if !w.Gradients || of.round.Gradients == 0 {
		return true
	}
	all, err := w.client.Gradients(ctx, of.round.ID)
	if err != nil {
		change.Retry()
		return ctx.Err() != nil || w.yield(Change{}, err)
	}
	for _, g := range all {
		hash := g.hash()
		if of.gradients[g.Address] == hash {
			continue
		}
		of.gradients[g.Address] = hash
		if !w.yield(Change{Gradient: g}, nil) {
			return false
		}
	}
	return true
}

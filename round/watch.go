package round

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Watch says what [Client.Watch] looks out for.
type Watch struct {
	// Filter chooses rounds. One that was chosen once is followed until it no
	// longer is: its last state comes, too.
	Filter Filter
	// Gradients asks for the gradients of those rounds as well.
	Gradients bool
	// Poll is the pause between two looks at all accounts. Default: 5 s, or
	// 30 s while a websocket reports changes.
	Poll time.Duration
}

// Change is a round or a gradient that is new or different: one of the two is
// set.
type Change struct {
	Round    *Round
	Gradient *Gradient
	// Gone: the round's account was closed. Round is what was last seen of it.
	Gone bool
}

const (
	pollAlone = 5 * time.Second
	pollFed   = 30 * time.Second
)

// Watch yields all rounds that a filter chooses, and then each of them again
// whenever it has changed, until the context ends or the loop is left:
//
//	for change, err := range c.Watch(ctx, round.Watch{Gradients: true}) {
//		if err != nil {
//			continue // it tries again by itself
//		}
//		…
//	}
//
// A websocket reports changes at once; after every time that it was down, and
// now and then in any case, all accounts are compared with what was seen
// before, so nothing is missed for long. A state may be skipped where another
// one follows at once. Nothing runs on once the loop is left.
//
// Claims change neither a round nor, for this purpose, a gradient.
func (c *Client) Watch(ctx context.Context, w Watch) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		notes, wait := c.follow(ctx, w.Filter)
		defer func() { cancel(); wait() }()
		s := watching{client: c, Watch: w, rounds: map[solana.PublicKey]*seen{}}
		fed := false
		for {
			if !emit(s.poll(ctx), yield) {
				return
			}
			for next := time.NewTimer(w.pause(fed)); next != nil; {
				var changes []outcome
				select {
				case <-ctx.Done():
					next.Stop()
					return
				case <-next.C:
					next = nil
				case n := <-notes:
					if n.state != nil {
						fed = *n.state
						next.Stop()
						next = nil // whatever happened meanwhile was missed
						break
					}
					changes = s.note(ctx, n)
				}
				if !emit(changes, yield) {
					return
				}
			}
		}
	}
}

func (w Watch) pause(fed bool) time.Duration {
	switch {
	case w.Poll > 0:
		return w.Poll
	case fed:
		return pollFed
	}
	return pollAlone
}

// outcome is a change, or why there may be some that are not known.
type outcome struct {
	change Change
	err    error
}

func emit(all []outcome, yield func(Change, error) bool) bool {
	for _, o := range all {
		if !yield(o.change, o.err) {
			return false
		}
	}
	return true
}

// watching is what was seen so far.
type watching struct {
	Watch
	client *Client
	rounds map[solana.PublicKey]*seen
}

// seen is the last state of a round that is being followed.
type seen struct {
	round *Round
	hash  [32]byte
	slot  uint64
	// gradients are hashes of what was seen of them.
	gradients map[solana.PublicKey][32]byte
	// stale: its gradients could not be read when it changed.
	stale bool
}

// poll compares all accounts with what was seen.
func (s *watching) poll(ctx context.Context) []outcome {
	c := s.client
	var found []scanned
	slot, err := c.scan(ctx, "Round", bindings.Account_Round, s.Filter.memcmp(), func() { found = nil }, func(f scanned) error {
		found = append(found, f)
		return nil
	})
	if err != nil {
		return s.failed(ctx, err)
	}
	missing := maps.Clone(s.rounds)
	var out []outcome
	for _, f := range found {
		delete(missing, f.address)
		out = append(out, s.account(ctx, f.address, f.data, slot)...)
	}
	return append(out, s.left(ctx, missing)...)
}

func (s *watching) failed(ctx context.Context, err error) []outcome {
	if ctx.Err() != nil {
		return nil // the end was asked for
	}
	if err == nil {
		err = fmt.Errorf("round: %w", errRubbish)
	}
	return []outcome{{err: err}}
}

// left looks after rounds that are followed but were not among those chosen.
func (s *watching) left(ctx context.Context, missing map[solana.PublicKey]*seen) []outcome {
	c := s.client
	var out []outcome
	for keys := range slices.Chunk(slices.Collect(maps.Keys(missing)), 100) {
		found, err := c.rpc.GetMultipleAccountsWithOpts(ctx, keys, &rpc.GetMultipleAccountsOpts{
			Commitment: c.cfg.Commitment, Encoding: solana.EncodingBase64,
		})
		if err != nil || found == nil || len(found.Value) != len(keys) {
			return append(out, s.failed(ctx, err)...)
		}
		for i, account := range found.Value {
			if account == nil || account.Owner != c.addr.Program {
				out = append(out, outcome{change: Change{Round: missing[keys[i]].round, Gone: true}})
				delete(s.rounds, keys[i])
				continue
			}
			out = append(out, s.account(ctx, keys[i], account.Data.GetBinary(), found.Context.Slot)...)
		}
	}
	return out
}

// note takes in what the websocket reported.
func (s *watching) note(ctx context.Context, n note) []outcome {
	return s.account(ctx, n.address, n.data, n.slot)
}

// account takes in one state of a round's account.
func (s *watching) account(ctx context.Context, address solana.PublicKey, data []byte, slot uint64) []outcome {
	before := s.rounds[address]
	hash := sha256.Sum256(data)
	if before != nil {
		if slot == 0 {
			slot = before.slot // the node does not say
		}
		if slot < before.slot {
			return nil // late
		}
		before.slot = slot
		if hash == before.hash {
			if !before.stale {
				return nil
			}
			return s.gradientsOf(ctx, before)
		}
	}
	r, err := DecodeRound(address, data)
	if err != nil || r.Address != s.client.addr.Round(r.ID) {
		if before == nil {
			return nil
		}
		if err == nil || len(data) == 0 {
			delete(s.rounds, address)
			return []outcome{{change: Change{Round: before.round, Gone: true}}}
		}
		return []outcome{{err: err}}
	}
	chosen := s.Filter.Match(r)
	if before == nil && !chosen {
		return nil
	}
	now := &seen{round: r, hash: hash, slot: slot, gradients: map[solana.PublicKey][32]byte{}}
	if before != nil {
		now.gradients = before.gradients
	}
	s.rounds[address] = now
	out := append([]outcome{{change: Change{Round: r}}}, s.gradientsOf(ctx, now)...)
	if !chosen {
		delete(s.rounds, address)
	}
	return out
}

// gradientsOf reads the gradients of a round that has changed.
func (s *watching) gradientsOf(ctx context.Context, of *seen) []outcome {
	if !s.Gradients || of.round.Gradients == 0 {
		return nil
	}
	all, err := s.client.Gradients(ctx, of.round.ID)
	of.stale = err != nil
	if err != nil {
		return s.failed(ctx, err)
	}
	var out []outcome
	for _, g := range all {
		hash := g.hash()
		if of.gradients[g.Address] == hash {
			continue
		}
		of.gradients[g.Address] = hash
		out = append(out, outcome{change: Change{Gradient: g}})
	}
	return out
}

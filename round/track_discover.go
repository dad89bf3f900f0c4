package round

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// fewRounds is how many rounds are read by id rather than searched for.
const fewRounds = 2 * pageSize

// missingTries is how often a new round is looked for again that a node does not
// know yet: it lags behind the one that counted the round.
const missingTries = 3

// discover looks at the rounds that were not looked at yet, as far as the bounds
// allow.
func (t *Tracker) discover(ctx context.Context, count uint64) error {
	if t.skipping && t.size() < t.MaxRounds/2 {
		t.started = false // there is room again: look for those that were left out
	}
	if !t.started {
		t.start(ctx, count)
	}
	pages := t.MaxPages
	for ; t.next < count && pages > 0; pages-- {
		n := min(pageSize, count-t.next)
		if err := t.read(ctx, idRange(t.next, n), true); err != nil {
			return err
		}
		t.next += n
	}
	for ; t.low > 0 && pages > 0; pages-- {
		n := min(pageSize, t.low)
		if err := t.read(ctx, idRange(t.low-n, n), false); err != nil {
			return err
		}
		t.low -= n
	}
	again := slices.Sorted(maps.Keys(t.missing))
	if len(again) == 0 {
		return nil
	}
	return t.read(ctx, again[:min(len(again), pageSize)], true)
}

// start finds the rounds that there are by a scan. If that fails, they are all left
// to be looked at by id.
func (t *Tracker) start(ctx context.Context, count uint64) {
	t.started, t.skipping = true, false
	if t.next, t.low = 0, 0; count <= fewRounds {
		return
	}
	t.next, t.low = count, count
	filter := t.Filter
	query := t.client.query(bindings.Account_Round, slices.Concat(filter.fixed(), filter.changing())...)
	query.Part = filter.header()
	var best []*Round
	_, _, err := chain.Scan(ctx, t.client.chain, query, func(a chain.Account) (struct{}, error) {
		// Others' nonsense is no reason to stop.
		if r, err := DecodeRound(a.Address, a.Data); err == nil && filter.Match(r) {
			best = t.keepBest(append(best, r))
		}
		return struct{}{}, nil
	})
	if err != nil {
		return
	}
	t.low = 0
	t.next -= pageSize // a node that lags behind may not have had the newest
	t.follow(best)
}

// keepBest bounds a list of rounds, now and then.
func (t *Tracker) keepBest(all []*Round) []*Round {
	if len(all) < 2*t.MaxRounds {
		return all
	}
	return t.best(all)
}

// best are the best paid rounds, as many as may be followed; of equals the oldest.
func (t *Tracker) best(all []*Round) []*Round {
	if len(all) <= t.MaxRounds {
		return all
	}
	t.skipping = true
	slices.SortFunc(all, func(a, b *Round) int { return cmp.Or(cmp.Compare(b.Reward, a.Reward), cmp.Compare(a.ID, b.ID)) })
	return all[:t.MaxRounds]
}

// read looks at rounds by their ids. New ones that the node does not know are looked
// for again.
func (t *Tracker) read(ctx context.Context, ids []uint64, isNew bool) error {
	found, err := t.client.roundPages(ctx, t.Filter.header(), ids)
	if err != nil {
		return err
	}
	if isNew {
		t.noteMissing(ids, found)
	}
	t.follow(slices.DeleteFunc(found, func(r *Round) bool { return !t.Filter.Match(r) }))
	return nil
}

// noteMissing remembers which of the ids were not found.
func (t *Tracker) noteMissing(ids []uint64, found []*Round) {
	absent := map[uint64]bool{}
	for _, id := range ids {
		absent[id] = true
	}
	for _, r := range found {
		delete(absent, r.ID)
		delete(t.missing, r.ID)
	}
	for id := range absent {
		if t.missing[id]++; t.missing[id] > missingTries {
			delete(t.missing, id) // it was closed
		}
	}
}

// follow adds rounds, known by their headers, and keeps the best.
func (t *Tracker) follow(more []*Round) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range more {
		if t.followed[r.ID] == nil {
			t.followed[r.ID] = &tracked{reward: r.Reward, stale: true}
		}
	}
	t.bound()
}

// bound gives up the worst paid rounds beyond the bound; t.mu is held.
func (t *Tracker) bound() {
	if len(t.followed) <= t.MaxRounds {
		return
	}
	t.skipping = true
	ids := slices.SortedFunc(maps.Keys(t.followed), func(a, b uint64) int {
		return cmp.Or(cmp.Compare(t.followed[b].reward, t.followed[a].reward), cmp.Compare(a, b))
	})
	for _, id := range ids[t.MaxRounds:] {
		t.drop(id)
	}
}

// drop ends following a round; t.mu is held.
func (t *Tracker) drop(id uint64) {
	delete(t.followed, id)
	delete(t.gradients, id)
}

func (t *Tracker) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.followed)
}

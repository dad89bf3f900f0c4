package round

import (
	"context"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Run has the websocket tell the tracker about changes until ctx ends, so that a
// Look need not ask for them, and calls hint when there is something new: a round
// that the filter selects has changed, or the websocket begins or ceases to report.
// Without a websocket it only waits for ctx. Nothing is left running when it
// returns.
func (t *Tracker) Run(ctx context.Context, hint func()) {
	defer t.distrust()
	query := t.client.query(bindings.Account_Round, t.Filter.fixed()...)
	t.client.chain.Subscribe(ctx, query, func(n chain.Notice) {
		if n.Account == nil {
			t.distrust()
			hint()
		} else if t.note(*n.Account) {
			hint()
		}
	})
}

// distrust has the next looks compare all rounds: the websocket has just connected
// or gone, or has been silent about a change. (Some nodes accept a subscription and
// report nothing.)
func (t *Tracker) distrust() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trusted = false
}

// trust notes that the websocket does report. What it was silent about before is
// found by comparing once more.
func (t *Tracker) trust() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.trusted {
		t.trusted, t.compared = true, time.Time{}
	}
}

// note takes what the websocket reports of a round, and reports whether that is
// news. The node applies only a part of the filter.
func (t *Tracker) note(a chain.Account) bool {
	r, err := DecodeRound(a.Address, a.Data)
	if err != nil || a.Address != t.client.addr.Round(r.ID) {
		return false
	}
	t.trust()
	t.mu.Lock()
	known := t.followed[r.ID]
	t.mu.Unlock()
	if known == nil {
		return t.Filter.Match(r) // a new one: the next look finds it by its id
	}
	return t.update(r.ID, a) == nil
}

// knownGradients are the gradients of a round in some state.
type knownGradients struct {
	gradients   uint8
	validations uint16
	list        []*Gradient
}

// Gradients reads the submissions to a round, in the order of submission, as
// [Client.Gradients] does, and remembers those of rounds that are followed: as long
// as a round gets no gradient and no score, nothing is asked again. Whether rewards
// were claimed is not kept up to date. The list is not to be changed.
func (t *Tracker) Gradients(ctx context.Context, r *Round) ([]*Gradient, error) {
	if r.Gradients == 0 {
		return nil, nil
	}
	t.mu.Lock()
	known, ok := t.gradients[r.ID]
	t.mu.Unlock()
	if ok && known.gradients == r.Gradients && known.validations == r.Validations {
		return known.list, nil
	}
	list, err := t.client.Gradients(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.followed[r.ID] != nil && r.shows(list) {
		t.gradients[r.ID] = knownGradients{r.Gradients, r.Validations, list}
	}
	return list, nil
}

// shows reports whether a list of the round's gradients is no older than the round:
// nodes may lag behind each other.
func (r *Round) shows(list []*Gradient) bool {
	scores := int(r.Prevalidations)
	for _, g := range list {
		scores += len(g.Scores)
	}
	return len(list) >= int(r.Gradients) && scores >= int(r.Validations)
}

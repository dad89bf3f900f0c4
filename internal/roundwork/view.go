package roundwork

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// View follows the active rounds about a worker's data sets, and keeps what it saw when it last looked. It is safe for
// concurrent use.
type View struct {
	tracker *round.Tracker

	mu      sync.Mutex
	active  map[uint64]*round.Round
	partial bool // there may be more
}

// NewView returns a view that has seen nothing. poll is how often its worker looks.
func NewView(c *round.Client, data map[dataset.ID]dataset.Dataset, poll time.Duration) *View {
	return &View{tracker: c.Track(round.Track{Filter: ActiveRounds(data), Resync: max(poll, 30*time.Second)})}
}

// Look returns the active rounds, ordered by id, and the time by the chain's clock.
func (v *View) Look(ctx context.Context) ([]*round.Round, time.Time, error) {
	look, err := v.tracker.Look(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	rounds := make(map[uint64]*round.Round, len(look.Rounds))
	for _, r := range look.Rounds {
		rounds[r.ID] = r
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.active, v.partial = rounds, look.Partial
	return look.Rounds, look.Now, nil
}

// Gradients returns the gradients of a round that was looked at.
func (v *View) Gradients(ctx context.Context, r *round.Round) ([]*round.Gradient, error) {
	return v.tracker.Gradients(ctx, r)
}

// Hints calls hint when there is something new to look at, until ctx is done.
func (v *View) Hints(ctx context.Context, hint func()) { v.tracker.Run(ctx, hint) }

// Owner names whose round a step is about.
func (v *View) Owner(s round.Step) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r := v.active[s.RoundID]; r != nil {
		return string(r.Creator[:])
	}
	return ""
}

// Round returns an active round as it was last seen; nil if there is none of that id.
func (v *View) Round(id uint64) *round.Round {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.active[id]
}

// Over returns an error once the round of a step is no longer active.
func (v *View) Over(s round.Step) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.active[s.RoundID] == nil && !v.partial {
		return fmt.Errorf("round %d is no longer active", s.RoundID)
	}
	return nil
}

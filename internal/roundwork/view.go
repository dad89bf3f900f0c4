package roundwork

import (
	"fmt"
	"sync"

	"github.com/decloud-sdk/decloud-go/round"
)

// View is what a worker saw of the active rounds when it last looked. It is safe for concurrent use; the zero value has
// seen nothing.
type View struct {
	mu     sync.Mutex
	active map[uint64]*round.Round
}

// Set replaces what was seen.
func (v *View) Set(active []*round.Round) {
	rounds := make(map[uint64]*round.Round, len(active))
	for _, r := range active {
		rounds[r.ID] = r
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.active = rounds
}

// Round returns an active round, nil if there is none of that id.
func (v *View) Round(id uint64) *round.Round {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.active[id]
}

// Owner names whose round a step is about.
func (v *View) Owner(s round.Step) string {
	if r := v.Round(s.RoundID); r != nil {
		return string(r.Creator[:])
	}
	return ""
}

// Over returns an error once the round of a step is no longer active.
func (v *View) Over(s round.Step) error {
	if v.Round(s.RoundID) == nil {
		return fmt.Errorf("round %d is no longer active", s.RoundID)
	}
	return nil
}

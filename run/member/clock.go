package member

import (
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/run"
)

// slotTime is Solana's, until the chain's own was seen.
const slotTime = 400 * time.Millisecond

// clock has the loop look again when time alone may have changed what is to be done:
// when a phase is over by the chain's clock, and when the slot comes that draws. The
// zero value never does.
type clock struct {
	mu    sync.Mutex
	hint  func() // nil: nobody listens
	timer *time.Timer

	firstSlot uint64 // that was seen, and when
	firstAt   time.Time
}

// start begins to call hint. Between start and stop set may be called at any time.
func (c *clock) start(hint func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hint = hint
}

// stop calls hint no more.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hint = nil
	if c.timer != nil {
		c.timer.Stop()
	}
}

// ring has the loop look now.
func (c *clock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hint != nil {
		c.hint()
	}
}

// set says what was seen of the run, in place of what was seen before.
func (c *clock) set(v *run.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	if wait := untilChange(v, c.pace(v.Slot, time.Now())); wait > 0 && c.hint != nil {
		c.timer = time.AfterFunc(wait, c.ring)
	}
}

// pace is how long a slot takes, as far as was seen.
func (c *clock) pace(slot uint64, now time.Time) time.Duration {
	const least = 8 // slots, to tell
	switch {
	case c.firstSlot == 0 || slot < c.firstSlot:
		c.firstSlot, c.firstAt = slot, now
	case slot >= c.firstSlot+least:
		return now.Sub(c.firstAt) / time.Duration(slot-c.firstSlot)
	}
	return slotTime
}

// untilChange is how long it takes until time alone may move the run on; 0: it will
// not, or may have already.
func untilChange(v *run.View, slot time.Duration) time.Duration {
	if v.Run.State == run.RoundTrain && v.Run.Phase == run.Armed {
		if v.Slot > v.Run.SeedSlot {
			return 0
		}
		return time.Duration(v.Run.SeedSlot-v.Slot+1) * slot // a slot has a hash once it is over
	}
	ends := v.PhaseEnds()
	if ends.IsZero() {
		return 0
	}
	return max(0, ends.Sub(v.Now))
}

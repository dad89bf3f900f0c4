package roundwork

import (
	"errors"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/worker"
)

// ErrRival says that another worker with the same wallet is at work in a round.
var ErrRival = errors.New("another worker with this wallet was faster: standing by in this round (give each worker a wallet of its own)")

// maxRivals bounds how many rounds are remembered.
const maxRivals = 1 << 12

// Rivals remembers in which rounds another worker with the same wallet, on another machine, was faster, so that this one
// stands by there: it acts only once the other one has left something undone for a while. It is safe for concurrent use.
type Rivals struct {
	Poll time.Duration // how often the worker looks: it stands by for ten polls each time, and a minute at least

	mu    sync.Mutex
	until map[uint64]time.Time
}

// pause is how long the worker stands by.
func (v *Rivals) pause() time.Duration { return max(time.Minute, 10*v.Poll) }

// Beaten notes that the other worker was faster in a round, and returns the error to end the step with.
func (v *Rivals) Beaten(id uint64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.until == nil || len(v.until) >= maxRivals {
		v.until = map[uint64]time.Time{}
	}
	v.until[id] = time.Now().Add(v.pause())
	return worker.Wait(ErrRival, v.pause())
}

// StandBy returns the error to end a step with while this worker stands by in a round; nil if it does not.
func (v *Rivals) StandBy(id uint64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if left := time.Until(v.until[id]); left > 0 {
		return worker.Wait(ErrRival, left)
	}
	return nil
}

package roundwork

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// ErrRival says that another worker with the same wallet is at work in a round.
var ErrRival = errors.New("another worker with this wallet was faster: standing by in this round (give each worker a wallet of its own)")

// maxRivals bounds how many rounds are remembered.
const maxRivals = 1 << 10

// Rivals remembers in which rounds another worker with the same wallet, on another machine, was faster, so that this one
// stands by there: it takes a step only once the other one has left that undone for a while. It is safe for concurrent
// use.
type Rivals struct {
	Poll time.Duration // how often the worker looks: it stays behind by ten polls, a minute at least, and up to twice that

	mu     sync.Mutex
	rounds map[uint64]*behind
}

// behind is how far a worker stays behind in a round.
type behind struct {
	by     time.Duration            // with everything
	duties time.Duration            // with what anybody may do, in which it was beaten by anybody
	seen   map[round.Step]time.Time // when it first found each step due
	failed error                    // of the transaction that failed, where that is all that is known; nil: it was beaten
}

// Beaten notes that the other worker was faster at a step, and returns the error to end it with.
func (v *Rivals) Beaten(s round.Step, err error) error {
	by := v.behind(s, nil)
	if err != nil {
		return worker.Wait(fmt.Errorf("%w: %w", ErrRival, err), by)
	}
	return worker.Wait(ErrRival, by)
}

// Failed notes that a transaction was paid for and failed, as one does where the other worker was faster and has left
// nothing to see of it: it is not tried again at once.
func (v *Rivals) Failed(s round.Step, err error) { v.behind(s, err) }

// behind has this worker stay behind in a round, and returns by how much.
func (v *Rivals) behind(s round.Step, failed error) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.rounds == nil || len(v.rounds) >= maxRivals {
		v.rounds = map[uint64]*behind{}
	}
	b := v.rounds[s.RoundID]
	if b == nil {
		b = &behind{seen: map[round.Step]time.Time{}}
		v.rounds[s.RoundID] = b
	}
	least := max(time.Minute, 10*v.Poll)
	by := least + rand.N(least) // two that stay behind must not do so side by side
	if isShared(s.Kind) {
		b.duties = by // another wallet may have been faster: what only this one can do must not wait
	} else {
		b.by = by
	}
	b.seen[s], b.failed = time.Now(), failed
	return by
}

// StandBy returns the error to end a step with that is due while this worker leaves it to the other one; nil if it does
// not.
func (v *Rivals) StandBy(s round.Step) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	b := v.rounds[s.RoundID]
	if b == nil {
		return nil
	}
	by := b.by
	switch {
	case isShared(s.Kind):
		by = max(by, b.duties)
	case s.Kind == round.StepReveal: // there are two polls' time at least, and who reveals nothing is slashed
		by = min(by, v.Poll/4+rand.N(max(1, v.Poll/4)))
	}
	if _, seen := b.seen[s]; !seen {
		b.seen[s] = time.Now()
	}
	if left := by - time.Since(b.seen[s]); left > 0 {
		return worker.Wait(b.why(), left)
	}
	return nil
}

// why is the reason to stay behind. It does not wrap what failed, which callers would take for this step's own failure.
func (b *behind) why() error {
	if b.failed == nil {
		return ErrRival
	}
	return errors.New("standing by in this round for a while, since a transaction about it failed, and was paid for: " + b.failed.Error())
}

// isShared reports whether anybody may take steps of that kind, with whatever wallet.
func isShared(kind round.StepKind) bool { return IsDuty(kind) || kind == round.StepSlashUnopened }

package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Span cuts n things into parts of nearly equal size and returns the bounds of
// one of them.
func Span(n, part, parts int) (lo, hi int) {
	return n * part / parts, n * (part + 1) / parts
}

// spins is how often a member looks for work before it parks. A step of
// training is some dozen microseconds long, and waking a parked goroutine costs
// as much; longer spinning would only heat an idle machine.
const spins = 400

// Team is a group of goroutines that run the parts of a piece of work together.
// It belongs to one goroutine at a time, which takes part in the work itself.
type Team struct {
	members []*member // without the caller
	work    func(part, parts int)
	round   atomic.Uint32
	pending atomic.Int32
	waiting atomic.Bool
	done    chan struct{}
	ended   sync.WaitGroup
	panics  atomic.Pointer[panicked]
	spins   int
}

type member struct {
	parked atomic.Bool
	wake   chan struct{}
}

type panicked struct{ value any }

// NewTeam starts a team of the given number of threads (at least 1), the
// caller's own among them. It must be closed.
func NewTeam(threads int) *Team {
	if threads > runtime.GOMAXPROCS(0) {
		return newTeam(threads, 0) // somebody would spin on the very processor that he waits for
	}
	return newTeam(threads, spins)
}

func newTeam(threads, spins int) *Team {
	t := &Team{done: make(chan struct{}, 1), spins: spins}
	for range max(threads, 1) - 1 {
		t.members = append(t.members, &member{wake: make(chan struct{}, 1)})
	}
	for i, m := range t.members {
		t.ended.Add(1)
		go t.serve(m, i+1)
	}
	return t
}

// Threads is the size of the team.
func (t *Team) Threads() int { return len(t.members) + 1 }

// Run calls f once for every part, each on a goroutine of its own, and returns
// when all are done. A panic in any part is raised again here.
func (t *Team) Run(f func(part, parts int)) {
	if len(t.members) == 0 {
		f(0, 1)
		return
	}
	t.start(f)
	defer t.finish()
	f(0, t.Threads())
}

func (t *Team) start(f func(part, parts int)) {
	t.work = f
	t.pending.Store(int32(len(t.members)))
	t.round.Add(1)
	for _, m := range t.members {
		if m.parked.CompareAndSwap(true, false) {
			m.wake <- struct{}{}
		}
	}
}

// finish waits for the other members.
func (t *Team) finish() {
	for i := 0; t.pending.Load() != 0; i++ {
		if i < t.spins {
			pause()
			continue
		}
		t.waiting.Store(true)
		if t.pending.Load() == 0 && t.waiting.CompareAndSwap(true, false) {
			break
		}
		// The token may come from a member that was slow to leave the round
		// before, so pending is looked at again.
		<-t.done
	}
	if p := t.panics.Swap(nil); p != nil {
		panic(p.value)
	}
}

// serve is the life of a member.
func (t *Team) serve(m *member, part int) {
	defer t.ended.Done()
	for last := uint32(0); ; last++ {
		t.await(m, last)
		work := t.work
		if work == nil {
			return
		}
		t.do(work, part)
		if t.pending.Add(-1) == 0 && t.waiting.CompareAndSwap(true, false) {
			t.done <- struct{}{}
		}
	}
}

// await returns once the round after last has begun.
func (t *Team) await(m *member, last uint32) {
	for i := 0; t.round.Load() == last; i++ {
		if i < t.spins {
			pause()
			continue
		}
		m.parked.Store(true)
		if t.round.Load() != last && m.parked.CompareAndSwap(true, false) {
			return
		}
		// start may wake a member that has finished this very round already
		// and parked again, so the round is looked at again.
		<-m.wake
	}
}

// do runs one part and keeps its panic for the caller.
func (t *Team) do(work func(part, parts int), part int) {
	defer func() {
		if v := recover(); v != nil {
			t.panics.CompareAndSwap(nil, &panicked{v})
		}
	}()
	work(part, t.Threads())
}

// Close ends the team's goroutines and waits for them. A second call does
// nothing; Run must not be called after it.
func (t *Team) Close() {
	if len(t.members) == 0 {
		return
	}
	t.start(nil)
	t.ended.Wait()
	t.members = nil
}

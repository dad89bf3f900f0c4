package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Span divides n items into parts of nearly equal size and returns the bounds
// of one of them.
func Span(n, part, parts int) (lo, hi int) {
	return n * part / parts, n * (part + 1) / parts
}

// spins is how often a member polls for work before it parks. A training step
// takes some dozen microseconds, and waking a parked goroutine costs as much;
// spinning longer would only waste an idle machine's power.
const spins = 4000

// Team is a group of goroutines that run the parts of a piece of work in
// parallel. Every member has a fixed part, the caller the first one, so that it
// finds its share of the weights in its own core's cache each time. If a member
// has not started its part, for lack of a processor, a member that has finished
// runs it. Only one goroutine may use a team at a time.
type Team struct {
	members    []member // the caller is the first
	generation atomic.Uint32
	work       atomic.Pointer[func(part, parts int)]
	done       atomic.Uint32 // finished parts of this generation
	waiting    atomic.Bool   // the caller is parked
	wake       chan struct{}
	panics     atomic.Pointer[panicked]
	closed     atomic.Bool
	wg         sync.WaitGroup
	spins      int
}

// member is the state of one part, on a cache line of its own.
type member struct {
	started atomic.Uint32 // the last generation in which this part was started
	parked  atomic.Bool
	wake    chan struct{}
	_       [112]byte
}

type panicked struct{ value any }

// NewTeam starts a team of the given number of threads (at least 1), including
// the caller's. It must be closed.
func NewTeam(threads int) *Team {
	if threads > runtime.GOMAXPROCS(0) {
		return newTeam(threads, 0) // a member would spin on the processor that another one needs
	}
	return newTeam(threads, spins)
}

func newTeam(threads, spins int) *Team {
	t := &Team{members: make([]member, max(threads, 1)), wake: make(chan struct{}, 1), spins: spins}
	for i := range t.members[1:] {
		t.members[i+1].wake = make(chan struct{}, 1)
		t.wg.Add(1)
		go t.serve(i + 1)
	}
	return t
}

// Threads returns the size of the team.
func (t *Team) Threads() int { return len(t.members) }

// Run calls f once for every part and returns when all have returned. A panic
// in any part is raised again here, after the other parts have finished.
func (t *Team) Run(f func(part, parts int)) {
	if len(t.members) == 1 {
		f(0, 1)
		return
	}
	t.done.Store(0)
	t.work.Store(&f)
	generation := t.generation.Load() + 1
	t.members[0].started.Store(generation)
	t.generation.Store(generation)
	t.wakeAll()
	t.do(f, 0)
	t.runUnstarted(1, generation)
	t.finish()
}

func (t *Team) wakeAll() {
	for i := range t.members[1:] {
		if m := &t.members[i+1]; m.parked.CompareAndSwap(true, false) {
			m.wake <- struct{}{}
		}
	}
}

// runUnstarted runs the parts of a generation that have not been started, from
// first on and wrapping around.
func (t *Team) runUnstarted(first int, generation uint32) {
	for i := range t.members {
		part := (first + i) % len(t.members)
		// A started part keeps the generation from ending, so t.work still
		// belongs to this generation.
		if t.members[part].started.CompareAndSwap(generation-1, generation) {
			t.do(*t.work.Load(), part)
		}
	}
}

// do runs one part and stores its panic for the caller.
func (t *Team) do(work func(part, parts int), part int) {
	defer func() {
		if v := recover(); v != nil {
			t.panics.CompareAndSwap(nil, &panicked{v})
		}
		if t.done.Add(1) == uint32(len(t.members)) && t.waiting.CompareAndSwap(true, false) {
			t.wake <- struct{}{}
		}
	}()
	work(part, len(t.members))
}

// finish waits for the parts that other members run.
func (t *Team) finish() {
	all := uint32(len(t.members))
	for i := 0; t.done.Load() != all; i++ {
		if i < t.spins {
			pause()
			continue
		}
		t.waiting.Store(true)
		if t.done.Load() == all && t.waiting.CompareAndSwap(true, false) {
			break
		}
		<-t.wake
	}
	if p := t.panics.Swap(nil); p != nil {
		panic(p.value)
	}
}

// serve is the loop of the member with the given part.
func (t *Team) serve(part int) {
	defer t.wg.Done()
	m := &t.members[part]
	var seen uint32
	for i := 0; !t.closed.Load(); {
		switch generation := t.generation.Load(); {
		case generation != seen:
			t.runUnstarted(part, generation)
			seen, i = generation, 0
		case i < t.spins:
			pause()
			i++
		default:
			m.parked.Store(true)
			if (t.generation.Load() != seen || t.closed.Load()) && m.parked.CompareAndSwap(true, false) {
				continue
			}
			<-m.wake
			i = 0
		}
	}
}

// Close ends the team's goroutines and waits for them. Closing twice is
// harmless; Run must not be called afterwards.
func (t *Team) Close() {
	if t.closed.Swap(true) {
		return
	}
	t.wakeAll()
	t.wg.Wait()
}

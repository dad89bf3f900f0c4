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
const spins = 4000

// Team is a group of goroutines that run the parts of a piece of work together.
// Every member has a part of its own, the caller the first: round after round
// it finds its share of the weights in its own core's cache, where another
// member would have to fetch it. Only a part that its member has not begun, for
// lack of a processor, is taken by whoever is through with his own. A team
// belongs to one goroutine at a time.
type Team struct {
	members []member // the caller is the first
	round   atomic.Uint32
	work    atomic.Pointer[func(part, parts int)]
	done    atomic.Uint32 // parts done in this round
	waiting atomic.Bool   // the caller is parked
	wake    chan struct{}
	panics  atomic.Pointer[panicked]
	closed  atomic.Bool
	ended   sync.WaitGroup
	spins   int
}

// member is one part's state, on a cache line of its own.
type member struct {
	taken  atomic.Uint32 // the last round whose part has been taken
	parked atomic.Bool
	wake   chan struct{}
	_      [112]byte
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
	t := &Team{members: make([]member, max(threads, 1)), wake: make(chan struct{}, 1), spins: spins}
	for i := range t.members[1:] {
		t.members[i+1].wake = make(chan struct{}, 1)
		t.ended.Add(1)
		go t.serve(i + 1)
	}
	return t
}

// Threads is the size of the team.
func (t *Team) Threads() int { return len(t.members) }

// Run calls f once for every part and returns when all are done. A panic in any
// part is raised again here, after the others are through.
func (t *Team) Run(f func(part, parts int)) {
	if len(t.members) == 1 {
		f(0, 1)
		return
	}
	t.done.Store(0)
	t.work.Store(&f)
	round := t.round.Load() + 1
	t.members[0].taken.Store(round)
	t.round.Store(round)
	t.wakeAll()
	t.do(f, 0)
	t.take(1, round)
	t.finish()
}

func (t *Team) wakeAll() {
	for i := range t.members[1:] {
		if m := &t.members[i+1]; m.parked.CompareAndSwap(true, false) {
			m.wake <- struct{}{}
		}
	}
}

// take does the parts of the round that nobody has begun, from first on and
// around.
func (t *Team) take(first int, round uint32) {
	for i := range t.members {
		part := (first + i) % len(t.members)
		// Whoever takes a part keeps the round from ending, so that the work is
		// still this round's.
		if t.members[part].taken.CompareAndSwap(round-1, round) {
			t.do(*t.work.Load(), part)
		}
	}
}

// do runs one part and keeps its panic for the caller.
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

// finish waits for the parts that others have taken.
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

// serve is the life of the member that has the given part.
func (t *Team) serve(part int) {
	defer t.ended.Done()
	m := &t.members[part]
	var seen uint32
	for i := 0; !t.closed.Load(); {
		switch round := t.round.Load(); {
		case round != seen:
			t.take(part, round)
			seen, i = round, 0
		case i < t.spins:
			pause()
			i++
		default:
			m.parked.Store(true)
			if (t.round.Load() != seen || t.closed.Load()) && m.parked.CompareAndSwap(true, false) {
				continue
			}
			<-m.wake
			i = 0
		}
	}
}

// Close ends the team's goroutines and waits for them. A second call does
// nothing; Run must not be called after it.
func (t *Team) Close() {
	if t.closed.Swap(true) {
		return
	}
	t.wakeAll()
	t.ended.Wait()
}

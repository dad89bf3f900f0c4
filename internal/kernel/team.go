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
// Whoever is free takes the next part, the caller too: on a busy machine, where
// the others get no processor, he does it all himself rather than wait. It
// belongs to one goroutine at a time.
type Team struct {
	members []*member // without the caller
	parts   uint32
	work    atomic.Pointer[func(part, parts int)]
	// claims holds the round in its upper half and the next part to be taken in
	// its lower, so that nobody can take a part of a round that is over.
	claims  atomic.Uint64
	done    atomic.Uint32 // parts done in this round
	waiting atomic.Bool   // the caller is parked
	wake    chan struct{}
	panics  atomic.Pointer[panicked]
	closed  atomic.Bool
	ended   sync.WaitGroup
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
	threads = max(threads, 1)
	t := &Team{parts: uint32(threads), wake: make(chan struct{}, 1), spins: spins}
	t.claims.Store(uint64(threads)) // round 0 is over
	for range threads - 1 {
		m := &member{wake: make(chan struct{}, 1)}
		t.members = append(t.members, m)
		t.ended.Add(1)
		go t.serve(m)
	}
	return t
}

// Threads is the size of the team.
func (t *Team) Threads() int { return int(t.parts) }

// Run calls f once for every part and returns when all are done. A panic in any
// part is raised again here, after the others are through.
func (t *Team) Run(f func(part, parts int)) {
	if len(t.members) == 0 {
		f(0, 1)
		return
	}
	t.done.Store(0)
	t.work.Store(&f)
	round := t.claims.Load()>>32 + 1
	t.claims.Store(round << 32)
	t.wakeAll()
	for t.take() {
	}
	t.finish()
}

func (t *Team) wakeAll() {
	for _, m := range t.members {
		if m.parked.CompareAndSwap(true, false) {
			m.wake <- struct{}{}
		}
	}
}

// open reports whether a part is left to be taken.
func (t *Team) open(claims uint64) bool { return uint32(claims) < t.parts }

// take does the next part, if there is one.
func (t *Team) take() bool {
	for {
		claims := t.claims.Load()
		if !t.open(claims) {
			return false
		}
		work := t.work.Load() // of this very round, if the next line succeeds
		if t.claims.CompareAndSwap(claims, claims+1) {
			t.do(*work, int(uint32(claims)))
			return true
		}
	}
}

// do runs one part and keeps its panic for the caller.
func (t *Team) do(work func(part, parts int), part int) {
	defer func() {
		if v := recover(); v != nil {
			t.panics.CompareAndSwap(nil, &panicked{v})
		}
		if t.done.Add(1) == t.parts && t.waiting.CompareAndSwap(true, false) {
			t.wake <- struct{}{}
		}
	}()
	work(part, int(t.parts))
}

// finish waits for the parts that others have taken.
func (t *Team) finish() {
	for i := 0; t.done.Load() != t.parts; i++ {
		if i < t.spins {
			pause()
			continue
		}
		t.waiting.Store(true)
		if t.done.Load() == t.parts && t.waiting.CompareAndSwap(true, false) {
			break
		}
		<-t.wake
	}
	if p := t.panics.Swap(nil); p != nil {
		panic(p.value)
	}
}

// serve is the life of a member.
func (t *Team) serve(m *member) {
	defer t.ended.Done()
	for i := 0; !t.closed.Load(); {
		switch {
		case t.take():
			i = 0
		case i < t.spins:
			pause()
			i++
		default:
			m.parked.Store(true)
			if (t.open(t.claims.Load()) || t.closed.Load()) && m.parked.CompareAndSwap(true, false) {
				continue
			}
			// A token may be left over from a round that others have finished
			// without this member, so the loop looks again.
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

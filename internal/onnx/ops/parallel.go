package ops

import (
	"sync/atomic"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// spanFloats is how many elements are worth another goroutine.
const spanFloats = 1 << 13

// threads is how many goroutines share the work of a call.
func (c *Call) threads() int {
	if c.Team == nil {
		return 1
	}
	return c.Team.Threads()
}

// parallel calls f for 0 … n-1, in any order. What f computes must not depend on it.
func (c *Call) parallel(n int, f func(i int)) {
	if c.Team == nil || n < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	c.Team.Run(func(int, int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	})
}

// parallelSpans calls f for parts of 0 … n-1, each large enough for items of so many
// elements.
func (c *Call) parallelSpans(n, each int, f func(lo, hi int)) {
	parts := 1
	if c.Team != nil {
		parts = max(1, min(2*c.threads(), n, n*max(1, each)/spanFloats))
	}
	c.parallel(parts, func(i int) {
		lo, hi := kernel.Span(n, i, parts)
		f(lo, hi)
	})
}

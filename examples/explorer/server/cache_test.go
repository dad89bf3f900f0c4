package server

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// However many ask for the same at once, the node is asked once, and again only when the answer is old.
func TestAnswersAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache
		var reads atomic.Int32
		read := func() answer {
			time.Sleep(time.Second)
			return answer{status: int(reads.Add(1))}
		}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if got := c.get("a", read).status; got != 1 {
					t.Errorf("read %d times", got)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, c.get("a", read).status)
		time.Sleep(rest*time.Second - 1)
		require.Equal(t, 1, c.get("a", read).status)
		time.Sleep(time.Nanosecond)
		require.Equal(t, 2, c.get("a", read).status)
	})
}

// Who asks for what is expensive again and again has the node busy for a part of the time alone, whatever the answer is.
func TestExpensiveAnswersRest(t *testing.T) {
	for name, status := range map[string]int{"an answer": http.StatusOK, "a failure": http.StatusBadGateway} {
		for took, want := range map[time.Duration]time.Duration{0: fresh, fresh / rest / 2: fresh, time.Second: rest * time.Second, patience: maxRest} {
			synctest.Test(t, func(t *testing.T) {
				var c cache
				reads := 0
				read := func() answer { reads++; time.Sleep(took); return answer{status: status} }
				c.get("a", read)
				for began := time.Now(); time.Since(began) < want; time.Sleep(fresh / 5) {
					require.Equal(t, status, c.get("a", read).status)
				}
				require.Equal(t, 1, reads, "%s after %s", name, took)
				c.get("a", read)
				require.Equal(t, 2, reads, "%s after %s", name, took)
			})
		}
	}
}

// Large answers do not add up.
func TestCacheIsBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache
		body := make([]byte, maxBytes/4)
		for i := range 3 * rest {
			c.get(fmt.Sprint(i), func() answer { return answer{body: body} })
			require.Contains(t, c.all, fmt.Sprint(i), "the newest is shared, however large it is")
			time.Sleep(time.Millisecond)
		}
		require.Len(t, c.all, 5)
	})
}

// However many different things are asked for at once, the node is asked for a few at a time; who waits too long hears so.
func TestReadsAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache
		var now, most atomic.Int32
		var refused atomic.Int32
		var wg sync.WaitGroup
		for i := range 10 * maxReads {
			wg.Go(func() {
				a := c.get(fmt.Sprint(i), func() answer {
					n := now.Add(1)
					for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
					}
					time.Sleep(patience / 4)
					now.Add(-1)
					return answer{status: http.StatusOK}
				})
				if a.status == http.StatusServiceUnavailable {
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		require.LessOrEqual(t, most.Load(), int32(maxReads))
		require.Positive(t, refused.Load())
	})
}

// A read that panics is an answer for all who wait for it, and is no obstacle to the next.
func TestReadThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() { _ = recover() }()
			c.get("a", func() answer { time.Sleep(time.Second); panic("over a node's answer") })
		})
		synctest.Wait()
		require.Equal(t, http.StatusInternalServerError, c.get("a", func() answer { return answer{status: http.StatusOK} }).status)
		time.Sleep(rest * time.Second)
		wg.Wait()
		require.Equal(t, http.StatusOK, c.get("a", func() answer { return answer{status: http.StatusOK} }).status)
	})
}

// Answers may be large: none is kept for longer than it is fresh, once something else is asked for.
func TestOldAnswersAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c cache
		for i := range 20 {
			c.get(fmt.Sprint(i), func() answer { return answer{} })
		}
		time.Sleep(fresh)
		c.get("another", func() answer { return answer{} })
		require.Len(t, c.all, 1)
	})
}

// Whatever is asked for, what is kept is bounded, and an answer is never somebody else's.
func TestCacheIsBounded(t *testing.T) {
	var c cache
	for i := range 3 * maxShared {
		key := fmt.Sprint(i)
		require.Equal(t, key, string(c.get(key, func() answer { return answer{body: []byte(key)} }).body))
	}
	require.LessOrEqual(t, len(c.all), maxShared)
}

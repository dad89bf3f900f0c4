package server

import (
	"fmt"
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
		time.Sleep(fresh)
		require.Equal(t, 2, c.get("a", read).status)
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

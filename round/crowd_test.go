package round_test

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// crowdSize is how many rounds strangers have created: 44,000, whose list is over the
// bound of chain.Config.MaxResponse, take some seconds (make bench-rounds), so that
// usually it is a tenth, with a tenth of that bound.
func crowdSize(w *world) int {
	n, err := strconv.Atoi(os.Getenv("DECLOUD_CROWD"))
	if err != nil {
		n = 4400
	}
	w.route.MaxResponse = int64(n) * (64 << 20) / 44_000
	return n
}

// measured looks, and notes what that took (BENCH.md).
func measured(t *testing.T, n *chaintest.Node, tracker *round.Tracker) (l round.Look, calls, bytes int) {
	t.Helper()
	began := time.Now()
	l, calls, bytes = look(t, n, tracker)
	t.Logf("%d calls, %d bytes, %v: %d rounds, partial: %v", calls, bytes, time.Since(began).Round(100*time.Microsecond), len(l.Rounds), l.Partial)
	return l, calls, bytes
}

// What strangers create costs a worker a handful of calls, once, and hides no round:
// the list of all is too large for one answer, and the oldest of them and the newest
// are honest ones.
func TestWorkersFindTheirRoundsInAnyCrowd(t *testing.T) {
	for name, others := range map[string]func(data []byte){
		"dust":             func(d []byte) { setReward(d, 1) },
		"another data set": func(d []byte) { d[atDataset] = 1 },
		"finished":         func(d []byte) { d[atStatus] = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w, n := viaNode(t)
			count := crowdSize(w)
			w.crowd(count, func(id int, data []byte) {
				data[atDataset] = 2
				if id > 0 && id < count-1 {
					others(data)
				}
			})
			tracker := w.client(nil).Track(paying)
			first, calls, bytes := measured(t, n, tracker)
			require.LessOrEqual(t, calls, 4, "count and time, the scan, the newest by id, the two")
			require.Less(t, bytes, count*500)
			require.False(t, first.Partial)
			require.Equal(t, []uint64{0, uint64(count - 1)}, ids(first))
			again, calls, bytes := measured(t, n, tracker)
			require.Equal(t, first.Rounds, again.Rounds)
			require.Equal(t, 2, calls)
			require.Less(t, bytes, 5000)
		})
	}
}

// A crowd whose rounds pay as well and are about the same data takes places, as many as
// are bounded: the best paid rounds are followed, ours among them.
func TestWorkersFollowTheBestPaidOfACrowd(t *testing.T) {
	w, n := viaNode(t)
	count := crowdSize(w)
	w.crowd(count, func(id int, data []byte) {
		data[atDataset] = 2
		if id == 0 || id == count-1 {
			setReward(data, sol+1)
		}
	})
	tracker := w.client(nil).Track(paying)
	first, calls, _ := measured(t, n, tracker)
	require.LessOrEqual(t, calls, 3+41, "count, scan, newest, and 100 in a call")
	require.Len(t, first.Rounds, 4096)
	require.True(t, first.Partial)
	require.Contains(t, ids(first), uint64(0))
	require.Contains(t, ids(first), uint64(count-1))
	_, calls, _ = measured(t, n, tracker)
	require.Equal(t, 1+41, calls)
}

// Where a node refuses scans, the newest rounds are found at once and the oldest after
// some looks, each with a bounded number of calls.
func TestWorkersFindTheirRoundsWithoutAScan(t *testing.T) {
	w, n := viaNode(t)
	count := crowdSize(w)
	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getProgramAccounts" {
			return c.Fail(-32010, `"excluded from account secondary indexes"`)
		}
		return nil, nil
	})
	w.crowd(count, func(id int, data []byte) {
		data[atDataset] = 2
		if id > 0 && id < count-1 {
			setReward(data, 1)
		}
	})
	tracker := w.client(nil).Track(paying)
	l, calls, _ := measured(t, n, tracker)
	require.Equal(t, []uint64{uint64(count - 1)}, ids(l))
	for looks := 1; l.Partial; looks++ {
		require.LessOrEqual(t, calls, 3+20)
		require.Less(t, looks, count/2000+2)
		l, calls, _ = measured(t, n, tracker)
	}
	require.Equal(t, []uint64{0, uint64(count - 1)}, ids(l))
}

func ids(l round.Look) (out []uint64) {
	for _, r := range l.Rounds {
		out = append(out, r.ID)
	}
	return out
}

// Lists of the newest rounds ask for no more than they show.
func TestNewestRounds(t *testing.T) {
	w, n := viaNode(t)
	w.crowd(350, func(int, []byte) {})
	reader := w.client(nil)
	take := func(first, end uint64, most int) (out []uint64, calls int) {
		n.Traffic()
		for r, err := range reader.Newest(t.Context(), first, end) {
			require.NoError(t, err)
			if out = append(out, r.ID); len(out) == most {
				break
			}
		}
		calls, _ = n.Traffic()
		return out, calls
	}
	got, calls := take(0, 1<<63, 3)
	require.Equal(t, []uint64{349, 348, 347}, got)
	require.Equal(t, 2, calls, "their number, one page")
	got, calls = take(0, 1<<63, 0)
	require.Equal(t, 5, calls)
	require.Len(t, got, 350)
	require.True(t, slices.IsSortedFunc(got, func(a, b uint64) int { return int(b) - int(a) }))
	got, _ = take(340, 343, 0)
	require.Equal(t, []uint64{342, 341, 340}, got)
	got, _ = take(400, 500, 0)
	require.Empty(t, got)

	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		if keys, _ := c.Params[0].([]any); c.Method == "getMultipleAccounts" && len(keys) == 50 {
			return c.Fail(-32602, `"no"`)
		}
		return nil, nil
	})
	var failed error
	for r, err := range reader.Newest(t.Context(), 0, 350) {
		if failed = err; err != nil {
			require.Nil(t, r)
		}
	}
	require.Error(t, failed)
}

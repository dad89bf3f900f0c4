package kernel

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSpanCoversOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 12, 100} {
		for parts := 1; parts <= 9; parts++ {
			next := 0
			for part := range parts {
				lo, hi := Span(n, part, parts)
				require.Equal(t, next, lo)
				require.LessOrEqual(t, hi-lo, n/parts+1)
				next = hi
			}
			require.Equal(t, n, next)
		}
	}
}

func TestTeamRunsEveryPartOnce(t *testing.T) {
	for _, threads := range []int{0, 1, 2, 3, 8} {
		team := NewTeam(threads)
		counts := make([]int, team.Threads()) // not atomic: Run is a barrier
		for range 2000 {
			team.Run(func(part, parts int) {
				require.Equal(t, len(counts), parts)
				counts[part]++
			})
		}
		for part, n := range counts {
			require.Equal(t, 2000, n, "part %d of %d", part, threads)
		}
		team.Close()
		team.Close()
	}
}

func TestTeamPropagatesPanics(t *testing.T) {
	team := NewTeam(3)
	defer team.Close()
	for bad := range 3 {
		var others atomic.Int32
		require.PanicsWithValue(t, "boom", func() {
			team.Run(func(part, _ int) {
				if part == bad {
					panic("boom")
				}
				others.Add(1)
			})
		})
		require.EqualValues(t, 2, others.Load(), "the other parts finish first")
	}
	team.Run(func(int, int) {}) // still usable
}

func BenchmarkTeam(b *testing.B) {
	team := NewTeam(2)
	defer team.Close()
	for b.Loop() {
		team.Run(func(int, int) {})
	}
}

// TestTeamParkedAndSlow runs more members than processors, and members of very
// different speed, so that parking, waking and finishing happen in every order.
func TestTeamParkedAndSlow(t *testing.T) {
	for _, spins := range []int{0, 3, 400} {
		team := newTeam(6, spins)
		sums := make([]int, 6)
		for i := range 2_000 {
			team.Run(func(part, _ int) {
				for range (i * (part + 1)) % 7 * 20 {
					pause()
				}
				sums[part] += i
			})
		}
		for part := range sums {
			require.Equal(t, 2_000*1_999/2, sums[part])
		}
		team.Close()
	}
}

package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPlanFollowsFromItsSeed(t *testing.T) {
	c := cast{workers: 5, nodes: 3, gateways: 3}
	first := plan(7, time.Hour, c)
	require.Equal(t, first, plan(7, time.Hour, c))
	require.NotEqual(t, first, plan(8, time.Hour, c))
}

func TestPlanHasEveryKindInAnHour(t *testing.T) {
	all := plan(1, time.Hour, cast{workers: 5, nodes: 3, gateways: 3})
	count := map[Kind]int{}
	for _, f := range all {
		count[f.kind]++
		require.Less(t, f.at, time.Hour)
		require.LessOrEqual(t, f.at+f.lasts, time.Hour, "all is healed at the end")
	}
	require.True(t, slices.IsSortedFunc(all, func(a, b fault) int { return int(a.at - b.at) }))
	for _, r := range rates(cast{5, 3, 3}) {
		for _, kind := range r.kinds {
			require.Greater(t, count[kind], 2, kind)
		}
	}
	require.Equal(t, 3, count[ChainEmpty])
	require.Greater(t, count[WorkerKilled]+count[WorkerDumped]+count[WorkerStopped], 150)
}

func TestChainIsRenewed(t *testing.T) {
	for total, want := range map[time.Duration]int{10 * time.Second: 0, 2 * time.Minute: 2, time.Hour: 3, 3 * time.Hour: 9} {
		require.Equal(t, want, renewals(total), total)
	}
}

func TestPlanWithoutTargets(t *testing.T) {
	for _, f := range plan(1, time.Hour, cast{}) {
		require.NotContains(t, []Kind{WorkerKilled, NodeDown, GatewayWrong}, f.kind)
	}
}

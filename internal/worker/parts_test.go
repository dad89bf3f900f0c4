package worker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var i Interval
		require.True(t, i.Due(time.Hour))
		require.False(t, i.Due(time.Hour))
		time.Sleep(time.Hour)
		require.True(t, i.Due(time.Hour))
		require.False(t, i.Due(time.Hour))
	})
}

func TestSeenIsBounded(t *testing.T) {
	var s Seen
	require.True(t, s.First(7))
	require.False(t, s.First(7))
	for id := range uint64(3 * maxSeen) {
		s.First(100 + id)
		require.LessOrEqual(t, len(s.ids), maxSeen)
	}
	require.True(t, s.First(7))
}

func TestNeedsNameEverythingAtOnce(t *testing.T) {
	var n Needs
	n.That(true, "fine")
	require.NoError(t, n.Err("trainer"))
	n.That(false, "no store")
	n.That(false, "no data")
	require.EqualError(t, n.Err("trainer"), "trainer: config: no store\nno data")
}

func TestActiveRounds(t *testing.T) {
	f := ActiveRounds(map[dataset.ID]dataset.Dataset{dataset.Mnist: nil, dataset.Cifar10: nil})
	require.Equal(t, round.Filter{Status: []round.Status{round.Active},
		Dataset: []round.Dataset{round.Dataset(dataset.Cifar10), round.Dataset(dataset.Mnist)}}, f)
}

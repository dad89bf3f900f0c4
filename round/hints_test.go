package round_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// Rounds about other data sets, which anybody may open, cause no hints.
func TestHintsAreAboutTheFiltersRounds(t *testing.T) {
	for name, c := range map[string]struct {
		filter round.Filter
		want   []int // hints so far after a change of round 0, 1, 2
		asked  int   // filters that the node was given
	}{
		"all":           {round.Filter{}, []int{1, 2, 3}, 1},
		"one data set":  {round.Filter{Dataset: []round.Dataset{1}}, []int{0, 1, 1}, 2},
		"two data sets": {round.Filter{Dataset: []round.Dataset{1, 2}}, []int{0, 1, 2}, 1},
		"no more active, but to be known": {round.Filter{Dataset: []round.Dataset{0}, Status: []round.Status{round.Finalized}},
			[]int{1, 1, 1}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, s := withSocket(t)
				creator := w.actor()
				for i := range 3 {
					_, _, err := creator.CreateRound(t.Context(), round.Spec{ModelCID: modelCID, Dataset: round.Dataset(i), Reward: sol})
					require.NoError(t, err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				hints := 0
				reader := w.actor()
				go func() { defer close(done); reader.Hints(ctx, c.filter, func() { hints++ }) }()
				synctest.Wait()
				require.Equal(t, 1, hints, "the websocket reports from now on")
				require.Len(t, s.Filters(), c.asked)
				for id, want := range c.want {
					w.notify(s, uint64(id))
					synctest.Wait()
					require.Equal(t, 1+want, hints, "round %d", id)
				}
				cancel()
				<-done
			})
		})
	}
}

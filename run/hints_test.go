package run_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/run"
)

// A tick that moves nothing writes the run, as most transactions of members do, and
// hints at nothing; after a pause of the websocket every report does.
func TestHintsAreAboutChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, 0, run.Spec{}, nil)
		route := chaintest.InProcess(l.net.RPC())
		s := route.WithSocket(t)
		reader, err := run.NewClient(run.Config{Chain: route.Client(t, nil), Program: run.LocalProgram})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done, hints := make(chan struct{}), 0
		go func() { defer close(done); reader.Hints(ctx, "lab", func() { hints++ }) }()
		report := func() int {
			synctest.Wait()
			account, ok := l.net.Account(l.r.Address)
			require.True(t, ok)
			s.Account(l.r.Address, run.LocalProgram, account.Data, l.view(t).Slot)
			synctest.Wait()
			return hints
		}
		tick := func() int {
			_, err := l.Tick(t.Context(), l.r)
			require.NoError(t, err)
			return report()
		}
		require.Equal(t, 2, report(), "that the websocket reports, and the first report")
		require.Equal(t, 2, tick())
		require.Equal(t, 2, tick())
		rate := uint64(chain.LamportsPerSOL)
		_, err = l.SetFutureEpochRates(t.Context(), l.r, run.SetFutureEpochRates{Earning: &rate})
		require.NoError(t, err)
		require.Equal(t, 3, report())
		require.Equal(t, 3, tick())
		s.Drop()
		time.Sleep(time.Minute) // it dials again
		require.Equal(t, 6, report(), "it dropped, connected and reported")
		require.Equal(t, 6, tick())
		cancel()
		<-done
	})
}

package round_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// watching makes a world with one round, an empty socket and a watcher that has
// seen the round.
func watching(t *testing.T, body func(t *testing.T, w *world, n *chaintest.Node, s *chaintest.Socket, seen *chaintest.Watcher[round.Change])) {
	synctest.Test(t, func(t *testing.T) {
		w, n, s := withSocket(t)
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := chaintest.Watch(t, w.actor().Watch, round.Watch{Gradients: true})
		require.Zero(t, seen.Next().Round.Validations)
		synctest.Wait()
		body(t, w, n, s, seen)
	})
}

// score changes the round.
func (w *world) score() {
	w.ok(w.actor().Prevalidate(w.Context(), 0, 5000))
}

func TestWatchReportsAtOnceWhatTheWebsocketSays(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *chaintest.Watcher[round.Change]) {
		w.score()
		began := time.Now()
		w.notify(s, 0)
		require.EqualValues(t, 1, seen.Next().Round.Validations)
		require.Zero(t, time.Since(began))
	})
}

func TestWatchFindsByPollingWhatTheWebsocketOmits(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, _ *chaintest.Socket, seen *chaintest.Watcher[round.Change]) {
		w.score()
		began := time.Now()
		require.EqualValues(t, 1, seen.Next().Round.Validations)
		require.LessOrEqual(t, time.Since(began), 30*time.Second)
	})
}

func TestWatchWithoutWebsocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := viaNode(t)
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := chaintest.Watch(t, w.actor().Watch, round.Watch{})
		seen.Next()
		w.score()
		began := time.Now()
		seen.Next()
		require.LessOrEqual(t, time.Since(began), 5*time.Second)
	})
}

func TestWatchYieldsGradientsWithTheirRound(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *chaintest.Watcher[round.Change]) {
		validator, trainer := w.actor(), w.trainer()
		w.ok(validator.Prevalidate(t.Context(), 0, 5000))
		w.notify(s, 0)
		seen.Next()
		w.ok(trainer.SubmitGradient(t.Context(), 0, gradientCID(1)))
		w.notify(s, 0)
		require.EqualValues(t, 1, seen.Next().Round.Gradients)
		require.Equal(t, gradientCID(1), seen.Next().Gradient.CID)
		w.ok(validator.Postvalidate(t.Context(), 0, trainer.Wallet(), 6000))
		w.notify(s, 0)
		require.EqualValues(t, 2, seen.Next().Round.Validations)
		require.Equal(t, []uint32{6000}, seen.Next().Gradient.Scores)
		seen.Quiet(2 * time.Minute)
	})
}

// A selected round is followed until the filter no longer selects it.
func TestWatchYieldsTheLastStateOfARound(t *testing.T) {
	for name, tell := range map[string]func(*world, *chaintest.Socket){"told": func(w *world, s *chaintest.Socket) { w.notify(s, 0) }, "polled": func(*world, *chaintest.Socket) {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, s := withSocket(t)
				creator := w.actor()
				_, _, err := creator.CreateRound(t.Context(), aRound)
				require.NoError(t, err)
				seen := chaintest.Watch(t, w.actor().Watch, round.Watch{Filter: round.Filter{Status: []round.Status{round.Active}}})
				seen.Next()
				synctest.Wait()
				w.ok(creator.CancelRound(t.Context(), 0))
				tell(w, s)
				require.Equal(t, round.Cancelled, seen.Next().Round.Status)
				_, _, err = creator.CreateRound(t.Context(), aRound)
				require.NoError(t, err)
				require.EqualValues(t, 1, seen.Next().Round.ID)
				seen.Quiet(2 * time.Minute)
			})
		})
	}
}

func TestWatchYieldsFaultsAndGoesOn(t *testing.T) {
	watching(t, func(t *testing.T, w *world, n *chaintest.Node, _ *chaintest.Socket, seen *chaintest.Watcher[round.Change]) {
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getProgramAccounts" {
				return chaintest.Respond(403, "?"), nil
			}
			return nil, nil
		})
		require.ErrorContains(t, seen.Err(), "getProgramAccounts")
		n.Inject(nil)
		w.score()
		seen.Next()
	})
}

func TestWatchEndsWhereTheLoopIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		for range 3 {
			for range w.actor().Watch(context.Background(), round.Watch{}) {
				break
			}
		}
		synctest.Wait()
		require.LessOrEqual(t, s.Dials(), 3)
	})
}

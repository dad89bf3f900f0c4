package round_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// watching makes a world with one round, an empty socket and a watcher that has
// seen the round.
func watching(t *testing.T, body func(t *testing.T, w *world, n *chaintest.Node, s *chaintest.Socket, seen *watcher)) {
	synctest.Test(t, func(t *testing.T) {
		w, n, s := withSocket(t)
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := watch(t, w.actor(), round.Watch{Gradients: true})
		require.Zero(t, seen.next().Round.Validations)
		synctest.Wait()
		body(t, w, n, s, seen)
	})
}

// score changes the round.
func (w *world) score() {
	w.ok(w.actor().Prevalidate(w.Context(), 0, 5000))
}

func TestWatchReportsAtOnceWhatTheWebsocketSays(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
		w.score()
		began := time.Now()
		w.tell(s, 0)
		require.EqualValues(t, 1, seen.next().Round.Validations)
		require.Zero(t, time.Since(began))
	})
}

func TestWatchFindsByPollingWhatTheWebsocketKeepsToItself(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, _ *chaintest.Socket, seen *watcher) {
		w.score()
		began := time.Now()
		require.EqualValues(t, 1, seen.next().Round.Validations)
		require.LessOrEqual(t, time.Since(began), 30*time.Second)
	})
}

func TestWebsocketDuplicates(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
		w.score()
		for range 5 {
			w.tell(s, 0)
		}
		require.EqualValues(t, 1, seen.next().Round.Validations)
		seen.quiet(2 * time.Minute)
	})
}

func TestWebsocketOutOfOrder(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
		w.score()
		old, slot := w.tell(s, 0)
		require.EqualValues(t, 1, seen.next().Round.Validations)
		w.score()
		w.tell(s, 0)
		require.EqualValues(t, 2, seen.next().Round.Validations)
		s.Account(round.Addresses{Program: round.LocalProgram}.Round(0), round.LocalProgram, old, slot)
		seen.quiet(2 * time.Minute)
	})
}

func TestWebsocketGap(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
		s.Drop()
		w.score()
		began := time.Now()
		require.EqualValues(t, 1, seen.next().Round.Validations)
		require.LessOrEqual(t, time.Since(began), 2*time.Second, "it looks for itself at once")
		time.Sleep(2 * time.Second)
		require.GreaterOrEqual(t, s.Subscribed(), 2)
		w.score()
		began = time.Now()
		w.tell(s, 0)
		require.EqualValues(t, 2, seen.next().Round.Validations)
		require.Zero(t, time.Since(began), "it has subscribed again")
	})
}

func TestWebsocketDroppedDuringSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		s.SetFaults(chaintest.SocketFaults{Drop: true})
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := watch(t, w.actor(), round.Watch{})
		seen.next()
		time.Sleep(time.Minute)
		require.Zero(t, s.Subscribed())
		s.SetFaults(chaintest.SocketFaults{})
		time.Sleep(time.Minute)
		require.Equal(t, 1, s.Subscribed(), "it tries again")
	})
}

// A socket that never answers: what is asked for is given up on, and polling
// does the work.
func TestWebsocketNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		s.SetFaults(chaintest.SocketFaults{Deaf: true})
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := watch(t, w.actor(), round.Watch{})
		seen.next()
		w.score()
		began := time.Now()
		seen.next()
		require.LessOrEqual(t, time.Since(began), 5*time.Second)
		time.Sleep(2 * time.Minute)
		require.Greater(t, s.Dials(), 2, "it dials anew")
	})
}

// The other side is gone, but the line does not say so.
func TestWebsocketHalfOpen(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
		s.SetFaults(chaintest.SocketFaults{Mute: true})
		time.Sleep(time.Minute)
		synctest.Wait()
		require.GreaterOrEqual(t, s.Subscribed(), 2, "no sign of life: it dials anew")
		w.score()
		began := time.Now()
		w.tell(s, 0)
		seen.next()
		require.Zero(t, time.Since(began))
	})
}

func TestWebsocketSendsRubbish(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":        `{`,
		"null":           `null`,
		"another stream": `{"params":{"subscription":99,"result":{}}}`,
		"no result":      `{"params":{"subscription":23}}`,
		"bad account":    `{"params":{"subscription":23,"result":{"value":{"pubkey":"x","account":{"data":["!","base64"]}}}}}`,
		"deeply nested":  nested(20_000),
	} {
		t.Run(name, func(t *testing.T) {
			watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
				s.Raw(text)
				w.score()
				require.EqualValues(t, 1, seen.next().Round.Validations)
			})
		})
	}
}

func TestWebsocketMessageTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		via := w.over
		w.over = func(c chain.Config) chain.Config { c.MaxResponse = 1 << 16; return via(c) }
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := watch(t, w.actor(), round.Watch{})
		seen.next()
		synctest.Wait()
		s.Raw(strings.Repeat(" ", 1<<20))
		time.Sleep(time.Minute)
		require.Equal(t, 2, s.Subscribed(), "that connection was ended and a new one made")
	})
}

func TestWatchWithoutWebsocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := viaNode(t)
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		seen := watch(t, w.actor(), round.Watch{})
		seen.next()
		w.score()
		began := time.Now()
		seen.next()
		require.LessOrEqual(t, time.Since(began), 5*time.Second)
	})
}

func TestWatchYieldsGradientsWithTheirRound(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen *watcher) {
		validator, trainer := w.actor(), w.trainer()
		w.ok(validator.Prevalidate(t.Context(), 0, 5000))
		w.tell(s, 0)
		seen.next()
		w.ok(trainer.SubmitGradient(t.Context(), 0, gradientCID(1)))
		w.tell(s, 0)
		require.EqualValues(t, 1, seen.next().Round.Gradients)
		require.Equal(t, gradientCID(1), seen.next().Gradient.CID)
		w.ok(validator.Postvalidate(t.Context(), 0, trainer.Wallet(), 6000))
		w.tell(s, 0)
		require.EqualValues(t, 2, seen.next().Round.Validations)
		require.Equal(t, []uint32{6000}, seen.next().Gradient.Scores)
		seen.quiet(2 * time.Minute)
	})
}

// A round that was chosen is followed to where it is no longer.
func TestWatchYieldsTheLastStateOfARound(t *testing.T) {
	for name, tell := range map[string]func(*world, *chaintest.Socket){"told": func(w *world, s *chaintest.Socket) { w.tell(s, 0) }, "polled": func(*world, *chaintest.Socket) {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, s := withSocket(t)
				creator := w.actor()
				_, _, err := creator.CreateRound(t.Context(), aRound)
				require.NoError(t, err)
				seen := watch(t, w.actor(), round.Watch{Filter: round.Filter{Status: []round.Status{round.Active}}})
				seen.next()
				synctest.Wait()
				w.ok(creator.CancelRound(t.Context(), 0))
				tell(w, s)
				require.Equal(t, round.Cancelled, seen.next().Round.Status)
				_, _, err = creator.CreateRound(t.Context(), aRound)
				require.NoError(t, err)
				require.EqualValues(t, 1, seen.next().Round.ID)
				seen.quiet(2 * time.Minute)
			})
		})
	}
}

func TestWatchYieldsFaultsAndGoesOn(t *testing.T) {
	watching(t, func(t *testing.T, w *world, n *chaintest.Node, _ *chaintest.Socket, seen *watcher) {
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getProgramAccounts" {
				return chaintest.Respond(403, "?"), nil
			}
			return nil, nil
		})
		require.ErrorContains(t, <-seen.errs, "getProgramAccounts")
		n.Inject(nil)
		w.score()
		seen.next()
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

// A consumer that takes its time: the socket is not held up, and nothing is
// missed in the end.
func TestWatchWithASlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		_, _, err := w.actor().CreateRound(t.Context(), aRound)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		validations := uint16(0)
		n := 0
		for change, err := range w.actor().Watch(ctx, round.Watch{}) {
			require.NoError(t, err)
			validations = change.Round.Validations
			if n++; n == 1 {
				synctest.Wait()
				for range 10 {
					w.score()
					for range 40 { // more than fit the queue
						w.tell(s, 0)
					}
				}
				time.Sleep(time.Minute)
			}
			if validations == 10 {
				break
			}
		}
		require.EqualValues(t, 10, validations)
	})
}

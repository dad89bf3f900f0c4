package trainer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// scene is a round to which a worker has submitted a gradient.
type scene struct {
	*roundtest.World
	id               uint64
	creator, trainer roundtest.Player
	judges           []roundtest.Player
	cfg              trainer.Config
	events           *watcher
	submitted        trainer.Event
	stop             func() // the worker
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{World: roundtest.New(t), events: newWatcher()}
	s.creator, s.trainer = s.Player(t, "creator"), s.Player(t, "trainer")
	s.id = s.Launch(t, s.creator)
	s.judges = s.Prevalidate(t, s.id, 1000, 3)
	s.cfg = config(t, s.trainer, s.events)
	s.stop = start(t, s.cfg)
	s.submitted = s.events.await(t, trainer.EventSubmitted)
	return s
}

// finish scores the gradient, finalizes the round and waits for the claim.
func (s *scene) finish(t *testing.T) (claimed trainer.Event) {
	t.Helper()
	for _, j := range s.judges {
		_, err := j.Rounds.Postvalidate(t.Context(), s.id, s.trainer.Wallet.PublicKey(), 2000)
		require.NoError(t, err)
	}
	_, err := s.creator.Rounds.FinalizeRound(t.Context(), s.id)
	require.NoError(t, err)
	return s.events.await(t, trainer.EventClaimed)
}

// restart runs the worker again until it has closed the gradient.
func (s *scene) restart(t *testing.T) {
	t.Helper()
	s.stop = start(t, s.cfg)
	require.Eventually(t, func() bool {
		_, err := s.trainer.Rounds.Gradient(t.Context(), s.id, s.trainer.Wallet.PublicKey())
		return errors.Is(err, chain.ErrNotFound)
	}, time.Minute, time.Millisecond)
}

func (s *scene) balance(t *testing.T) uint64 {
	t.Helper()
	b, err := s.trainer.Rounds.Chain().Balance(t.Context(), s.trainer.Wallet.PublicKey())
	require.NoError(t, err)
	return b
}

// work is what the worker keeps of its rounds.
func (s *scene) work(t *testing.T) []string {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(s.cfg.Dir, "round-*"))
	require.NoError(t, err)
	return kept
}

func TestWorkerTrainsSubmitsAndClaims(t *testing.T) {
	s := newScene(t)
	require.Equal(t, s.id, s.submitted.RoundID)
	require.True(t, s.submitted.HasRound)

	claimed := s.finish(t)
	require.EqualValues(t, 882_000_000, claimed.Lamports, "90 % of the reward less 2 %")
	require.EqualValues(t, 500, claimed.Rating)
	require.Empty(t, s.events.find(trainer.EventFailed))

	g, err := s.trainer.Rounds.Gradient(t.Context(), s.id, s.trainer.Wallet.PublicKey())
	require.NoError(t, err)
	require.Equal(t, s.submitted.CID.String(), g.CID)
}

func TestFinishedWorkIsCleanedAway(t *testing.T) {
	s := newScene(t)
	require.Len(t, s.work(t), 2)
	s.finish(t)
	s.stop()
	left := s.work(t)
	require.Len(t, left, 1)
	require.True(t, strings.HasSuffix(left[0], ".submitted"), "a mark, for nodes that lag: %s", left[0])

	old := time.Now().Add(-11 * time.Minute)
	require.NoError(t, os.Chtimes(left[0], old, old))
	s.Net.Warp(25 * time.Hour)
	before := s.balance(t)
	s.restart(t)
	require.Greater(t, s.balance(t), before, "the rent came back")
	s.stop()
	s.stop = start(t, s.cfg)
	require.Eventually(t, func() bool { return len(s.work(t)) == 0 }, time.Minute, time.Millisecond)
}

func TestGradientOfAClosedRoundIsClosed(t *testing.T) {
	s := newScene(t)
	s.finish(t)
	s.stop()

	s.Net.Warp(181 * 24 * time.Hour)
	_, err := s.creator.Rounds.WithdrawRemainder(t.Context(), s.id)
	require.NoError(t, err)
	_, err = s.creator.Rounds.CloseRound(t.Context(), s.id)
	require.NoError(t, err)
	s.restart(t)
	require.Empty(t, s.events.find(trainer.EventFailed))
}

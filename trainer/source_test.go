package trainer_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
	"github.com/decloud-sdk/decloud-go/trainer"
)

const flowers = "hf:alice/flowers@0123456789012345678901234567890123456789"

// kept is a directory of which the trainer says that it keeps it somewhere.
type kept struct {
	dir    trainer.Directory
	source string
}

func (k kept) Newest(ctx context.Context, r *round.Round) (trainer.Revision, error) {
	revision, err := k.dir.Newest(ctx, r)
	revision.Source = k.source
	return revision, err
}

// source is what the chain says of where a player keeps its submission; empty if nothing.
func source(t *testing.T, p roundtest.Player, id uint64) string {
	t.Helper()
	said, err := p.Rounds.Source(t.Context(), id, p.Wallet.PublicKey())
	if errors.Is(err, chain.ErrNotFound) {
		return ""
	}
	require.NoError(t, err)
	return said.Text
}

// minedScene is an open data round, scored, to which a worker has submitted.
func minedScene(t *testing.T, said string, change func(*scene)) *scene {
	t.Helper()
	s := &scene{World: roundtest.New(t), events: newWatcher()}
	s.creator, s.trainer = s.Player(t, "creator"), s.Player(t, "miner")
	s.id = s.LaunchOpenData(t, s.creator, nil)
	s.judges = s.Prevalidate(t, s.id, 1000, 3)
	s.cfg = mining(t, s.trainer, s.events, "")
	s.cfg.Submit[dataset.Mnist] = kept{trainer.Directory(roundtest.Rows(t, 0, 10)), said}
	if change != nil {
		change(s)
	}
	s.stop = start(t, s.cfg)
	s.submitted = s.events.await(t, trainer.EventSubmitted)
	return s
}

// Where data is kept is said on the chain, once, and its rent comes back a day after the end.
func TestSourceIsSaidAndClosed(t *testing.T) {
	s := minedScene(t, flowers, nil)
	require.Equal(t, flowers, s.events.await(t, trainer.EventSourced).Source)
	require.Equal(t, flowers, source(t, s.trainer, s.id))
	require.Equal(t, flowers, s.events.await(t, trainer.EventCopied).Source)
	s.finish(t)
	s.stop()

	s.Net.Warp(25 * time.Hour)
	before := s.balance(t)
	s.restart(t)
	require.Eventually(t, func() bool { return source(t, s.trainer, s.id) == "" }, time.Minute, time.Millisecond)
	require.Greater(t, s.balance(t), before+round.RentOfSource(), "that of the gradient, too")
	require.Len(t, s.events.find(trainer.EventSourced), 1)
	require.Empty(t, s.events.find(trainer.EventFailed))
}

// The rent of a source comes back, too, where its round is closed.
func TestSourceOfAClosedRoundIsClosed(t *testing.T) {
	s := minedScene(t, flowers, nil)
	s.events.await(t, trainer.EventSourced)
	s.finish(t)
	s.stop()
	s.Net.Warp(181 * 24 * time.Hour)
	_, err := s.creator.Rounds.WithdrawRemainder(t.Context(), s.id)
	require.NoError(t, err)
	_, err = s.creator.Rounds.CloseRound(t.Context(), s.id)
	require.NoError(t, err)
	s.restart(t)
	require.Eventually(t, func() bool { return source(t, s.trainer, s.id) == "" }, time.Minute, time.Millisecond)
	require.Empty(t, s.events.find(trainer.EventFailed))
}

// What cannot be said, or not be paid for, is told, and delays neither submission nor claim.
func TestSourceThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		said   string
		change func(*scene)
		want   error
		retry  bool
	}{
		"no source": {"my own disk", nil, round.ErrArgument, false},
		"too much": {flowers, func(s *scene) { // just enough for profile and gradient
			_, rent, _ := new(round.Round).CostOfSubmitting(0)
			s.cfg.MaxSpending = round.ProfileRent() + rent + s.trainer.Rounds.Chain().MaxFee() + 20_000
		}, trainer.ErrSpending, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := minedScene(t, c.said, c.change)
			failed := s.events.await(t, trainer.EventFailed)
			require.ErrorIs(t, failed.Err, c.want)
			require.ErrorContains(t, failed.Err, "which it does not depend on")
			require.Equal(t, c.retry, failed.Retry > 0)
			s.finish(t)
			require.Empty(t, source(t, s.trainer, s.id))
		})
	}
}

// In a sealed round it is said once the data is published, and once, though the worker is killed around it.
func TestSourceOfASealedRound(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	id := world.LaunchData(t, creator, nil)
	cfg := mining(t, p, w, "")
	cfg.Submit[dataset.Mnist] = kept{trainer.Directory(roundtest.Rows(t, 0, 10)), flowers}
	stop := start(t, cfg)
	w.await(t, trainer.EventSubmitted)
	stop()
	require.Empty(t, source(t, p, id))
	world.Until(t, p, id, (*round.Round).SubmissionsClose)

	w = newWatcher()
	cfg.Observer = func(e trainer.Event) {
		if e.Kind == trainer.EventSourced {
			require.NotEmpty(t, w.find(trainer.EventPublished))
		}
		w.observe(e)
	}
	stop = start(t, cfg)
	w.await(t, trainer.EventSourced)
	require.Equal(t, flowers, source(t, p, id))
	stop()

	marks, err := filepath.Glob(filepath.Join(cfg.Dir, "*.sourced"))
	require.NoError(t, err)
	require.Len(t, marks, 1)
	require.NoError(t, os.Remove(marks[0]), "as if it was killed before it could note that")
	before, err := p.Rounds.Chain().Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	w = newWatcher()
	cfg.Observer = w.observe
	start(t, cfg)
	require.Eventually(t, func() bool { _, err := os.Stat(marks[0]); return err == nil }, time.Minute, time.Millisecond)
	now, err := p.Rounds.Chain().Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	require.Equal(t, before, now)
	require.Empty(t, w.find(trainer.EventSourced))
}

// A worker whose store pushes to Hugging Face says which commit that made.
func TestSourceIsWhereTheStorePushedTo(t *testing.T) {
	hub := hubtest.Start()
	t.Cleanup(hub.Close)
	hub.AddToken("hf_miner", true)
	repo, err := huggingface.New("alice/digits", huggingface.Options{Endpoint: hub.API.URL, Token: storage.NewSecret("hf_miner")})
	require.NoError(t, err)
	t.Cleanup(repo.CloseIdle)
	s := minedScene(t, "", func(s *scene) {
		s.cfg.Store, err = storage.Open(storage.Config{Dir: t.TempDir(), Pushers: []storage.Pusher{repo}, Fetchers: []storage.Fetcher{s.Packages(), repo}})
		require.NoError(t, err)
	})
	said := s.events.await(t, trainer.EventSourced).Source
	require.Equal(t, said, source(t, s.trainer, s.id))
	from, err := huggingface.Open(said, huggingface.Options{Endpoint: hub.API.URL})
	require.NoError(t, err)
	t.Cleanup(from.CloseIdle)
	_, err = s.creator.Store.Fetch(t.Context(), s.submitted.CID, storage.AlsoFrom(from))
	require.NoError(t, err, "whoever reads the chain gets it there")
}

// What a hub has at the time is submitted, once to each round, and stays there: whoever reads the chain fetches that revision, though
// there is a newer one by then, which the next round gets.
func TestNewestRevisionOfAHubIsSubmitted(t *testing.T) {
	hub := hubtest.Start()
	t.Cleanup(hub.Close)
	repo, err := huggingface.New("alice/digits", huggingface.Options{Endpoint: hub.API.URL})
	require.NoError(t, err)
	t.Cleanup(repo.CloseIdle)
	put := func(dir string) string {
		files := map[string][]byte{}
		require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files[name], err = os.ReadFile(filepath.Join(dir, name))
			}
			return err
		}))
		return "hf:alice/digits@" + hub.Put("alice/digits", false, files)
	}
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
	cfg := mining(t, p, w, "")
	cfg.Submit[dataset.Mnist] = trainer.FromHub(repo)
	cfg.Store, err = storage.Open(storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{world.Packages()}, NoSync: true})
	require.NoError(t, err)
	start(t, cfg)
	said := put(roundtest.Rows(t, 0, 10))
	for n, next := range []func() string{func() string { return put(roundtest.Rows(t, 20, 10)) }, func() string { return said }} {
		id := world.LaunchData(t, creator, nil)
		require.Eventually(t, func() bool { return len(w.find(trainer.EventSubmitted)) == n+1 }, time.Minute, time.Millisecond)
		submitted := w.find(trainer.EventSubmitted)[n]
		newer := next()
		world.Until(t, p, id, (*round.Round).SubmissionsClose)
		require.Eventually(t, func() bool { return source(t, p, id) == said }, time.Minute, time.Millisecond)
		from, err := huggingface.Open(said, huggingface.Options{Endpoint: hub.API.URL})
		require.NoError(t, err)
		t.Cleanup(from.CloseIdle)
		_, err = creator.Store.Fetch(t.Context(), submitted.CID, storage.AlsoFrom(from))
		require.NoError(t, err)
		require.Equal(t, id, submitted.RoundID)
		said = newer
	}
	require.Empty(t, w.find(trainer.EventFailed))
}

// By hand: where it is kept is said before Train returns, and what fails there is told only.
func TestSourceByHand(t *testing.T) {
	for name, said := range map[string]string{"said": flowers, "not said": "my own disk"} {
		t.Run(name, func(t *testing.T) {
			world := roundtest.New(t)
			creator, p, w := world.Player(t, "creator"), world.Player(t, "miner"), newWatcher()
			id := world.LaunchOpenData(t, creator, nil)
			world.Prevalidate(t, id, 1000, 3)
			cfg := mining(t, p, w, "")
			cfg.Submit[dataset.Mnist] = kept{trainer.Directory(roundtest.Rows(t, 0, 10)), said}
			worker, err := trainer.NewWorker(cfg)
			require.NoError(t, err)
			require.NoError(t, worker.Train(t.Context(), id))
			require.Equal(t, said == flowers, source(t, p, id) == said)
			require.Equal(t, said == flowers, len(w.find(trainer.EventFailed)) == 0)
		})
	}
}

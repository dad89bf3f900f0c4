package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/round"
)

const (
	// budget is the apps' setting "memory" in this test, and overhead what a process may take beyond it: 192 MiB for
	// fetching and the rest, its data, its code.
	budget   = 512 << 20
	overhead = 256 << 20
)

// The apps of a validator and a trainer, as users run them, on a chain on which strangers put packages and gradients that
// are made to take memory: their processes stay within the budget that is set, and an honest round among all that is
// scored, trained and paid.
func TestProcessesStayWithinTheirMemoryUnderABarrage(t *testing.T) {
	s := stage(t, Config{Trainers: 1, Validators: 1, Quorum: 1, Seed: 1})
	trainer, validator := s.actors[0], s.actors[1]
	for _, a := range s.actors {
		require.NoError(t, a.command("config", "--set", fmt.Sprint("memory=", budget>>20), "--set", "cache_gb=1"))
	}
	require.NoError(t, trainer.command("config", "--set", "epochs=3"))
	require.NoError(t, trainer.command("dataset", "set", "Mnist", fewDigits(t, 60)))
	require.NoError(t, s.begin(t.Context()))
	e := s.current()
	b := &barrage{t: t, e: e, creator: e.rounds[0], met: map[uint64]bool{}, done: make(chan struct{})}
	done := b.done
	b.launchAll()
	b.listen(validator)

	ctx, stop := context.WithTimeoutCause(t.Context(), patience, errors.New("the honest round was not settled, or not all of the others were dealt with"))
	defer stop()
	honest := func(ctx context.Context) error {
		context.AfterFunc(ctx, e.end) // which ends the round, too
		if err := s.play(e, e.rounds[1], 0, false); err != nil {
			return err
		}
		select {
		case <-done:
			return errDone
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	stays := func(ctx context.Context) error { return within(ctx, t, s.actors) }
	require.NoError(t, together(ctx, errDone, honest, stays, trainer.run, validator.run))
	require.NoError(t, e.finish())
	require.Empty(t, s.tally.faults())
	require.Equal(t, 1, s.tally.get("rounds settled"))
}

// within watches that processes stay within their memory.
func within(ctx context.Context, t *testing.T, actors []*actor) error {
	peaks := map[string]int64{}
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		for _, a := range actors {
			if peak, err := memory.Peak(a.pid()); err == nil {
				peaks[a.name] = peak
			}
			if peaks[a.name] > budget+overhead {
				return fmt.Errorf("%s took %d MiB, with a budget of %d", a.name, peaks[a.name]>>20, int64(budget)>>20)
			}
		}
		select {
		case <-ctx.Done():
			t.Logf("MiB at most, with a budget of %d: %d and %d", int64(budget)>>20, peaks[actors[0].name]>>20, peaks[actors[1].name]>>20)
			return nil
		case <-tick.C:
		}
	}
}

// fewDigits writes a data set of so many samples.
func fewDigits(t *testing.T, n int) string {
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	indices := make([]int, n)
	for i := range indices {
		indices[i] = i
	}
	few, err := dataset.Subset(digits.Train, indices)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "digits")
	require.NoError(t, dataset.SaveIDX(dir, few.(dataset.Described)))
	return dir
}

// barrage are the rounds of strangers.
type barrage struct {
	t       *testing.T
	e       *era
	creator *decloud.Client
	rounds  []uint64

	mu     sync.Mutex
	met    map[uint64]bool // rounds that the validator has scored or refused
	scored int             // gradients of the first one
	done   chan struct{}   // closed once the validator has dealt with all
}

const gradients = 3

func (b *barrage) launchAll() {
	for i := range uint64(2) {
		b.launch(zeroPackage(b.t, 100, 250_000, i)) // 96 MiB, and 10 of the head
	}
	if !testing.Short() {
		b.launch(zeroPackage(b.t, 1000, 240_000, 0)) // 915 MiB of float16 zeros in a CAR of some hundred kB
		b.launch(wide(b.t, 120<<20, 0))
		b.launch(graph(b.t, 30<<20, 0))
		b.launch(wordy(b.t, 200_000, 0))
		b.launch(verbose(b.t, 0))
	}
	judge := b.stranger()
	_, err := judge.Prevalidate(b.t.Context(), b.rounds[0], 1000)
	require.NoError(b.t, err)
	for i := range uint64(gradients) {
		trainer := b.stranger()
		_, err := trainer.CreateTrainerProfile(b.t.Context())
		require.NoError(b.t, err)
		_, err = trainer.SubmitGradient(b.t.Context(), b.rounds[0], b.publish(zeroHead(b.t, 250_000, i)))
		require.NoError(b.t, err)
	}
}

// listen notes what the validator has dealt with.
func (b *barrage) listen(validator *actor) {
	hear := validator.line
	validator.line = func(text string) {
		hear(text)
		var e event
		if json.Unmarshal([]byte(text), &e) != nil || e.Round == nil {
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		switch {
		case e.Event == "gradient" && *e.Round == b.rounds[0]:
			b.scored++
		case e.Event == "base" || e.Event == "failed":
			b.met[*e.Round] = true
		}
		for _, id := range b.rounds[1:] {
			if !b.met[id] {
				return
			}
		}
		if b.scored == gradients && b.done != nil {
			close(b.done)
			b.done = nil
		}
	}
}

// stranger is somebody with a wallet.
func (b *barrage) stranger() *round.Client {
	b.t.Helper()
	key, err := chain.NewKeypair()
	require.NoError(b.t, err)
	require.NoError(b.t, b.e.fund(key.PublicKey()))
	c, err := chain.NewClient(chain.Config{Signer: key, Network: chain.Network{Name: "localnet", RPC: b.e.url}})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { require.NoError(b.t, c.Close()) })
	rounds, err := round.NewClient(round.Config{Chain: c, Program: round.LocalProgram})
	require.NoError(b.t, err)
	return rounds
}

func (b *barrage) publish(files fs.FS) string {
	b.t.Helper()
	root, err := b.creator.Store.Add(b.t.Context(), files)
	require.NoError(b.t, err)
	_, err = b.creator.Store.Push(b.t.Context(), root)
	require.NoError(b.t, err)
	return root.String()
}

// launch opens a round about a package, which pays more than honest ones.
func (b *barrage) launch(files fs.FS) {
	b.t.Helper()
	o, err := options(b.t.Context(), b.creator, 1, false)
	require.NoError(b.t, err)
	id, _, err := b.creator.Rounds.CreateRound(b.t.Context(), round.Spec{ModelCID: b.publish(files), Dataset: round.Dataset(dataset.Mnist), Reward: 2 * prize, Options: o})
	require.NoError(b.t, err)
	b.rounds = append(b.rounds, id)
}

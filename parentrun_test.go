package decloud_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// moved is the package's head, a little different.
func moved(by float32) packagefmt.Network {
	head := roundtest.Package().Head
	out := packagefmt.Network{Layers: head.Layers, Weights: map[string]safetensors.Tensor{}}
	for name, w := range head.Weights {
		data := make([]float32, len(w.Data))
		for i, v := range w.Data {
			data[i] = v + by*float32(i%7-3)
		}
		out.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
	}
	return out
}

// aRound is a finalized round with gradients of these scores. It returns its address,
// and the gradients' CIDs.
func aRound(t *testing.T, world *roundtest.World, creator roundtest.Player, scores ...uint32) (solana.PublicKey, []cid.Cid) {
	id := world.Launch(t, creator, roundtest.Quorum(1))
	judge := world.Prevalidate(t, id, 5_000, 1)[0]
	var all []cid.Cid
	for i, score := range scores {
		trainer := world.Player(t, fmt.Sprint("trainer", i))
		files, err := packagefmt.GradientFS(moved(0.001*float32(i+1)), roundtest.Package())
		require.NoError(t, err)
		root, err := trainer.Store.Add(t.Context(), files)
		require.NoError(t, err)
		_, err = trainer.Store.Push(t.Context(), root)
		require.NoError(t, err)
		_, err = trainer.Rounds.CreateTrainerProfile(t.Context())
		require.NoError(t, err)
		_, err = trainer.Rounds.SubmitGradient(t.Context(), id, root.String())
		require.NoError(t, err)
		_, err = judge.Rounds.Postvalidate(t.Context(), id, trainer.Wallet.PublicKey(), score)
		require.NoError(t, err)
		all = append(all, root)
	}
	r, err := creator.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	world.Net.Warp(r.Options.Deadline.Sub(world.Net.Now()) - time.Minute)
	_, err = creator.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
	return creator.Rounds.Addresses().Round(id), all
}

// ofTwo is a configuration of a run of one round of two members.
func ofTwo() config.File {
	f := config.Default()
	c := &f.Config
	c.WarmupTime, c.CooldownTime, c.RoundsPerEpoch, c.TotalSteps, c.WaitingForMembersExtraTime = 30, 1, 1, 1, 1
	c.MaxRoundTrainTime, c.RoundWitnessTime = 30, 20
	c.MinClients, c.InitMinClients, c.GlobalBatchSizeStart, c.GlobalBatchSizeEnd = 2, 2, 20, 20
	f.Model.Head.LRSchedule.Constant, f.Model.Head.Optimizer.Sgd = &config.Constant{BaseLR: 0.01}, &config.Sgd{}
	return f
}

// members lets two join, until done reports true of how many of them have failed, once or
// again and again; it returns what failed.
func members(t *testing.T, world *roundtest.World, name string, change func(*member.Config), done func(failed int) bool) []error {
	ctx, stop := context.WithCancel(t.Context())
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		failed []error
		whose  = map[int]bool{}
	)
	_, mine := roundtest.Digits(t)
	for i := range 2 {
		p := world.Player(t, fmt.Sprint(name, i))
		cfg := member.Config{RunID: name, Data: mine, Poll: 50 * time.Millisecond, Observer: func(e member.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.Err != nil {
				failed = append(failed, e.Err)
				whose[i] = true
			}
		}}
		wg.Go(func() {
			if change == nil {
				require.NoError(t, p.Join(ctx, cfg))
				return
			}
			cfg.Runs, cfg.Store, cfg.Rounds, cfg.Dir = p.Runs, p.Store, p.Rounds, t.TempDir()
			change(&cfg)
			w, err := member.NewWorker(cfg)
			require.NoError(t, err)
			require.NoError(t, w.Run(ctx))
		})
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return done(len(whose))
	}, time.Minute, 50*time.Millisecond)
	stop()
	wg.Wait()
	return failed
}

// A run that derives from a round starts from that round's best gradient: by the verb
// that creates it, and because members join no other.
func TestRunWithParent(t *testing.T) {
	world := roundtest.New(t, localnet.WithSlotTime(5*time.Millisecond))
	creator := world.Player(t, "creator")
	parent, gradients := aRound(t, world, creator, 6_000, 9_000, 9_000)
	spec := func(id string) run.Spec {
		return run.Spec{ID: id, Treasury: run.SOL, Parent: parent, ParentRewardBps: 1_000}
	}
	open := func(id string) decloud.CreatedRun {
		created, err := creator.CreateRun(t.Context(), decloud.RunOptions{Spec: spec(id), Package: roundtest.Package(), File: ofTwo()})
		require.NoError(t, err)
		return created
	}
	start := func(r *run.Run) {
		_, err := creator.Runs.TopUp(t.Context(), r, chain.LamportsPerSOL, solana.PublicKey{})
		require.NoError(t, err)
		_, err = creator.Runs.SetPaused(t.Context(), r, false)
		require.NoError(t, err)
	}
	_, err := creator.Runs.AllowJoin(t.Context(), run.Anybody)
	require.NoError(t, err)

	t.Run("right", func(t *testing.T) {
		created := open("right")
		require.Equal(t, gradients[1], created.Model, "the earliest of the best")
		start(created.Run)
		members(t, world, "right", nil, func(int) bool {
			r, err := creator.Runs.Run(t.Context(), "right")
			return err == nil && r.State == run.Finished && r.Step == 1
		})
	})
	for name, c := range map[string]struct {
		model  cid.Cid
		change func(*member.Config)
	}{
		"equal":  {gradients[2], func(*member.Config) {}},
		"worse":  {gradients[0], func(*member.Config) {}},
		"unread": {gradients[1], func(c *member.Config) { c.Rounds = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			created := open(name)
			digest, err := member.Digest(c.model)
			require.NoError(t, err)
			_, err = creator.Runs.UpdateModel(t.Context(), created.Run, digest)
			require.NoError(t, err)
			start(created.Run)
			for _, err := range members(t, world, name, c.change, func(failed int) bool { return failed == 2 }) {
				require.ErrorIs(t, err, member.ErrParent)
			}
			r, err := creator.Runs.Run(t.Context(), name)
			require.NoError(t, err)
			require.Zero(t, r.Members)
		})
	}
	t.Run("not created", func(t *testing.T) {
		other := *roundtest.Package()
		other.Head = moved(1)
		_, err := creator.CreateRun(t.Context(), decloud.RunOptions{Spec: spec("other"), Package: &other, File: ofTwo()})
		require.ErrorContains(t, err, "is about")
		none := spec("none")
		none.Parent = creator.Wallet.PublicKey()
		_, err = creator.CreateRun(t.Context(), decloud.RunOptions{Spec: none, Package: roundtest.Package(), File: ofTwo()})
		require.ErrorIs(t, err, member.ErrParent)
		_, err = creator.CreateRun(t.Context(), decloud.RunOptions{Spec: spec("none"), Package: roundtest.Package(), File: ofTwo(), NoModel: true})
		require.ErrorContains(t, err, "NoModel")
	})
}

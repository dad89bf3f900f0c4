// Package scene puts a chain into a state with something to see, for the tests of the explorer: rounds in several phases and a run.
package scene

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// CIDs stand for trained heads that trainers would have published.
var CIDs = []string{
	"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", "bafybeid465tjfsdswut2k7d7jus4hbqjymoa6dq5qhruaab4lvpoue5bfq",
}

// The rounds of a scene, by id.
const (
	Paid   = uint64(0) // an open round that is over, from which one trainer and two validators have claimed
	Going  = uint64(1) // an open round that takes submissions
	Sealed = uint64(2) // a fair round that waits for submissions
)

// RunID is the run of a scene, with one member and 2 SOL in its pool.
const RunID = "digits"

// Scene is a chain with people.
type Scene struct {
	*localtest.World
	Creator              *localtest.Player
	Trainers, Validators []*localtest.Player
	Reader               *view.Reader // of the whole chain, without a wallet
	model                decloud.LaunchOptions
}

// New sets a scene.
func New(t *testing.T, options ...localnet.Option) *Scene {
	w := localtest.New(t, options...)
	s := &Scene{World: w, Creator: w.Player(t, "creator")}
	for i := range 2 {
		s.Trainers = append(s.Trainers, w.Player(t, fmt.Sprint("trainer", i)))
		_, err := s.Trainers[i].Rounds.CreateTrainerProfile(t.Context())
		require.NoError(t, err)
	}
	for i := range 3 {
		s.Validators = append(s.Validators, w.Player(t, fmt.Sprint("validator", i)))
		_, err := s.Validators[i].Rounds.AddStake(t.Context(), uint64(i+1)*chain.LamportsPerSOL/10)
		require.NoError(t, err)
	}
	s.Reader = &view.Reader{Chain: s.Creator.Rounds.Chain(), Rounds: s.Creator.Rounds, Runs: s.Creator.Runs}
	model, err := localtest.Package()
	require.NoError(t, err)
	s.model = decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL}
	s.rounds(t)
	s.run(t)
	return s
}

func (s *Scene) rounds(t *testing.T) {
	ctx := t.Context()
	require.Equal(t, Paid, s.launch(t, true))
	s.score(ctx, t, Paid, 7520, 7500, 7520)
	for i, trainer := range s.Trainers {
		_, err := trainer.Rounds.SubmitGradient(ctx, Paid, CIDs[i])
		require.NoError(t, err)
		for j, v := range s.Validators {
			_, err := v.Rounds.Postvalidate(ctx, Paid, trainer.Rounds.Wallet(), []uint32{8000 + uint32(i)*140, 8000 + uint32(i)*140, 9900}[j]) // the last one is an outlier
			require.NoError(t, err)
		}
	}
	_, err := s.Creator.Rounds.FinalizeRound(ctx, Paid)
	require.NoError(t, err)
	_, err = s.Trainers[0].Rounds.ClaimTrainer(ctx, Paid)
	require.NoError(t, err)
	for _, v := range s.Validators[:2] {
		_, err = v.Rounds.ClaimValidatorPre(ctx, Paid)
		require.NoError(t, err)
	}
	require.Equal(t, Going, s.launch(t, true))
	s.score(ctx, t, Going, 6000, 6100, 6050)
	require.Equal(t, Sealed, s.launch(t, false))
}

func (s *Scene) launch(t *testing.T, open bool) uint64 {
	o := s.model
	if o.Open = open; open {
		o.Quorum = 3
	}
	launched, err := s.Creator.Launch(t.Context(), o)
	require.NoError(t, err)
	return launched.RoundID
}

// score has the validators score the base of a round.
func (s *Scene) score(ctx context.Context, t *testing.T, id uint64, accuracies ...uint32) {
	for i, v := range s.Validators {
		_, err := v.Rounds.Prevalidate(ctx, id, accuracies[i])
		require.NoError(t, err)
	}
}

// Submit has a trainer submit to the round that goes on.
func (s *Scene) Submit(t *testing.T, trainer int) {
	_, err := s.Trainers[trainer].Rounds.SubmitGradient(t.Context(), Going, CIDs[trainer])
	require.NoError(t, err)
}

// Vote has a run of real members who vote come to its end, and reads it.
func (s *Scene) Vote(t *testing.T) view.Run {
	file := fast()
	file.Config.Verification, file.Config.Voters, file.Config.MinStake, file.Config.InitMinClients = run.Vote.String(), 1, 1000, 3
	created, err := s.Creator.CreateRun(t.Context(), decloud.RunOptions{Spec: run.Spec{ID: "votes", Treasury: run.SOL}, Package: s.model.Package, File: file})
	require.NoError(t, err)
	_, err = s.Creator.Runs.SetPaused(t.Context(), created.Run, false)
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i, p := range s.Validators {
		mine, _, err := dataset.Split(sets.Test, 0.5, uint64(i))
		require.NoError(t, err)
		wg.Go(func() {
			if err := p.Join(ctx, member.Config{RunID: "votes", Data: mine, Stake: 1000, Poll: 50 * time.Millisecond}); err != nil {
				t.Error(err)
			}
		})
	}
	require.Eventually(t, func() bool {
		r, err := s.Creator.Runs.Run(t.Context(), "votes")
		return err == nil && r.State == run.Finished
	}, time.Minute, 100*time.Millisecond)
	stop()
	wg.Wait()
	v, err := s.Reader.Run(t.Context(), "votes")
	require.NoError(t, err)
	return v
}

// fast is the configuration of a short run.
func fast() config.File {
	file := config.Default()
	file.Config.WarmupTime, file.Config.CooldownTime, file.Config.RoundsPerEpoch, file.Config.TotalSteps = 30, 1, 2, 2
	file.Config.MaxRoundTrainTime, file.Config.RoundWitnessTime, file.Config.WaitingForMembersExtraTime = 30, 20, 1
	file.Config.MinClients, file.Config.InitMinClients, file.Config.GlobalBatchSizeStart, file.Config.GlobalBatchSizeEnd = 2, 2, 300, 300
	file.Model.Head.LRSchedule.Constant, file.Model.Head.Optimizer.AdamW = &config.Constant{BaseLR: 0.01}, &config.AdamW{}
	return file
}

func (s *Scene) run(t *testing.T) {
	ctx := t.Context()
	created, err := s.Creator.CreateRun(ctx, decloud.RunOptions{Spec: run.Spec{ID: RunID, Name: "digits, \u202e<img src=x>", Treasury: run.SOL}, Package: s.model.Package, File: fast()})
	require.NoError(t, err)
	_, err = s.Creator.Runs.TopUp(ctx, created.Run, 2*chain.LamportsPerSOL, s.Creator.Rounds.Wallet())
	require.NoError(t, err)
	_, err = s.Creator.Runs.AllowJoin(ctx, run.Anybody)
	require.NoError(t, err)
	_, err = s.Creator.Runs.SetPaused(ctx, created.Run, false)
	require.NoError(t, err)
	resumed, err := s.Creator.Runs.Run(ctx, RunID)
	require.NoError(t, err)
	_, err = s.Trainers[0].Runs.Join(ctx, resumed, 0, [32]byte{1})
	require.NoError(t, err)
	s.Net.Warp(time.Second)
}

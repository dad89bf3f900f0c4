package view_test

import (
	"math"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// A contest is what the client's standings say, to the lamport, and its rounds say that they are about data.
func TestContest(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx := t.Context()
	ids := s.Contest(t)
	creator := s.Creator.Rounds.Wallet()
	want, err := s.Creator.Standings(ctx, creator, cid.MustParse(scene.PackageCID))
	require.NoError(t, err)
	require.Len(t, want.Epochs, 2)
	for _, asked := range []uint64{0, 1, 2} {
		v, err := s.Reader.Contest(ctx, creator.String(), scene.PackageCID, asked)
		require.NoError(t, err)
		require.Len(t, v.Epochs, 2)
		require.Len(t, v.Miners, len(want.Miners))
		for i, m := range want.Miners {
			require.Equal(t, view.MinerView{Miner: m.Trainer.String(), Average: m.Average, Earned: view.Amount(m.Earned), Epochs: m.Epochs}, v.Miners[i])
		}
		e := want.Epochs[map[uint64]int{0: 1, 1: 0, 2: 1}[asked]]
		require.Equal(t, e.Number, v.Epoch)
		require.Len(t, v.Entries, len(e.Entries))
		for i, one := range e.Entries {
			got := v.Entries[i]
			require.Equal(t, one.Trainer.String(), got.Miner)
			require.Equal(t, []any{one.CID, one.Score, one.Scored, one.Rate, view.Amount(one.Weight), view.Amount(one.Share)},
				[]any{got.CID, got.Score, got.Scored, got.Rate, got.Weight, got.Share})
			for j := range e.Entries {
				require.Equal(t, e.Beats(i, j), map[byte]int{'w': 1, 'l': -1, '=': 0, '-': 0}[got.Pairs[j]])
			}
		}
	}
	v, err := s.Reader.Contest(ctx, creator.String(), scene.PackageCID, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"-l", "w-"}, []string{v.Entries[0].Pairs, v.Entries[1].Pairs})
	require.Equal(t, uint64(decloud.RateScale/5), v.Miners[0].Average, "0.2 of the one epoch that is over")
	require.Positive(t, v.Miners[0].Earned)
	require.Equal(t, "hf:x/<img/src=x>@1", v.Entries[0].Source)

	r, err := s.Reader.Round(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, "data", r.Task)
	require.Equal(t, 1, r.Epoch)
	for _, of := range [][2]string{{"x", scene.PackageCID}, {creator.String(), "x"}, {s.Trainers[0].Rounds.Wallet().String(), scene.PackageCID}} {
		_, err = s.Reader.Contest(ctx, of[0], of[1], 0)
		require.ErrorIs(t, err, view.ErrUnknown)
	}
	_, err = s.Reader.Contest(ctx, creator.String(), scene.PackageCID, 3)
	require.ErrorIs(t, err, view.ErrUnknown)
	require.Equal(t, view.Amount(chain.LamportsPerSOL), v.Epochs[0].Reward)
}

// A contest whose only epoch was cancelled, and none at all, are none, whatever the epoch that is asked for.
func TestNoContest(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx := t.Context()
	now, err := s.Reader.Chain.Now(ctx)
	require.NoError(t, err)
	o := round.Options{Deadline: now.Add(time.Hour), ValidationWindow: 10 * time.Minute, CommitWindow: time.Minute, MinPrevalidations: 3,
		MinPostvalidations: 3, CommitReveal: true, RewardRule: reward.WinRate}
	id, _, err := s.Creator.Rounds.CreateRound(ctx, round.Spec{ModelCID: scene.PackageCID, Reward: chain.LamportsPerSOL, Options: &o,
		Fair: &round.FairOptions{Sealed: true, PublishWindow: time.Minute, Task: round.TaskData, SubmissionSlots: 1500, OutlierTolerance: 20, Bond: 10_001, Deadline: o.Deadline}})
	require.NoError(t, err)
	_, err = s.Creator.Rounds.CancelRound(ctx, id)
	require.NoError(t, err)
	for _, creator := range []string{s.Creator.Rounds.Wallet().String(), s.Trainers[0].Rounds.Wallet().String()} {
		for _, epoch := range []uint64{0, 1, 65536, math.MaxUint64} {
			_, err = s.Reader.Contest(ctx, creator, scene.PackageCID, epoch)
			require.ErrorIs(t, err, view.ErrUnknown)
		}
	}
}

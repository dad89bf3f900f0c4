package scene

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// PackageCID stands for the package that the contest of a scene is about.
const PackageCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzda"

// Contest has the creator run a contest of two epochs, and returns their rounds' ids: both trainers submit to both, and the first
// one, which the second trainer wins, is finalized. The source of the first trainer is a text of a stranger.
func (s *Scene) Contest(t *testing.T) (ids []uint64) {
	ids = append(ids, s.epoch(t, 1))
	s.judge(t, ids[0])
	_, err := s.Creator.Rounds.FinalizeRound(t.Context(), ids[0])
	require.NoError(t, err)
	return append(ids, s.epoch(t, 2))
}

// epoch opens an epoch, and has both trainers submit to it.
func (s *Scene) epoch(t *testing.T, number uint64) uint64 {
	ctx := t.Context()
	now, err := s.Reader.Chain.Now(ctx)
	require.NoError(t, err)
	o := round.Options{Deadline: now.Add(time.Hour), ValidationWindow: 10 * time.Minute, CommitWindow: time.Minute, MinPrevalidations: 3,
		MinPostvalidations: 3, CommitReveal: true, RewardRule: reward.WinRate}
	id, _, err := s.Creator.Rounds.CreateRound(ctx, round.Spec{ModelCID: PackageCID, Reward: chain.LamportsPerSOL, Options: &o,
		Fair: &round.FairOptions{Sealed: true, PublishWindow: time.Minute, Task: round.TaskData, SubmissionSlots: 1500, OutlierTolerance: 20, Bond: 10_000 + number, Deadline: o.Deadline}})
	require.NoError(t, err)
	for i, p := range s.Trainers {
		_, err = p.Rounds.SubmitSealed(ctx, id, CIDs[i])
		require.NoError(t, err)
	}
	_, err = s.Trainers[0].Rounds.SetSource(ctx, id, "hf:x/<img/src=x>@1")
	require.NoError(t, err)
	return id
}

// judge has the validators score an epoch, until it can be finalized.
func (s *Scene) judge(t *testing.T, id uint64) {
	ctx := t.Context()
	r, err := s.Creator.Rounds.Round(ctx, id)
	require.NoError(t, err)
	s.Net.Warp(r.ScoringStarts().Sub(r.CreatedAt))
	scores := map[solana.PublicKey]uint32{round.BaseModel: 5000, s.Trainers[0].Rounds.Wallet(): 7000, s.Trainers[1].Rounds.Wallet(): 8000}
	for _, reveal := range []bool{false, true} {
		for _, v := range s.Validators {
			for subject, accuracy := range scores {
				if reveal {
					_, err = v.Rounds.Reveal(ctx, id, subject)
				} else {
					_, err = v.Rounds.CommitSealed(ctx, id, subject, accuracy)
				}
				require.NoError(t, err)
			}
		}
		s.Net.Warp(time.Minute)
	}
}

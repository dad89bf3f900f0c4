package cli

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// What belongs to data rounds is shown: the task, the rule, the slot in which submissions close, and where a submission is kept.
func TestInfoOfADataRound(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	ctx := t.Context()
	creator, trainer := apptest.Funded(t, net), apptest.Funded(t, net)
	p := apptest.Settled(t, App(), net, cars)
	now, err := creator.Chain().Now(ctx)
	require.NoError(t, err)
	const cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzd"
	o := round.Options{Deadline: now.Add(time.Hour), MinPrevalidations: 3, MinPostvalidations: 3, RewardRule: reward.WinRate}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: cid + "i", Reward: 500_000_000, Options: &o,
		Fair: &round.FairOptions{Task: round.TaskData, SubmissionSlots: 1500, OutlierTolerance: 20, Deadline: o.Deadline}})
	require.NoError(t, err)
	for range 3 {
		_, err = apptest.Funded(t, net).Prevalidate(ctx, id, 5000)
		require.NoError(t, err)
	}
	_, err = trainer.CreateTrainerProfile(ctx)
	require.NoError(t, err)
	_, err = trainer.SubmitGradient(ctx, id, cid+"j")
	require.NoError(t, err)
	_, err = trainer.SetSource(ctx, id, "hf:alice/flowers@3f1c9a0d")
	require.NoError(t, err)

	var info app.RoundDetails
	p.JSON(&info, "info", fmt.Sprint(id))
	require.Equal(t, "data", info.Task)
	require.Equal(t, "win rate", info.Rule)
	require.Positive(t, info.ClosesSlot)
	require.WithinDuration(t, now.Add(10*time.Minute), *info.Ends, time.Minute)
	require.Equal(t, "hf:alice/flowers@3f1c9a0d", info.Submissions[0].Source)
	text := p.Must("info", fmt.Sprint(id))
	for _, want := range []string{"data", "win rate", fmt.Sprintf("in slot %d, about", info.ClosesSlot), "keeps its submission at hf:alice/flowers@3f1c9a0d"} {
		require.Contains(t, text, want)
	}
	net.WarpSlots(1500)
	p.JSON(&info, "info", fmt.Sprint(id))
	require.Equal(t, round.PhaseValidating, info.Phase)
}

package decloud_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// A run of two verbs: created by one, joined by three, and taken to its end.
func TestRunByVerbs(t *testing.T) {
	world := localtest.New(t, localnet.InProcess(), localnet.WithSlotTime(5*time.Millisecond))
	creator := world.Player(t, "creator")
	model, err := localtest.Package()
	require.NoError(t, err)
	file := config.Default()
	file.Config.WarmupTime, file.Config.CooldownTime, file.Config.RoundsPerEpoch, file.Config.TotalSteps = 30, 1, 2, 2
	file.Config.MaxRoundTrainTime, file.Config.RoundWitnessTime, file.Config.WaitingForMembersExtraTime = 30, 20, 1
	file.Config.MinClients, file.Config.InitMinClients, file.Config.GlobalBatchSizeStart, file.Config.GlobalBatchSizeEnd = 2, 3, 300, 300
	file.Model.Head.LRSchedule.Constant, file.Model.Head.Optimizer.AdamW = &config.Constant{BaseLR: 0.01}, &config.AdamW{}
	created, err := creator.CreateRun(t.Context(), decloud.RunOptions{Spec: run.Spec{ID: "digits"}, Package: model, File: file})
	require.NoError(t, err)
	require.Equal(t, created.Package.String(), created.Run.PackageCID)
	_, err = creator.Runs.AllowJoin(t.Context(), run.Anybody)
	require.NoError(t, err)
	_, err = creator.Runs.SetPaused(t.Context(), created.Run, false)
	require.NoError(t, err)

	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 3 {
		mine, _, err := dataset.Split(sets.Test, 0.5, uint64(i))
		require.NoError(t, err)
		p := world.Player(t, fmt.Sprint("member", i))
		wg.Go(func() {
			if err := p.Join(ctx, member.Config{RunID: "digits", Data: mine, Poll: 50 * time.Millisecond}); err != nil {
				t.Error(err)
			}
		})
	}
	require.Eventually(t, func() bool {
		r, err := creator.Runs.Run(t.Context(), "digits")
		return err == nil && r.State == run.Finished && r.Step == 2
	}, time.Minute, 100*time.Millisecond)
	stop()
	wg.Wait()
}

func TestCreateRunRefuses(t *testing.T) {
	world := localtest.New(t, localnet.InProcess())
	creator := world.Player(t, "creator")
	model, err := localtest.Package()
	require.NoError(t, err)
	_, err = creator.CreateRun(t.Context(), decloud.RunOptions{Spec: run.Spec{ID: "x"}})
	require.ErrorContains(t, err, "Package is nil")
	_, err = creator.CreateRun(t.Context(), decloud.RunOptions{Spec: run.Spec{ID: "x"}, Package: model, File: config.Default()})
	require.ErrorIs(t, err, config.ErrInvalid)
	creator.Runs = nil
	_, err = creator.CreateRun(t.Context(), decloud.RunOptions{})
	require.ErrorIs(t, err, decloud.ErrNoRunProgram)
	require.ErrorIs(t, creator.Join(t.Context(), member.Config{}), decloud.ErrNoRunProgram)
}

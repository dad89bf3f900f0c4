package member_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// warmPackage builds the shared package outside of a bubble.
var warmPackage = func(t *testing.T) { share(t, 0, 4) }

// Four members take a run to its end: every round accepted, everybody paid.
func TestRunWithWitnesses(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(nil), run.Spec{Treasury: run.SOL}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var members []*run.Client
		for i := range 4 {
			members = append(members, s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) { c.Train, c.Evaluate = pretend(i), fixed(5000) }))
		}
		v := s.await("finished and paid", func(v *run.View) bool { return v.Run.State == run.Finished && v.Run.Owed == 0 })
		stop()
		wg.Wait()
		require.Equal(t, uint32(4), v.Run.Step)
		require.Zero(t, v.Run.FailedRounds)
		for _, m := range members {
			require.Equal(t, uint64(2_000_000), v.Roster.Slots[v.Roster.Find(m.Wallet())].Claimed, "two epochs")
		}
		require.Equal(t, 16, s.count(member.EventSubmitted))
		require.Equal(t, 16, s.count(member.EventRevealed))
		for _, e := range s.events {
			if e.Kind == member.EventPublished || e.Kind == member.EventRevealed {
				require.Len(t, e.Published, 1)
				require.NotEmpty(t, e.Published[0].VerifiedBy, "it was read back")
			}
		}
	})
}

// The same with voters, from a first model that proposers make.
func TestRunWithVoters(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		f := file(func(f *config.File) {
			f.Config.Verification, f.Config.Voters, f.Config.MinStake, f.Config.SlashBps = "vote", 1, chain.LamportsPerSOL, 1_000
		})
		s := newScene(t, f, run.Spec{Treasury: run.SOL}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Evaluate, c.Stake = pretend(i), fixed(5000), 2*chain.LamportsPerSOL
			})
		}
		v := s.await("finished and paid", func(v *run.View) bool { return v.Run.State == run.Finished && v.Run.Owed == 0 })
		stop()
		wg.Wait()
		require.False(t, v.Run.Model.IsZero())
		require.Equal(t, uint32(4), v.Run.Round)
		require.Equal(t, uint32(3), v.Run.Step, "the first round found the first model")
		require.Zero(t, v.Run.FailedRounds)
		require.Positive(t, v.Run.Paid)
	})
}

func fixed(accuracy uint32) func(context.Context, *packagefmt.Package, packagefmt.Network) (uint32, error) {
	return func(context.Context, *packagefmt.Package, packagefmt.Network) (uint32, error) { return accuracy, nil }
}

// Without hooks, with real training: the model learns.
func TestRunLearns(t *testing.T) {
	s := newScene(t, file(func(f *config.File) {
		f.Config.TotalSteps, f.Config.RoundsPerEpoch, f.Config.GlobalBatchSizeStart, f.Config.GlobalBatchSizeEnd = 1, 1, 100, 100
	}), run.Spec{}, slots(), localnet.InProcess())
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) { c.Data, c.Training.Threads, c.Poll = share(t, i, 80), 1, 100*time.Millisecond })
	}
	v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
	stop()
	wg.Wait()
	require.Equal(t, uint32(1), v.Run.Step)
	require.NotEqual(t, s.r.Model, v.Run.Model)
}

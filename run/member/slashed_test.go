package member_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// Every member has exactly min_stake, so whoever loses a round falls below it. Those
// who may put in more come back and the run ends; one that may not leaves for good.
func TestSlashedBelowMinStake(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		const stake = chain.LamportsPerSOL
		s := newScene(t, file(func(f *config.File) {
			f.Config.Verification, f.Config.Voters, f.Config.MinStake, f.Config.SlashBps = "vote", 1, stake, 1_000
			f.Config.RoundsPerEpoch, f.Config.TotalSteps = 1, 6
		}), run.Spec{Treasury: run.SOL}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var clients []*run.Client
		for i := range 4 {
			clients = append(clients, s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Evaluate, c.Stake = pretend(i), worse(), stake
				if i < 3 {
					c.MaxStake = 2 * stake
				}
			}))
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Positive(t, s.count(member.EventLeft), "somebody fell below min_stake")
		require.Greater(t, s.count(member.EventJoined), 4, "and came back")
		s.conserved(v)
		last, err := clients[3].Chain().Balance(t.Context(), clients[3].Wallet())
		require.NoError(t, err)
		require.Greater(t, last, uint64(98*chain.LamportsPerSOL), "no more than MaxStake was put in")
	})
}

// worse finds every model worse than the one before, so proposers are slashed.
func worse() func(context.Context, *packagefmt.Package, packagefmt.Network) (uint32, error) {
	accuracy := uint32(9_000)
	return func(context.Context, *packagefmt.Package, packagefmt.Network) (uint32, error) {
		accuracy--
		return accuracy, nil
	}
}

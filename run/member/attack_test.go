package member_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// huge trains to weights that are finite, and whose outputs are not.
func huge(_ context.Context, in member.Input) (packagefmt.Network, error) {
	head := packagefmt.Network{Layers: in.Head.Layers, Weights: map[string]safetensors.Tensor{}}
	for name, w := range in.Head.Weights {
		data := make([]float32, len(w.Data))
		for i := range data {
			data[i] = math.MaxFloat32
		}
		head.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
	}
	return head, nil
}

// A proposer whose update makes a model that nobody can measure: voters find it worse.
// The proposer is slashed, and no voter for being silent.
func TestUpdateThatCannotBeMeasured(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		f := file(func(f *config.File) {
			f.Config.Verification, f.Config.Voters, f.Config.MinStake, f.Config.SlashBps = "vote", 1, chain.LamportsPerSOL, 1_000
			f.Config.MaxNorm, f.Config.TotalSteps, f.Config.MaxMissed, f.Config.MinClients = 0, 4, 100, 4
		})
		s := newScene(t, f, run.Spec{Treasury: run.SOL}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Stake, c.Data = pretend(i), 2*chain.LamportsPerSOL, share(t, i, 80)
				if i == 3 {
					c.Train = func(ctx context.Context, in member.Input) (packagefmt.Network, error) {
						if in.Run.Model.IsZero() {
							return pretend(i)(ctx, in)
						}
						return huge(ctx, in)
					}
				}
			})
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Zero(t, v.Run.FailedRounds)
		require.Equal(t, uint32(4), v.Run.Round)
		against := 0
		for _, e := range s.events {
			if e.Kind == member.EventRevealed && e.Ballot.Score < 0 {
				against++
			}
		}
		require.Positive(t, against, "the proposer was not drawn to vote in every round")
		s.conserved(v)
	})
}

// Training that takes longer than its round ends with it: the member takes part in the
// next one.
func TestTrainingEndsWithItsRound(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(func(f *config.File) { f.Config.TotalSteps, f.Config.RoundsPerEpoch, f.Config.MaxMissed = 2, 2, 100 }), run.Spec{}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var ended atomic.Int32
		var slow *run.Client
		for i := range 4 {
			c := s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Evaluate = pretend(i), fixed(5000)
				if i == 3 {
					c.Train = func(train context.Context, in member.Input) (packagefmt.Network, error) {
						if in.Run.Round > 1 {
							return pretend(i)(train, in)
						}
						<-train.Done()
						if ctx.Err() == nil {
							ended.Add(1)
						}
						return packagefmt.Network{}, context.Cause(train)
					}
				}
			})
			if i == 3 {
				slow = c
			}
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Equal(t, int32(1), ended.Load())
		require.Equal(t, uint16(1), v.Roster.Slots[v.Roster.Find(slow.Wallet())].Included, "of the second round")
	})
}

// A node whose list of accounts lags behind what it says of the run: its member waits
// for the others' updates, and does not vote without them.
func TestNodeThatLags(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(func(f *config.File) { f.Config.TotalSteps, f.Config.RoundsPerEpoch = 2, 2 }), run.Spec{}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var lists atomic.Int32
		for i := range 4 {
			s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Evaluate = pretend(i), fixed(5000)
				if i == 3 {
					c.Runs = s.behindNode(func(c chaintest.Call) (*http.Response, error) {
						if c.Method == "getProgramAccounts" && lists.Add(1)%2 == 1 {
							return c.Result(`{"context":{"slot":1},"value":[]}`)
						}
						return nil, nil
					})
				}
			})
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Zero(t, v.Run.FailedRounds)
		for i, slot := range v.Roster.Slots[:4] {
			require.Equal(t, uint16(2), slot.Included, "slot %d", i)
		}
		require.GreaterOrEqual(t, lists.Load(), int32(4))
	})
}

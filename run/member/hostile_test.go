package member_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// halfway serves the first half of everything, and then breaks off.
type halfway struct{ cars *storage.CARDir }

func (h halfway) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	whole, err := h.cars.Fetch(ctx, root)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(whole)
	if err := errors.Join(err, whole.Close()); err != nil {
		return nil, err
	}
	broken, w := io.Pipe()
	go func() {
		_, _ = w.Write(b[:len(b)/2])
		_ = w.CloseWithError(errors.New("connection reset"))
	}()
	return broken, nil
}

// A peer that serves half of what it is asked for delays a member, and no more: no
// half of a package is ever used.
func TestPeerThatServesHalf(t *testing.T) {
	v, odd := fourMembers(t, func(s *scene) *storage.Store {
		cars := storage.NewCARDir(filepath.Join(s.dir, "cars"))
		store, err := storage.Open(storage.Config{
			Dir: filepath.Join(s.dir, "odd"), Fetchers: []storage.Fetcher{halfway{cars}, cars}, Pushers: []storage.Pusher{cars}, NoSync: true, NoFetchBack: true,
		})
		require.NoError(t, err)
		return store
	})
	require.Equal(t, uint32(2), v.Run.Step)
	require.Zero(t, v.Run.FailedRounds)
	require.Equal(t, run.Active, v.Roster.Slots[v.Roster.Find(odd.Wallet())].Status)
}

// withFault runs a run to its end with a fourth member whose node has faults.
func withFault(t *testing.T, fault func(start time.Time) func(chaintest.Call) (*http.Response, error)) (s *scene, v *run.View) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s = newScene(t, file(func(f *config.File) { f.Config.MaxMissed, f.Config.TotalSteps, f.Config.InitMinClients = 100, 2, 3 }), run.Spec{}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Evaluate = pretend(i), fixed(5000)
				if i == 3 {
					c.Runs = s.behindNode(fault(time.Now()))
				}
			})
		}
		v = s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		s.once()
	})
	return s, v
}

// behindNode is a client whose calls go through a node with faults.
func (s *scene) behindNode(fault func(chaintest.Call) (*http.Response, error)) *run.Client {
	key := chaintest.Keypair(s.t)
	require.NoError(s.t, s.net.Fund(key.PublicKey(), 100*chain.LamportsPerSOL))
	route := chaintest.InProcess(s.net.RPC())
	route.PollInterval = 10 * time.Millisecond
	route.ViaNode().Inject(fault)
	c, err := run.NewClient(run.Config{Chain: route.Client(s.t, key), Program: run.LocalProgram})
	require.NoError(s.t, err)
	return c
}

// A node that is down again and again: its member misses what it misses, and the run
// goes on.
func TestChainDown(t *testing.T) {
	_, v := withFault(t, func(start time.Time) func(chaintest.Call) (*http.Response, error) {
		return func(c chaintest.Call) (*http.Response, error) {
			if time.Since(start)/(4*time.Second)%2 == 1 {
				return nil, chaintest.ErrLine
			}
			return nil, nil
		}
	})
	require.Equal(t, uint32(2), v.Run.Step)
}

// A node that loses every second answer to a transaction: nothing is done twice.
func TestNodeLosesAnswers(t *testing.T) {
	_, v := withFault(t, func(time.Time) func(chaintest.Call) (*http.Response, error) {
		return func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "sendTransaction" && c.Number%2 == 1 {
				return c.Lose()
			}
			return nil, nil
		}
	})
	require.Equal(t, uint32(2), v.Run.Step)
}

// A lying node that says that the run's accounts do not exist: its member does
// nothing, and the others finish.
func TestLyingNode(t *testing.T) {
	s, v := withFault(t, func(time.Time) func(chaintest.Call) (*http.Response, error) {
		return func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getMultipleAccounts" {
				return c.Result(`{"context":{"slot":1},"value":[null,null,null,null,null]}`)
			}
			return nil, nil
		}
	})
	require.Equal(t, uint32(2), v.Run.Step)
	require.Equal(t, 3, v.Roster.Count(run.Active))
	require.Positive(t, s.count(member.EventFailed), "the member says what its node answered")
}

// Members' own clocks do not matter: rounds go by the chain's, which a test can set
// hours ahead of theirs.
func TestClocksHoursOff(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(func(f *config.File) { f.Config.TotalSteps = 2 }), run.Spec{}, localnet.InProcess())
		s.net.Warp(7 * time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) { c.Train, c.Evaluate = pretend(i), fixed(5000) })
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Equal(t, uint32(2), v.Run.Step)
		require.Zero(t, v.Run.FailedRounds)
	})
}

// A wallet that goes silent for good after it joined is dropped and blocks nobody.
func TestDeadWallet(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(func(f *config.File) { f.Config.TotalSteps, f.Config.RoundsPerEpoch, f.Config.PruneAfter = 3, 3, 36_000 }), run.Spec{}, localnet.InProcess())
		dead := s.client()
		r, err := dead.Run(t.Context(), "scene")
		require.NoError(t, err)
		_, err = dead.Join(t.Context(), r, 0, [32]byte{})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 3 {
			s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) { c.Train, c.Evaluate = pretend(i), fixed(5000) })
		}
		v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
		require.Equal(t, uint32(3), v.Run.Step)
		require.Equal(t, run.Dropped, v.Roster.Slots[v.Roster.Find(dead.Wallet())].Status)
	})
}

// Updates that are clipped and have noise make a model too, and each member is told
// what it reveals over all rounds.
func TestPrivateUpdates(t *testing.T) {
	s := newScene(t, file(func(f *config.File) { f.Config.TotalSteps, f.Config.RoundsPerEpoch = 1, 1 }), run.Spec{}, slots(), localnet.InProcess())
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
			c.Data, c.Poll = share(t, i, 80), 100*time.Millisecond
			c.Training = fit.Options{Threads: 1, Privacy: &fit.Privacy{MaxNorm: 1, NoiseMultiplier: 2, Releases: 1}}
		})
	}
	v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
	stop()
	wg.Wait()
	require.Equal(t, uint32(1), v.Run.Step)
	told := 0
	for _, e := range s.events {
		if e.Kind == member.EventSubmitted {
			told++
			require.NotNil(t, e.Result.Privacy)
			require.InDelta(t, fit.GaussianEpsilon(2, 1e-5, 1), e.Result.Privacy.Epsilon, 1e-9)
		}
	}
	require.Equal(t, 4, told)
}

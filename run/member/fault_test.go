package member_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

// deadGateway serves nothing.
type deadGateway struct{}

func (deadGateway) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	return nil, errors.New("503 Service Unavailable")
}

// fourMembers runs a run to its end with a fourth member whose store is made by
// open.
func fourMembers(t *testing.T, open func(s *scene) *storage.Store) (v *run.View, odd *run.Client) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(func(f *config.File) { f.Config.PruneAfter, f.Config.TotalSteps = 36_000, 2 }), run.Spec{}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			c := s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
				c.Train, c.Evaluate = pretend(i), fixed(5000)
				if i == 3 {
					c.Store = open(s)
				}
			})
			if i == 3 {
				odd = c
			}
		}
		v = s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
		stop()
		wg.Wait()
	})
	return v, odd
}

// A member that submits and never serves its update harms only itself: rounds go on
// without it, and it is ejected.
func TestUpdateThatNobodyCanFetch(t *testing.T) {
	v, odd := fourMembers(t, func(s *scene) *storage.Store {
		nowhere := storage.NewCARDir(filepath.Join(s.dir, "nowhere"))
		store, err := storage.Open(storage.Config{
			Dir: filepath.Join(s.dir, "odd"), Fetchers: []storage.Fetcher{storage.NewCARDir(filepath.Join(s.dir, "cars"))}, Pushers: []storage.Pusher{nowhere}, NoSync: true,
		})
		require.NoError(t, err)
		return store
	})
	require.Equal(t, uint32(2), v.Run.Step)
	require.Zero(t, v.Run.FailedRounds)
	require.Equal(t, run.Ejected, v.Roster.Slots[v.Roster.Find(odd.Wallet())].Status)
}

// One dead gateway of two delays a member, and no more.
func TestDeadGateway(t *testing.T) {
	v, odd := fourMembers(t, func(s *scene) *storage.Store {
		cars := storage.NewCARDir(filepath.Join(s.dir, "cars"))
		store, err := storage.Open(storage.Config{
			Dir: filepath.Join(s.dir, "odd"), Fetchers: []storage.Fetcher{deadGateway{}, cars}, Pushers: []storage.Pusher{cars}, NoSync: true,
		})
		require.NoError(t, err)
		return store
	})
	require.Equal(t, uint32(2), v.Run.Step)
	require.Equal(t, run.Active, v.Roster.Slots[v.Roster.Find(odd.Wallet())].Status)
}

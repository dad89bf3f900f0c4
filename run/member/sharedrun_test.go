package member_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Members who share a data set need none of their own; one whose first peer serves half
// of everything trains like the others.
func TestRunOnSharedData(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, dataset.SaveIDX(dir, share(t, 0, 40).(dataset.Described)))
	root, err := storage.CID(t.Context(), os.DirFS(dir), storage.Default)
	require.NoError(t, err)
	s := newScene(t, file(func(f *config.File) {
		f.Data.Location, f.Data.Dataset = "shared", root.String()
		f.Config.TotalSteps, f.Config.RoundsPerEpoch, f.Config.GlobalBatchSizeStart, f.Config.GlobalBatchSizeEnd = 1, 1, 40, 40
	}), run.Spec{}, slots(), localnet.InProcess())
	require.Equal(t, root, s.publish(os.DirFS(dir)))
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
			c.Training.Threads, c.Poll = 1, 100*time.Millisecond
			if i == 3 {
				cars := storage.NewCARDir(filepath.Join(s.dir, "cars"))
				c.Store, err = storage.Open(storage.Config{
					Dir: filepath.Join(s.dir, "odd"), Fetchers: []storage.Fetcher{halfway{cars}, cars}, Pushers: []storage.Pusher{cars}, NoSync: true, NoFetchBack: true,
				})
				require.NoError(t, err)
			}
		})
	}
	v := s.await("finished", func(v *run.View) bool { return v.Run.State == run.Finished })
	stop()
	wg.Wait()
	require.Equal(t, uint32(1), v.Run.Step)
	require.Equal(t, 4, s.count(member.EventSubmitted))
	require.NotEqual(t, s.r.Model, v.Run.Model)
}

package member

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
)

// hanging never answers about what it does not have, as gateways do that look for
// peers, and has everything a little later.
type hanging struct {
	cars  *storage.CARDir
	nones map[cid.Cid]bool
	since time.Time
}

func (h hanging) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	if h.nones[root] {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	if time.Since(h.since) < 200*time.Millisecond {
		return nil, storage.ErrNotFound // its member publishes it while others look for it already
	}
	return h.cars.Fetch(ctx, root)
}

// Strangers submit digests of nothing, before everybody else, and the source hangs over
// each. The others' updates are fetched all the same, in the time that there is.
func TestUpdatesBehindDigestsThatHang(t *testing.T) {
	for _, strangers := range []int{1, 8, 16, 60, 240} {
		t.Run(fmt.Sprint(strangers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := hanging{storage.NewCARDir(t.TempDir()), map[cid.Cid]bool{}, time.Now()}
				open := func() *storage.Store {
					store, err := storage.Open(storage.Config{
						Dir: filepath.Join(t.TempDir(), "blocks"), Fetchers: []storage.Fetcher{source}, Pushers: []storage.Pusher{source.cars}, NoSync: true, NoFetchBack: true,
					})
					require.NoError(t, err)
					return store
				}
				var all []submitted
				for i := range strangers {
					u := submitted{slot: i, update: run.Update{Digest: sha256.Sum256(fmt.Append(nil, i))}}
					source.nones[CID(u.update.Digest)] = true
					all = append(all, u)
				}
				member := open()
				for i := range 3 {
					root, err := member.Add(t.Context(), memfs.FS{"config.json": fmt.Append(nil, i)})
					require.NoError(t, err)
					_, err = member.Push(t.Context(), root)
					require.NoError(t, err)
					digest, err := Digest(root)
					require.NoError(t, err)
					all = append(all, submitted{slot: strangers + i, update: run.Update{Digest: digest}})
				}
				w := &Worker{cfg: Config{Store: open()}.withDefaults()}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				got, missing := w.gather(ctx, all, 1<<20)
				require.Error(t, missing)
				require.Equal(t, 3, got.Len())
				for i := range 3 {
					require.True(t, got.Has(strangers+i))
				}
			})
		})
	}
}

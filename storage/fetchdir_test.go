package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// listSource lists and serves the plain files of one root.
type listSource struct {
	list    []storage.DirFile
	body    func(path string, offset int64) (io.ReadCloser, error)
	mu      sync.Mutex
	offsets []int64 // of the requests
}

// filesOf serves tree, honestly.
func filesOf(tree fstest.MapFS) *listSource {
	s := &listSource{}
	for path, f := range tree {
		s.list = append(s.list, storage.DirFile{Path: path, Size: int64(len(f.Data))})
	}
	slices.SortFunc(s.list, func(a, b storage.DirFile) int { return strings.Compare(a.Path, b.Path) })
	s.body = func(path string, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(tree[path].Data[offset:])), nil
	}
	return s
}

func (s *listSource) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	panic("a source of plain files has no CAR")
}

func (s *listSource) ListFiles(context.Context, cid.Cid) iter.Seq2[storage.DirFile, error] {
	return func(yield func(storage.DirFile, error) bool) {
		for _, f := range s.list {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (s *listSource) FetchFileFrom(_ context.Context, _ cid.Cid, path string, offset int64) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offsets = append(s.offsets, offset)
	return s.body(path, offset)
}

var rows = fstest.MapFS{
	"data.json": {Data: []byte("{}")}, "data.jsonl": {Data: bytes.Repeat([]byte("a row of a data set\n"), 200_000)},
	"train/a/1.png": {Data: []byte("one")}, "train/b/1.png": {Data: nil},
}

func rootOf(t *testing.T, tree fs.FS, p storage.Profile) cid.Cid {
	root, err := storage.CID(context.Background(), tree, p)
	require.NoError(t, err)
	return root
}

func TestFetchPlainFiles(t *testing.T) {
	t.Parallel()
	for _, p := range storage.Profiles() {
		dir := t.TempDir()
		s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{filesOf(rows)}})
		got, err := s.Fetch(context.Background(), rootOf(t, rows, p))
		require.NoError(t, err, p.Name)
		for path, f := range rows {
			data, err := fs.ReadFile(got, path)
			require.NoError(t, err)
			require.True(t, bytes.Equal(f.Data, data), path)
		}
		require.Empty(t, temporaries(t, dir))
	}
}

// temporaries lists what lies in a store's temporary directory.
func temporaries(t *testing.T, dir string) []string {
	list, err := filepath.Glob(filepath.Join(dir, "*", "files-*"))
	require.NoError(t, err)
	return list
}

// Names and sizes are checked before any file is asked for.
func TestHostileLists(t *testing.T) {
	t.Parallel()
	root := rootOf(t, rows, storage.Default)
	of := func(paths ...string) (list []storage.DirFile) {
		for _, p := range paths {
			list = append(list, storage.DirFile{Path: p, Size: 1})
		}
		return list
	}
	many := make([]storage.DirFile, 300)
	for i := range many {
		many[i].Path = strings.Repeat("a", i%200+1) + "/" + strings.Repeat("b", i/200+1)
	}
	for title, c := range map[string]struct {
		list []storage.DirFile
		want error
	}{
		"dot dot":                         {of("a/../../b"), storage.ErrUnsafeName},
		"absolute":                        {of("/etc/passwd"), storage.ErrUnsafeName},
		"backslash":                       {of(`..\b`), storage.ErrUnsafeName},
		"drive":                           {of("c:/b"), storage.ErrUnsafeName},
		"NUL":                             {of("a\x00b"), storage.ErrUnsafeName},
		"empty":                           {of(""), storage.ErrUnsafeName},
		"the root":                        {of("."), storage.ErrUnsafeName},
		"trailing slash":                  {of("a/"), storage.ErrUnsafeName},
		"device":                          {of("a/CON.txt"), storage.ErrUnsafeName},
		"long name":                       {of(strings.Repeat("a", 256)), storage.ErrUnsafeName},
		"long path":                       {of(strings.Repeat("a/", 2048) + "a"), storage.ErrUnsafeName},
		"twice":                           {of("a", "a"), storage.ErrUnsafeName},
		"files that differ in case":       {of("a", "A"), storage.ErrUnsafeName},
		"directories that differ in case": {of("a/b", "A/c"), storage.ErrUnsafeName},
		"accents":                         {of("\u00e9", "e\u0301"), storage.ErrUnsafeName},
		"file, then directory":            {of("a", "a/b"), storage.ErrUnsafeName},
		"directory, then file":            {of("a/b", "a"), storage.ErrUnsafeName},
		"deep":                            {of(strings.Repeat("a/", 64) + "a"), storage.ErrTooLarge},
		"many":                            {many, storage.ErrTooLarge},
		"long paths":                      {of(slices.Collect(longPaths(20))...), storage.ErrTooLarge},
		"a large file":                    {[]storage.DirFile{{Path: "a", Size: 1<<20 + 1}}, storage.ErrTooLarge},
		"large in all":                    {[]storage.DirFile{{Path: "a", Size: 1 << 19}, {Path: "b", Size: 1<<19 + 1}}, storage.ErrTooLarge},
		"a sum that overflows":            {[]storage.DirFile{{Path: "a", Size: 1}, {Path: "b", Size: 1<<63 - 1}}, storage.ErrTooLarge},
		"a negative size":                 {[]storage.DirFile{{Path: "a", Size: -1}}, storage.ErrTooLarge},
	} {
		t.Run(title, func(t *testing.T) {
			f := filesOf(rows)
			f.list = c.list
			s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{f}, MaxNodes: 250, MaxBytes: 1 << 20})
			_, err := s.Fetch(context.Background(), root)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, f.offsets, "nothing was fetched")
		})
	}
}

// longPaths yields n paths of some 3,800 bytes in one directory.
func longPaths(n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(strings.Repeat(strings.Repeat("d", 190)+"/", 20) + strings.Repeat("f", i+1)) {
				return
			}
		}
	}
}

// A content for which there is no room is refused before it is fetched.
func TestNoRoomForPlainFiles(t *testing.T) {
	t.Parallel()
	f := filesOf(rows)
	s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{f}, CacheBytes: 1 << 20})
	_, err := s.Fetch(context.Background(), rootOf(t, rows, storage.Default))
	require.ErrorIs(t, err, storage.ErrNoRoom)
	require.Empty(t, f.offsets)
}

// cut is a body that ends with an error after n bytes.
func cut(data []byte, n int) io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader(data[:min(n, len(data))]), failingReader{}))
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// Answers break off after 1.5 MiB: the next goes on from there, and as long as there
// is progress no attempt counts.
func TestPlainFilesResume(t *testing.T) {
	t.Parallel()
	for title, ranges := range map[string]bool{"by ranges": true, "from the start": false} {
		t.Run(title, func(t *testing.T) {
			f := filesOf(rows)
			broken, large := 0, []int64{} // offsets at which the large file was asked for
			f.body = func(path string, offset int64) (io.ReadCloser, error) {
				data := rows[path].Data
				if path != "data.jsonl" {
					return io.NopCloser(bytes.NewReader(data[offset:])), nil
				}
				large = append(large, offset)
				switch {
				case offset > 0 && !ranges:
					return nil, storage.ErrUnsupported
				case broken < 2:
					broken++
					return cut(data[offset:], 3<<19), nil
				}
				return io.NopCloser(bytes.NewReader(data[offset:])), nil
			}
			s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{f}, Retry: storage.Retry{Attempts: 2, Base: time.Millisecond}})
			_, err := s.Fetch(context.Background(), rootOf(t, rows, storage.Default))
			require.NoError(t, err)
			if ranges {
				require.Equal(t, []int64{0, 3 << 19, 6 << 19}, large)
			} else {
				require.Equal(t, []int64{0, 3 << 19, 0, 3 << 19, 0}, large)
			}
		})
	}
}

// What the source says and what it sends differ, or the content is another's.
func TestLyingPlainFiles(t *testing.T) {
	t.Parallel()
	root := rootOf(t, rows, storage.Default)
	for title, c := range map[string]struct {
		body func(path string, offset int64) (io.ReadCloser, error)
		want error
	}{
		"longer than listed": {func(path string, _ int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(append(slices.Clone(rows[path].Data), 'x'))), nil
		}, storage.ErrCorrupt},
		"endless": {func(string, int64) (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }, storage.ErrCorrupt},
		"shorter than listed": {func(path string, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(rows[path].Data[offset:max(offset, int64(len(rows[path].Data))-1)])), nil
		}, storage.ErrIncomplete},
		"other bytes": {func(path string, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(io.LimitReader(zeros{}, int64(len(rows[path].Data))-offset)), nil
		}, storage.ErrCIDMismatch},
		"gone": {func(string, int64) (io.ReadCloser, error) { return nil, storage.ErrNotFound }, storage.ErrNotFound},
	} {
		t.Run(title, func(t *testing.T) {
			f, dir := filesOf(rows), t.TempDir()
			f.body = c.body
			s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{f}, Retry: storage.Retry{Attempts: 2, Base: time.Millisecond}})
			_, err := s.Fetch(context.Background(), root)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, root.String())
			require.Less(t, len(f.offsets), 9)
			require.Empty(t, temporaries(t, dir))
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A source that sends a byte now and then is given up, and no goroutine stays.
func TestPlainFilesDrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := filesOf(rows)
		f.body = func(string, int64) (io.ReadCloser, error) { return io.NopCloser(dripping{}), nil }
		s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{f}, Retry: storage.Retry{Attempts: 1}})
		start := time.Now()
		f.list = f.list[1:2]
		_, err := s.Fetch(context.Background(), rootOf(t, rows, storage.Default))
		require.ErrorIs(t, err, storage.ErrIncomplete)
		require.Less(t, time.Since(start), 40*time.Second)
	})
}

type dripping struct{}

func (dripping) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return copy(p, "x"), nil
}

func TestPlainFilesPanic(t *testing.T) {
	t.Parallel()
	f := filesOf(rows)
	f.body = func(string, int64) (io.ReadCloser, error) { panic("a driver's bug") }
	s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{f}, Retry: storage.Retry{Attempts: 1}})
	_, err := s.Fetch(context.Background(), rootOf(t, rows, storage.Default))
	var p *storage.PanicError
	require.ErrorAs(t, err, &p)
}

// A source named for one fetch is asked beside those of the configuration, and no
// other fetch knows it.
func TestAlsoFrom(t *testing.T) {
	t.Parallel()
	ctx, root := context.Background(), rootOf(t, rows, storage.Default)
	other := filesOf(fstest.MapFS{"data.json": {Data: []byte("forged")}})
	for title, fetchers := range map[string][]storage.Fetcher{"no other source": nil, "others that fail": {other, storage.NewCARDir(t.TempDir())}} {
		t.Run(title, func(t *testing.T) {
			s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: fetchers})
			_, err := s.Fetch(ctx, root)
			require.Error(t, err)
			_, err = s.Fetch(ctx, root, storage.AlsoFrom(other), storage.AlsoFrom(filesOf(rows)))
			require.NoError(t, err)
			inMemory := open(t, storage.Config{Dir: t.TempDir(), Fetchers: fetchers})
			_, err = inMemory.Fetch(ctx, root, storage.AlsoFrom(filesOf(rows)), storage.KeepInMemory())
			require.NoError(t, err)
		})
	}
}

func TestPlainFilesAreLocated(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t, storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{filesOf(rows), filesOf(fstest.MapFS{})}})
	list, err := s.Locate(ctx, rootOf(t, rows, storage.Default))
	require.NoError(t, err)
	require.NoError(t, list[0].Err)
	require.ErrorIs(t, list[1].Err, storage.ErrCIDMismatch)
}

// dirTarget takes files and serves them: one that drops a file is noticed.
type dirTarget struct {
	*listSource
	drop string
}

func (d *dirTarget) Push(context.Context, cid.Cid, io.Reader) (storage.Receipt, error) {
	return storage.Receipt{}, storage.ErrUnsupported
}

func (d *dirTarget) PushDir(_ context.Context, _ cid.Cid, fsys fs.FS) (storage.Receipt, error) {
	tree := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path == d.drop {
			return err
		}
		data, err := fs.ReadFile(fsys, path)
		tree[path] = &fstest.MapFile{Data: data}
		return err
	})
	d.listSource = filesOf(tree)
	return storage.Receipt{}, err
}

func TestPushedFilesAreReadBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, drop := range []string{"", "train/a/1.png"} {
		s := open(t, storage.Config{Dir: t.TempDir(), Pushers: []storage.Pusher{&dirTarget{drop: drop}}, FetchBackWait: time.Nanosecond})
		root, err := s.Add(ctx, rows)
		require.NoError(t, err)
		receipts, err := s.Push(ctx, root)
		if drop == "" {
			require.NoError(t, err)
			require.NotEmpty(t, receipts[0].VerifiedBy)
		} else {
			require.ErrorIs(t, err, storage.ErrCIDMismatch)
		}
	}
}

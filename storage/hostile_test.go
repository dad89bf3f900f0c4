package storage_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

func TestHostileSource(t *testing.T) {
	t.Parallel()
	storagetest.TestFetcher(t, storagetest.FetcherOptions{}, func(_ *testing.T, content storagetest.Source) storage.Fetcher { return content })
}

func TestHostileCARDir(t *testing.T) {
	t.Parallel()
	storagetest.TestFetcher(t, storagetest.FetcherOptions{FiniteOnly: true}, func(t *testing.T, content storagetest.Source) storage.Fetcher {
		dir := t.TempDir()
		for root, open := range content {
			data, err := io.ReadAll(open())
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, root.String()+".car"), data, 0o644))
		}
		return storage.NewCARDir(dir)
	})
}

func TestPushCARDir(t *testing.T) {
	t.Parallel()
	storagetest.TestPusher(t, func(t *testing.T) (storage.Pusher, storage.Fetcher) {
		d := storage.NewCARDir(filepath.Join(t.TempDir(), "not", "there", "yet"))
		return d, d
	})
}

// A foreign block in addition to the content is ignored and not kept.
func TestForeignBlockIsDropped(t *testing.T) {
	foreign := []byte("not of this package")
	root, car := storagetest.Honest()
	stranger := cid.NewCidV1(cid.Raw, sha256Multihash(t, foreign))
	header := len(storagetest.CAR([]cid.Cid{root}, nil))
	data := slices.Concat(storagetest.CAR([]cid.Cid{root}, []storagetest.Block{{CID: stranger, Data: foreign}}), car[header:])
	dir := t.TempDir()
	s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{storagetest.Source{root: func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }}}})
	_, err := s.Fetch(context.Background(), root)
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		require.NotEqual(t, foreign, data)
		return err
	}))
}

func identity(t *testing.T, data []byte) multihash.Multihash {
	t.Helper()
	h, err := multihash.Sum(data, multihash.IDENTITY, -1)
	require.NoError(t, err)
	return h
}

func sha256Multihash(t *testing.T, data []byte) multihash.Multihash {
	t.Helper()
	h, err := multihash.Sum(data, multihash.SHA2_256, -1)
	require.NoError(t, err)
	return h
}

// A source that sends one byte every ten seconds is given up although it is
// never silent: progress is counted in whole blocks.
func TestSlowDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root, car := storagetest.Honest()
		drip := storagetest.Source{root: func() io.ReadCloser { return &dripBody{data: car} }}
		s := open(t, storage.Config{Fetchers: []storage.Fetcher{drip}, StallTimeout: 30 * time.Second, Retry: storage.Retry{Attempts: 1}})
		start := time.Now()
		_, err := s.Fetch(context.Background(), root)
		require.ErrorIs(t, err, storage.ErrIncomplete)
		require.ErrorContains(t, err, "stalled")
		require.Less(t, time.Since(start), 2*time.Minute)
	})
}

type dripBody struct{ data []byte }

func (d *dripBody) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Second)
	if len(d.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:1], d.data)
	d.data = d.data[n:]
	return n, nil
}

func (d *dripBody) Close() error { return nil }

// A fetch resumes after a truncated stream: the second source needs only the
// rest.
func TestResumeAfterTruncation(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	var full = storage.NewCARDir(t.TempDir())
	maker := open(t, storage.Config{Pushers: []storage.Pusher{full}})
	root, err := maker.Add(ctx, fixture())
	require.NoError(t, err)
	_, err = maker.Push(ctx, root)
	require.NoError(t, err)
	read := func() io.ReadCloser {
		rc, err := full.Fetch(ctx, root)
		require.NoError(t, err)
		return rc
	}
	half := storagetest.Source{root: func() io.ReadCloser {
		return struct {
			io.Reader
			io.Closer
		}{io.LimitReader(read(), 3<<20), io.NopCloser(nil)}
	}}
	_, err = open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{half}, Retry: storage.Retry{Attempts: 1}}).Fetch(ctx, root)
	require.ErrorIs(t, err, storage.ErrIncomplete)
	var got int64
	s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{storagetest.Source{root: read}}, OnProgress: func(p storage.Progress) { got = p.Bytes }})
	fsys, err := s.Fetch(ctx, root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)
	require.NotZero(t, got)
}

func TestParseCID(t *testing.T) {
	v1 := "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
	good := map[string]string{v1: v1, "ipfs://" + v1: v1, "/ipfs/" + v1: v1, "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn": "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"}
	for in, want := range good {
		c, err := storage.ParseCID(in)
		require.NoError(t, err, in)
		require.Equal(t, want, c.String())
	}
	long := make([]byte, 1<<20)
	for _, in := range []string{"", " ", "bafy", v1 + "/config.json", v1 + "?x", " " + v1, string(long), "Qm", "ipfs://", "../" + v1,
		cid.NewCidV1(cid.DagCBOR, cid.MustParse(v1).Hash()).String(),
		cid.NewCidV1(cid.Raw, identity(t, make([]byte, 129))).String()} {
		_, err := storage.ParseCID(in)
		require.ErrorIs(t, err, storage.ErrUnsupported, "%.40q", in)
	}
}

// A source that repeatedly sends foreign blocks and breaks off makes no
// progress: it is given up like any failing source and wins no race.
func TestForeignBlocksAreNoProgress(t *testing.T) {
	root, _ := storagetest.Honest()
	foreign := pseudo(1<<20, 7)
	car := storagetest.CAR([]cid.Cid{root}, []storagetest.Block{{CID: cid.NewCidV1(cid.Raw, sha256Multihash(t, foreign)), Data: foreign}})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		calls, reported := 0, int64(0)
		s := open(t, storage.Config{OnProgress: func(p storage.Progress) { reported += p.Bytes }, Fetchers: []storage.Fetcher{storagetest.Source{root: func() io.ReadCloser {
			calls++
			return io.NopCloser(io.MultiReader(bytes.NewReader(car), readFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })))
		}}}})
		_, err := s.Fetch(ctx, root)
		require.ErrorIs(t, err, storage.ErrIncomplete)
		require.Equal(t, 4, calls)
		require.Zero(t, reported)
	})
}

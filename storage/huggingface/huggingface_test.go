package huggingface_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

const (
	writer = "hf_s3cr3tOfTheWriter"
	reader = "hf_s3cr3tOfTheReader"
	repo   = "alice/rows"
)

// rows is a data set with files of every kind: empty, text, in directories, large,
// and with names that need escaping.
var rows = fstest.MapFS{
	"data.json": {Data: []byte(`{"version": 1}`)}, "data.jsonl": {Data: []byte(strings.Repeat("{\"x\": [1, 2]}\n", 500))},
	"train/a/1.png": {Data: []byte("\x89PNG one")}, "train/b/1.png": {Data: []byte("\x89PNG two")}, "train/b/same.png": {Data: []byte("\x89PNG two")},
	"empty.txt": {Data: nil}, "empty.png": {Data: nil}, "ü 100% #1+2.txt": {Data: []byte("odd")}, "large.bin": {Data: bytes.Repeat([]byte("0123456789abcdef"), 40_000)},
}

func start(t *testing.T) *hubtest.Hub {
	h := hubtest.Start()
	t.Cleanup(h.Close)
	t.Cleanup(func() { require.Zero(t, h.Leaked(), "the token stays with the hub") })
	h.AddToken(writer, true)
	h.AddToken(reader, false)
	return h
}

func options(h *hubtest.Hub, token string) huggingface.Options {
	return huggingface.Options{Endpoint: h.API.URL, Token: storage.NewSecret(token)}
}

func dataset(t *testing.T, o huggingface.Options) *huggingface.Dataset {
	d, err := huggingface.New(repo, o)
	require.NoError(t, err)
	t.Cleanup(d.CloseIdle)
	return d
}

func revision(t *testing.T, source string, o huggingface.Options) *huggingface.Revision {
	r, err := huggingface.Open(source, o)
	require.NoError(t, err)
	t.Cleanup(r.CloseIdle)
	return r
}

func open(t *testing.T, cfg storage.Config) *storage.Store {
	cfg.Dir = t.TempDir()
	cfg.Retry.Base = max(cfg.Retry.Base, time.Millisecond)
	cfg.FetchBackWait, cfg.NoSync = time.Millisecond, true
	s, err := storage.Open(cfg)
	require.NoError(t, err)
	return s
}

func rootOf(t *testing.T, tree fs.FS) cid.Cid {
	root, err := storage.CID(context.Background(), tree, storage.Default)
	require.NoError(t, err)
	return root
}

// push publishes tree as a miner does, and returns the source.
func push(t *testing.T, d *huggingface.Dataset, tree fstest.MapFS) (string, error) {
	s := open(t, storage.Config{Pushers: []storage.Pusher{d}, Retry: storage.Retry{Attempts: 2}})
	root, err := s.Add(context.Background(), tree)
	require.NoError(t, err)
	receipts, err := s.Push(context.Background(), root)
	if err != nil {
		return "", err
	}
	require.Equal(t, d.String(), receipts[0].VerifiedBy)
	return receipts[0].ID, nil
}

func fetch(t *testing.T, tree fstest.MapFS, from storage.Fetcher) error {
	s := open(t, storage.Config{Fetchers: []storage.Fetcher{from}, Retry: storage.Retry{Attempts: 2}})
	got, err := s.Fetch(context.Background(), rootOf(t, tree))
	if err != nil {
		return err
	}
	for path, f := range tree {
		data, err := fs.ReadFile(got, path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(f.Data, data), path)
	}
	return nil
}

func content(tree fstest.MapFS) map[string][]byte {
	files := map[string][]byte{}
	for path, f := range tree {
		files[path] = f.Data
	}
	return files
}

// What is pushed, is fetched by the source and by the CID: public data sets without a
// token, private ones with one.
func TestPushAndFetch(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		private  bool
		partSize int64
	}{"public": {false, 0}, "private, in parts": {true, 100_000}} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			h.Set(func(h *hubtest.Hub) { h.PartSize, h.PageSize = c.partSize, 3 })
			o := options(h, writer)
			o.Private = c.private
			source, err := push(t, dataset(t, o), rows)
			require.NoError(t, err)
			parsed, err := huggingface.ParseSource(source)
			require.NoError(t, err)
			require.Equal(t, repo, parsed.Repo)
			got := h.Files(repo, parsed.Revision)
			delete(got, ".gitattributes")
			require.Equal(t, len(rows), len(got))

			require.NoError(t, fetch(t, rows, revision(t, source, options(h, reader))))
			require.NoError(t, fetch(t, rows, dataset(t, options(h, reader))))
			for _, from := range []storage.Fetcher{revision(t, source, options(h, "")), dataset(t, options(h, ""))} {
				err := fetch(t, rows, from)
				if c.private {
					require.ErrorIs(t, err, huggingface.ErrRepoNotFound)
					require.ErrorIs(t, err, storage.ErrNotFound)
					require.ErrorContains(t, err, "HF_TOKEN")
				} else {
					require.NoError(t, err)
				}
			}
		})
	}
}

// What is there is not sent again, and an unchanged directory gives the same commit.
func TestUnchangedFilesAreNotSent(t *testing.T) {
	t.Parallel()
	h := start(t)
	d := dataset(t, options(h, writer))
	first, err := push(t, d, rows)
	require.NoError(t, err)
	h.Requests()
	again, err := push(t, d, rows)
	require.NoError(t, err)
	require.Equal(t, first, again)
	log := strings.Join(h.Requests(), "\n")
	require.NotContains(t, log, "/commit/")
	require.NotContains(t, log, "PUT")
	require.NotContains(t, log, "/batch")

	changed := fstest.MapFS{}
	for path, f := range rows {
		changed[path] = f
	}
	changed["train/a/1.png"] = &fstest.MapFile{Data: []byte("\x89PNG three")}
	changed["train/a/2.png"] = rows["train/b/1.png"] // the storage has it
	h.Requests()
	next, err := push(t, d, changed)
	require.NoError(t, err)
	require.NotEqual(t, first, next)
	require.Equal(t, 1, strings.Count(strings.Join(h.Requests(), "\n"), "PUT"))
	require.NoError(t, fetch(t, rows, revision(t, first, options(h, ""))), "the old revision stays")
	require.NoError(t, fetch(t, rows, d), "and so does its CID")
	require.NoError(t, fetch(t, changed, d))

	back, err := push(t, d, rows)
	require.ErrorIs(t, err, huggingface.ErrOtherFiles, back)
	require.ErrorContains(t, err, "train/a/2.png")
	require.ErrorContains(t, err, "Options.Replace")
	o := options(h, writer)
	o.Replace = true
	back, err = push(t, dataset(t, o), rows)
	require.NoError(t, err)
	require.NotEqual(t, first, back)
	require.NoError(t, fetch(t, rows, revision(t, back, options(h, ""))))
}

// A process that is killed at any request, before or after the hub has acted on it, is
// started again: the push ends in the same files, in one commit.
func TestPushKilledAtAnyPoint(t *testing.T) {
	t.Parallel()
	for _, acted := range []bool{false, true} {
		requests := 0
		for at := int64(1); ; at++ {
			h := start(t)
			ctx, kill := context.WithCancel(context.Background())
			var seen atomic.Int64
			h.Intercept(func(_ http.ResponseWriter, r *http.Request, _ bool) bool {
				if seen.Add(1) != at {
					return false
				}
				if acted {
					context.AfterFunc(r.Context(), kill) // once the hub has answered
					return false
				}
				kill()
				_, _ = io.Copy(io.Discard, r.Body)
				panic(http.ErrAbortHandler)
			})
			d := dataset(t, options(h, writer))
			s := open(t, storage.Config{Pushers: []storage.Pusher{d}, NoFetchBack: true, NoSync: true})
			root, err := s.Add(context.Background(), onlyLarge)
			require.NoError(t, err)
			_, err = s.Push(ctx, root)
			kill()
			if seen.Load() < at {
				require.NoError(t, err)
				require.Greater(t, requests, 8, "there were requests to kill it at")
				break
			}
			requests++
			h.Intercept(nil)
			source, err := push(t, d, onlyLarge)
			require.NoError(t, err)
			require.Equal(t, 2, h.Commits(repo), "the hub's own and ours, killed at request %d", at)
			require.NoError(t, fetch(t, onlyLarge, revision(t, source, options(h, ""))))
		}
	}
}

// Somebody else's commit between our look and ours is noticed by the hub, and the push
// looks again.
func TestRepositoryMoves(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.Put(repo, false, nil)
	var moves atomic.Int64
	moves.Store(1)
	h.Intercept(func(_ http.ResponseWriter, r *http.Request, _ bool) bool {
		if strings.Contains(r.URL.Path, "/commit/") && moves.Load() > 0 {
			h.Put(repo, false, map[string][]byte{"data.json": fmt.Append(nil, "theirs", moves.Add(-1))})
		}
		return false
	})
	_, err := push(t, dataset(t, options(h, writer)), rows)
	require.NoError(t, err)
	moves.Store(3)
	other := fstest.MapFS{"data.json": rows["data.jsonl"]}
	o := options(h, writer)
	o.Replace = true
	s := open(t, storage.Config{Pushers: []storage.Pusher{dataset(t, o)}, Retry: storage.Retry{Attempts: 1}, NoFetchBack: true})
	root, err := s.Add(context.Background(), other)
	require.NoError(t, err)
	_, err = s.Push(context.Background(), root)
	require.ErrorContains(t, err, "push again")
}

// What cannot come back from the hub is refused before anything is sent.
func TestUnfitDirectories(t *testing.T) {
	t.Parallel()
	h := start(t)
	d := dataset(t, options(h, writer))
	for want, tree := range map[string]fstest.MapFS{
		"empty directories": {"a": {Data: []byte("a")}, "b": {Mode: fs.ModeDir}},
		"a file of its own": {".gitattributes": {Data: []byte("*.bin -text")}, "a": {Data: []byte("a")}},
	} {
		_, err := push(t, d, tree)
		require.ErrorIs(t, err, storage.ErrUnsupported)
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, h.Requests())
	deeper := fstest.MapFS{"a/.gitattributes": {Data: []byte("*.bin -text")}}
	_, err := push(t, d, deeper)
	require.NoError(t, err)
	require.NoError(t, fetch(t, deeper, d))
}

// What the owner of a private data set meant stays private.
func TestPrivateStaysPrivate(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.Put(repo, false, nil)
	o := options(h, writer)
	o.Private = true
	_, err := push(t, dataset(t, o), rows)
	require.ErrorContains(t, err, "the data set is public")
	require.Equal(t, 2, h.Commits(repo), "none is ours")
}

// Thousands of small files take pages of requests and several files at once.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	h := start(t)
	tree := fstest.MapFS{}
	for i := range 600 {
		tree[fmt.Sprintf("train/%d/%d.png", i%7, i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "\x89PNG %d", i)}
	}
	h.Set(func(h *hubtest.Hub) { h.PageSize = 250 })
	source, err := push(t, dataset(t, options(h, writer)), tree)
	require.NoError(t, err)
	log := h.Requests()
	count := func(part string) int {
		return len(slices.DeleteFunc(slices.Clone(log), func(s string) bool { return !strings.Contains(s, part) }))
	}
	require.Equal(t, 3, count("/preupload/"))
	require.Equal(t, 3, count("/batch"))
	require.NoError(t, fetch(t, tree, revision(t, source, options(h, ""))))
}

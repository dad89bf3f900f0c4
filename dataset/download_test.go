package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var payload = bytes.Repeat([]byte("0123456789"), 10_000)

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// serve answers with handler and counts requests.
func serve(t *testing.T, handler http.HandlerFunc) (Source, *int) {
	t.Helper()
	count := new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*count++
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return Source{URL: s.URL + "/file", SHA256: sumOf(payload)}, count
}

// whole serves the payload, ranges included.
func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(payload))
}

func TestDownload(t *testing.T) {
	src, requests := serve(t, whole)
	path := filepath.Join(t.TempDir(), "sub", "file")
	var last, total int64
	opts := DownloadOptions{OnProgress: func(d, n int64) { last, total = d, n }}
	for range 2 {
		require.NoError(t, Download(context.Background(), path, src, opts))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, payload, got)
	}
	require.Equal(t, 1, *requests, "an existing file is not fetched again")
	require.Equal(t, int64(len(payload)), last)
	require.Equal(t, int64(len(payload)), total)
	require.NoFileExists(t, path+".part")
}

// A mirror may be known by a key in its URL, and send on to somebody else, who is not
// told.
func TestDownloadTellsNobodyWhereItWasSentOnFrom(t *testing.T) {
	var told []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told = append(told, r.Referer())
		whole(w, r)
	}))
	defer other.Close()
	src, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	src.URL += "?key=verysecret"
	require.NoError(t, Download(t.Context(), filepath.Join(t.TempDir(), "file"), src, DownloadOptions{}))
	require.Equal(t, []string{""}, told)

	again, requests := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) })
	require.ErrorContains(t, Download(t.Context(), filepath.Join(t.TempDir(), "file"), again, DownloadOptions{}), "redirected 10 times")
	require.Equal(t, 10, *requests)
}

// After a broken connection the next call requests only the rest; whatever the
// part holds, the result is right.
func TestDownloadResumes(t *testing.T) {
	for name, part := range map[string][]byte{
		"half":          payload[:50_000],
		"all but one":   payload[:len(payload)-1],
		"complete":      payload,
		"longer":        append(bytes.Clone(payload), 1),
		"empty":         {},
		"another file":  []byte("<html>"),
		"half, flipped": append([]byte("x"), payload[1:50_000]...),
	} {
		t.Run(name, func(t *testing.T) {
			src, _ := serve(t, whole)
			path := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(path+".part", part, 0o600))
			err := Download(context.Background(), path, src, DownloadOptions{})
			if err != nil { // the part was wrong: it has been deleted, and the next call succeeds
				require.ErrorIs(t, err, ErrChecksum)
				require.NoFileExists(t, path)
				err = Download(context.Background(), path, src, DownloadOptions{})
			}
			require.NoError(t, err)
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, payload, got)
		})
	}
}

func TestDownloadCutOffThenResumed(t *testing.T) {
	ranges := []string{}
	src, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) == 1 {
			w.Header().Set("Content-Length", strconv.Itoa(len(payload)))
			_, _ = w.Write(payload[:40_000]) // and then the connection breaks
			return
		}
		whole(w, r)
	})
	path := filepath.Join(t.TempDir(), "file")
	require.Error(t, Download(context.Background(), path, src, DownloadOptions{}))
	require.NoFileExists(t, path)
	require.NoError(t, Download(context.Background(), path, src, DownloadOptions{}))
	require.Equal(t, []string{"", "bytes=40000-"}, ranges)
}

func TestDownloadFromAServerWithoutRanges(t *testing.T) {
	src, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(payload) })
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path+".part", payload[:7], 0o600))
	require.NoError(t, Download(context.Background(), path, src, DownloadOptions{}))
}

// A file that is itself gzipped is kept unchanged, although the server labels
// it as gzip-encoded.
func TestDownloadOfAGzippedFile(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(payload)
	require.NoError(t, w.Close())
	src, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
		}
		_, _ = w.Write(packed.Bytes())
	})
	src.SHA256 = sumOf(packed.Bytes())
	path := filepath.Join(t.TempDir(), "file.gz")
	require.NoError(t, Download(context.Background(), path, src, DownloadOptions{}))
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, packed.Bytes(), kept)
}

func TestHostileDownloads(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(payload); err != nil {
				return
			}
		}
	}
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("0"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		want    error
		says    string
		stall   time.Duration
	}{
		{"HTML with 200", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, ErrChecksum, "/file", 0},
		{"not found", http.NotFound, nil, "404", 0},
		{"partial without being asked", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(206) }, nil, "206", 0},
		{"endless body", endless, ErrTooLarge, "1000000", 0},
		{"stall", hang, nil, "nothing received", 50 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			src, _ := serve(t, test.handler)
			src.MaxBytes = 1_000_000
			path := filepath.Join(t.TempDir(), "file")
			err := Download(context.Background(), path, src, DownloadOptions{Stall: test.stall})
			require.ErrorContains(t, err, test.says)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			require.NoFileExists(t, path)
		})
	}
	src, requests := serve(t, whole)
	for _, sum := range []string{"", "zz", sumOf(payload)[:62]} {
		src.SHA256 = sum
		require.ErrorContains(t, Download(context.Background(), filepath.Join(t.TempDir(), "f"), src, DownloadOptions{}), "SHA-256")
	}
	require.Zero(t, *requests, "a file without a checksum is not fetched")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("user pressed Ctrl-C"))
	src.SHA256 = sumOf(payload)
	require.ErrorContains(t, Download(ctx, filepath.Join(t.TempDir(), "f"), src, DownloadOptions{}), "Ctrl-C")
}

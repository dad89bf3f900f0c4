package dataset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tarEntry is a file of a test archive.
type tarEntry struct {
	name, body, link string
	kind             byte
}

func tarGz(t *testing.T, entries ...tarEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		if e.kind == 0 {
			e.kind = tar.TypeReg
		}
		require.NoError(t, w.WriteHeader(&tar.Header{Name: e.name, Linkname: e.link, Typeflag: e.kind, Size: int64(len(e.body)), Mode: 0o644}))
		_, err := io.WriteString(w, e.body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func zipped(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		out, err := w.Create(f[0])
		require.NoError(t, err)
		_, err = io.WriteString(out, f[1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// known describes a file as known.tsv does.
func known(url, name string, body []byte, unpacked int64, keep ...Keep) KnownFile {
	sum := md5.Sum(body)
	return KnownFile{Name: name, Source: Source{URL: url + "/" + name, MD5: hex.EncodeToString(sum[:]), MaxBytes: 1 << 20}, Unpacked: unpacked, Keep: keep}
}

// server serves files and counts requests by path.
type server struct {
	*httptest.Server
	files map[string]http.HandlerFunc

	mu       sync.Mutex
	requests map[string]int
}

// asked is how often a path was asked for.
func (s *server) asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

func (s *server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.requests)
}

func newServer(t *testing.T) *server {
	s := &server{files: map[string]http.HandlerFunc{}, requests: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests[r.URL.Path]++
		s.mu.Unlock()
		if h := s.files[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func content(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}

func TestInstall(t *testing.T) {
	bins := tarGz(t, tarEntry{name: "cifar-10-batches-bin/data_batch_1.bin", body: strings.Repeat("\x01"+strings.Repeat("x", 3072), 3)},
		tarEntry{name: "cifar-10-batches-bin/test_batch.bin", body: "\x02" + strings.Repeat("y", 3072)},
		tarEntry{name: "cifar-10-batches-bin/readme.html", body: "<html>"})
	s := newServer(t)
	s.files["/cifar.tar.gz"] = content(bins)
	files := []KnownFile{known(s.URL, "cifar.tar.gz", bins, 1<<20, Keep{Pattern: "cifar-10-batches-bin/*.bin"})}
	dir := t.TempDir()
	for range 2 {
		got, err := install(context.Background(), "Cifar10", files, dir, InstallOptions{})
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "Cifar10"), got)
	}
	require.Equal(t, 1, s.asked("/cifar.tar.gz"), "what is installed is not fetched again")
	ds, err := Open(Cifar10, filepath.Join(dir, "Cifar10"), Train, Options{})
	require.NoError(t, err)
	require.Equal(t, 3, ds.Len())
	entries, err := os.ReadDir(filepath.Join(dir, "Cifar10"))
	require.NoError(t, err)
	require.Len(t, entries, 2, "the read-me is not kept")
	require.NoDirExists(t, filepath.Join(dir, ".downloads", "Cifar10"))
}

func TestInstallFromMirrors(t *testing.T) {
	body := []byte("the file")
	s := newServer(t)
	s.files["/pub/a.gz"] = content(body)
	s.files["/wrong/Set/a.gz"] = content([]byte("another file"))
	s.files["/good/Set/a.gz"] = content(body)
	files := []KnownFile{known(s.URL+"/pub", "a.gz", body, 0)}
	for name, c := range map[string]struct {
		mirrors []string
		asked   string
	}{
		"the first that has it":          {[]string{s.URL + "/none", s.URL + "/good/"}, "/good/Set/a.gz"},
		"another version is passed over": {[]string{s.URL + "/wrong"}, "/pub/a.gz"},
	} {
		s.forget()
		dir, err := install(context.Background(), "Set", files, t.TempDir(), InstallOptions{Mirrors: c.mirrors})
		require.NoError(t, err, name)
		require.Equal(t, 1, s.asked(c.asked), name)
		got, err := os.ReadFile(filepath.Join(dir, "a.gz"))
		require.NoError(t, err)
		require.Equal(t, body, got)
	}
}

func TestInstallResumes(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 5000)
	s := newServer(t)
	var ranges []string
	s.files["/a.gz"] = func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) < 3 { // each time the connection breaks after some bytes
			from := (len(ranges) - 1) * 10_000
			if from > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(body)-from))
			w.WriteHeader(map[bool]int{true: http.StatusPartialContent, false: http.StatusOK}[from > 0])
			_, _ = w.Write(body[from : from+10_000])
			panic(http.ErrAbortHandler)
		}
		content(body)(w, r)
	}
	dir, err := install(context.Background(), "Set", []KnownFile{known(s.URL, "a.gz", body, 0)}, t.TempDir(), InstallOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"", "bytes=10000-", "bytes=20000-"}, ranges)
	got, err := os.ReadFile(filepath.Join(dir, "a.gz"))
	require.NoError(t, err)
	require.Equal(t, body, got)
}

func TestInstallFaults(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 100)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"wrong checksum": {content([]byte("else")), "checksum does not match"},
		"a page":         {content([]byte("<!DOCTYPE html><html>Please log in")), "web page"},
		"not there":      {http.NotFound, "404"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(body); err != nil {
					return
				}
			}
		}, "too large"},
		"drips": {func(w http.ResponseWriter, r *http.Request) {
			for _, b := range body {
				_, _ = w.Write([]byte{b})
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}, "bytes a second"},
		"cut off, always": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write(body[:10])
			panic(http.ErrAbortHandler)
		}, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.files["/a.gz"] = c.handler
			dir := t.TempDir()
			opts := InstallOptions{Attempts: 2, Download: DownloadOptions{Stall: 200 * time.Millisecond, MinRate: 5000}}
			_, err := install(context.Background(), "Set", []KnownFile{known(s.URL, "a.gz", body, 0)}, dir, opts)
			require.ErrorContains(t, err, c.says)
			require.NoDirExists(t, filepath.Join(dir, "Set"))
		})
	}
}

func TestHostileArchives(t *testing.T) {
	all := []Keep{{Pattern: "data/*"}}
	bomb := strings.Repeat("\x00", 3<<20)
	for name, c := range map[string]struct {
		file string
		body []byte
		keep []Keep
		says string
	}{
		"bomb":              {"a.zip", zipped(t, [2]string{"data/x", bomb}), all, "more than expected"},
		"bomb in tar":       {"a.tar.gz", tarGz(t, tarEntry{name: "data/x", body: bomb}), all, "more than expected"},
		"nothing wanted":    {"a.zip", zipped(t, [2]string{"other/x", ""}), all, "holds no data/*"},
		"twice":             {"a.zip", zipped(t, [2]string{"data/x", "1"}, [2]string{"./data/x", "2"}), all, "two files"},
		"no zip":            {"a.zip", []byte("PK no"), all, "bad archive"},
		"no gzip":           {"a.tar.gz", []byte("no"), all, "bad archive"},
		"cut off":           {"a.tar.gz", tarGz(t, tarEntry{name: "data/x", body: strings.Repeat("random", 100)})[:60], all, "bad archive"},
		"unknown kind":      {"a.rar", []byte("Rar!"), all, "unknown kind"},
		"only a link":       {"a.tar.gz", tarGz(t, tarEntry{name: "data/x", link: "/etc/passwd", kind: tar.TypeSymlink}, tarEntry{name: "data/x", body: "y"}), nil, ""},
		"a link alone":      {"a.tar.gz", tarGz(t, tarEntry{name: "data/x", link: "/etc/passwd", kind: tar.TypeSymlink}), all, "holds no data/*"},
		"out of the folder": {"a.tar.gz", tarGz(t, tarEntry{name: "../../data/x", body: "y"}, tarEntry{name: "data/x", body: "y"}), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.files["/"+c.file] = content(c.body)
			dir := t.TempDir()
			keep := c.keep
			if keep == nil {
				keep = all
			}
			got, err := install(context.Background(), "Set", []KnownFile{known(s.URL, c.file, c.body, 1<<20, keep...)}, dir, InstallOptions{})
			if c.says == "" {
				require.NoError(t, err)
				text, err := os.ReadFile(filepath.Join(got, "x"))
				require.NoError(t, err)
				require.Equal(t, "y", string(text), "links and names outside are left out")
				return
			}
			require.ErrorIs(t, err, ErrArchive)
			require.ErrorContains(t, err, c.says)
			require.NoDirExists(t, filepath.Join(dir, "Set"))
		})
	}
}

func TestKnownSets(t *testing.T) {
	ids := KnownIDs()
	require.Contains(t, ids, Cifar10)
	for _, id := range ids {
		files, err := Known(id)
		require.NoError(t, err)
		for _, f := range files {
			_, _, err := f.Source.checksum()
			require.NoError(t, err)
			require.Positive(t, f.Source.MaxBytes)
			require.NotEmpty(t, f.Origin)
			require.Equal(t, f.Unpacked > 0, len(f.Keep) > 0, f.Name)
			require.False(t, f.Fetched, "say so in the table once it was seen")
		}
	}
	_, err := Known(StanfordCars)
	require.ErrorIs(t, err, ErrByHand)
	require.ErrorContains(t, err, "kaggle")
	_, err = Known(Movielens1m)
	require.ErrorIs(t, err, ErrUnknownSource)
	_, err = Install(context.Background(), ChestXray, t.TempDir(), InstallOptions{})
	require.ErrorIs(t, err, ErrByHand)
	for _, table := range []string{"Mnist\tx\n", "Nothing\ta\tu\tmd5:0\t1MB\t0\t\tno\to\n", "Mnist\ta\tu\tcrc:0\t1MB\t0\t\tno\to\n", "Mnist\ta\tu\tmd5:0\tbig\t0\t\tno\to\n"} {
		_, err := parseKnown(table)
		require.Error(t, err)
	}
}

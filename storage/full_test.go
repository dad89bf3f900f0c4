//go:build linux

package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// fullWorker does one thing with a limit of 100 kB per file, which simulates a
// full disk without special permissions.
func fullWorker() {
	err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: 100_000})
	var s *storage.Store
	if err == nil {
		s, err = storage.Open(storage.Config{Dir: filepath.Join(os.Getenv("STORAGE_TEST_DIR"), "store")})
	}
	if err == nil {
		err = fullOps[os.Getenv("STORAGE_TEST_OP")](s, os.Getenv("STORAGE_TEST_DIR"), cid.MustParse(os.Getenv("STORAGE_TEST_FULL")))
	}
	fmt.Println(err)
	os.Exit(0)
}

// fullOps are the ways in which a store writes, in the directory dir.
var fullOps = map[string]func(s *storage.Store, dir string, root cid.Cid) error{
	"import": func(s *storage.Store, _ string, root cid.Cid) error {
		_, err := s.Import(context.Background(), root, os.Stdin)
		return err
	},
	"add": func(s *storage.Store, _ string, _ cid.Cid) error {
		_, err := s.Add(context.Background(), fixture())
		return err
	},
	"extract": func(s *storage.Store, dir string, root cid.Cid) error {
		return s.Extract(context.Background(), root, filepath.Join(dir, "out", "package"))
	},
	"push": func(_ *storage.Store, dir string, root cid.Cid) error {
		_, err := storage.NewCARDir(filepath.Join(dir, "out")).Push(context.Background(), root, os.Stdin)
		return err
	},
	"read back": func(_ *storage.Store, dir string, root cid.Cid) error {
		s, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "store"), Fetchers: []storage.Fetcher{storage.NewCARDir(filepath.Join(dir, "cars"))}})
		if err == nil {
			_, err = s.ReadBack(context.Background(), root)
		}
		return err
	},
	"files": func(_ *storage.Store, dir string, root cid.Cid) error {
		s, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "store"), Files: []string{"weights.bin"}, Fetchers: []storage.Fetcher{plainFiles{}}})
		if err == nil {
			_, err = s.Fetch(context.Background(), root)
		}
		return err
	},
}

// plainFiles has one large file.
type plainFiles struct{}

func (plainFiles) Fetch(context.Context, cid.Cid) (io.ReadCloser, error) {
	return nil, storage.ErrUnsupported
}

func (plainFiles) FetchFile(context.Context, cid.Cid, string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(make([]byte, 1<<20))), nil
}

// On a full disk every error says why, no file is half written, nothing
// temporary stays, and once there is space again it goes on.
func TestDiskFull(t *testing.T) {
	root, car := packed(t, storage.Default, fixture())
	for op := range fullOps {
		t.Run(op, func(t *testing.T) {
			dir := t.TempDir()
			store := filepath.Join(dir, "store")
			if op == "extract" {
				_, err := open(t, storage.Config{Dir: store}).Import(t.Context(), root, bytes.NewReader(car))
				require.NoError(t, err)
			}
			_, err := storage.NewCARDir(filepath.Join(dir, "cars")).Push(t.Context(), root, bytes.NewReader(car))
			require.NoError(t, err)
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "STORAGE_TEST_FULL="+root.String(), "STORAGE_TEST_DIR="+dir, "STORAGE_TEST_OP="+op)
			cmd.Stdin = bytes.NewReader(car)
			out, err := cmd.Output()
			require.NoError(t, err)
			if op != "add" { // whose CID is not known before it is done
				require.Contains(t, string(out), root.String())
			}
			require.Contains(t, string(out), "file too large")
			if op != "extract" && op != "push" { // which write elsewhere
				require.Contains(t, string(out), storage.ErrDisk.Error())
			}
			require.Empty(t, glob(t, store, "tmp", "*"))
			require.Empty(t, append(glob(t, dir, "out", "*"), glob(t, dir, "out", ".*")...))

			s := open(t, storage.Config{Dir: store})
			fsys, err := s.Import(t.Context(), root, bytes.NewReader(car))
			require.NoError(t, err)
			requireSameTree(t, fixture(), fsys)
			again, err := s.Add(t.Context(), fixture())
			require.NoError(t, err)
			require.Equal(t, root, again)
		})
	}
}

//go:build linux

package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// fullWorker imports with a limit of 100 kB per file, which simulates a full
// disk without special permissions.
func fullWorker() {
	err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: 100_000})
	var s *storage.Store
	if err == nil {
		s, err = storage.Open(storage.Config{Dir: os.Getenv("STORAGE_TEST_DIR")})
	}
	if err == nil {
		_, err = s.Import(context.Background(), cid.MustParse(os.Getenv("STORAGE_TEST_FULL")), os.Stdin)
	}
	fmt.Println(err)
	os.Exit(0)
}

// On a full disk the error names the CID and the cause, no file is half
// written, and the blocks that did fit are reused once there is space again.
func TestDiskFull(t *testing.T) {
	root, car := packed(t, storage.Default, fixture())
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORAGE_TEST_FULL="+root.String(), "STORAGE_TEST_DIR="+dir)
	cmd.Stdin = bytes.NewReader(car)
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Contains(t, string(out), root.String())
	require.Contains(t, string(out), "file too large")
	left, err := filepath.Glob(filepath.Join(dir, "tmp", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
	fsys, err := open(t, storage.Config{Dir: dir}).Import(context.Background(), root, bytes.NewReader(car))
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)
}

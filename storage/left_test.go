//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// leftWorker is a process that stops in the middle of op, says so, and waits
// for being killed.
func leftWorker(op, dir string) {
	wait := func() {
		fmt.Println("in the middle")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	root, car := storagetest.Honest()
	s, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "store")})
	check(err)
	switch op {
	case "open":
	case "hold":
		wait()
	case "extract":
		_, err := s.Import(context.Background(), root, bytes.NewReader(car))
		check(err)
		written := func() int {
			list, err := filepath.Glob(filepath.Join(dir, "out", ".decloud-extract-*", "*"))
			check(err)
			return len(list)
		}
		before := written()
		writing := func() bool { n := written(); before = min(before, n); return n > before }
		ctx := &stoppingContext{Context: context.Background(), at: writing, stop: wait}
		check(s.Extract(ctx, root, filepath.Join(dir, "out", "package")))
	case "push":
		r := io.MultiReader(bytes.NewReader(car[:len(car)/2]), readFunc(func([]byte) (int, error) { wait(); return 0, io.EOF }))
		_, err := storage.CARDir(filepath.Join(dir, "out")).Push(context.Background(), root, r)
		check(err)
	}
	os.Exit(0)
}

// stoppingContext calls stop when it is asked after at holds.
type stoppingContext struct {
	context.Context
	at   func() bool
	stop func()
}

func (c *stoppingContext) Err() error {
	if c.at() {
		c.stop()
	}
	return nil
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// startLeft starts a worker and returns once it is in the middle.
func startLeft(t *testing.T, op, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORAGE_TEST_LEFT="+op, "STORAGE_TEST_DIR="+dir)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	t.Cleanup(func() { in.Close() })
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said := make([]byte, 13)
	_, err = io.ReadFull(out, said)
	require.NoError(t, err)
	require.Equal(t, "in the middle", string(said))
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
}

func glob(t *testing.T, path ...string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(path...))
	require.NoError(t, err)
	return list
}

// SIGKILL in the middle of an Extract: there is no directory, and what was
// written goes with the next Extract there, of whatever; what another process
// is just writing does not.
func TestKilledExtract(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	killed := startLeft(t, "extract", dir)
	kill(t, killed)
	left := glob(t, dir, "out", ".decloud-extract-*")
	require.Len(t, left, 1)
	require.NoDirExists(t, filepath.Join(dir, "out", "package"))

	alive := startLeft(t, "extract", dir)
	require.NoDirExists(t, left[0])
	left = glob(t, dir, "out", ".decloud-extract-*")
	require.Len(t, left, 1)

	s := open(t, storage.Config{})
	root, err := s.Add(context.Background(), smallTree())
	require.NoError(t, err)
	extract := func(name string) {
		require.NoError(t, s.Extract(context.Background(), root, filepath.Join(dir, "out", name)))
		requireSameTree(t, smallTree(), os.DirFS(filepath.Join(dir, "out", name)))
	}
	extract("one")
	require.Equal(t, left, glob(t, dir, "out", ".decloud-extract-*"))
	kill(t, alive)
	extract("two")
	require.Empty(t, glob(t, dir, "out", ".*"))
}

// SIGKILL in the middle of a push into a shared directory: the next one clears
// it away once nobody, on another machine either, can be writing it.
func TestKilledPush(t *testing.T) {
	t.Parallel()
	dir, old := t.TempDir(), time.Now().Add(-2*time.Hour)
	worker := startLeft(t, "push", dir)
	left := glob(t, dir, "out", ".push-*")
	require.Len(t, left, 1)
	s := open(t, storage.Config{Pushers: []storage.Pusher{storage.CARDir(filepath.Join(dir, "out"))}})
	root, err := s.Add(context.Background(), smallTree())
	require.NoError(t, err)
	push := func() {
		_, err := s.Push(context.Background(), root)
		require.NoError(t, err)
	}
	require.NoError(t, os.Chtimes(left[0], old, old))
	push()
	require.FileExists(t, left[0], "whoever writes it lives")
	kill(t, worker)
	now := time.Now()
	require.NoError(t, os.Chtimes(left[0], now, now))
	push()
	require.FileExists(t, left[0], "somebody elsewhere may write it")
	require.NoError(t, os.Chtimes(left[0], old, old))
	push()
	require.Equal(t, []string{filepath.Join(dir, "out", root.String()+".car")}, append(glob(t, dir, "out", ".*"), glob(t, dir, "out", "*.car")...))
}

// What a killed process has left in the store goes when the next one opens it,
// unless there is another at work.
func TestKilledStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	look := func() []string {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "STORAGE_TEST_LEFT=open", "STORAGE_TEST_DIR="+dir)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return glob(t, dir, "store", "tmp", "*")
	}
	worker := startLeft(t, "hold", dir)
	left := filepath.Join(dir, "store", "tmp", "aside-1", "blocks")
	require.NoError(t, os.MkdirAll(left, 0o755))
	require.NotEmpty(t, look())
	kill(t, worker)
	require.Empty(t, look())
}

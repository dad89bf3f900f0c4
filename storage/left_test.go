//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// leftWorker is a process that stops in the middle of op, says so, and waits to
// be killed.
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
	if op == "read-only" && os.Getuid() == 0 { // permissions do not stop root
		check(syscall.Setuid(65534))
	}
	s, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "store")})
	check(err)
	switch op {
	case "add":
		_, err := s.Add(&stoppingContext{Context: context.Background(), at: func() bool {
			list, err := filepath.Glob(filepath.Join(dir, "store", "blocks", "*", "*"))
			return err != nil || len(list) > 5
		}, stop: wait}, fixture())
		check(err)
	case "read-only":
		fsys, err := s.Fetch(context.Background(), root)
		check(err)
		_, err = fs.ReadFile(fsys, "config.json")
		check(err)
		_, err = s.Add(context.Background(), fixture())
		fmt.Println(err)
		fmt.Println(s.Extract(context.Background(), root, filepath.Join(dir, "store", "out")))
		_, err = storage.NewCARDir(filepath.Join(dir, "store")).Push(context.Background(), root, bytes.NewReader(car))
		fmt.Println(err)
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
		_, err := storage.NewCARDir(filepath.Join(dir, "out")).Push(context.Background(), root, r)
		check(err)
	}
	os.Exit(0)
}

// stoppingContext calls stop when Err is called and at returns true.
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

// After SIGKILL in the middle of an Extract the target does not exist, and the
// next Extract beside it removes what was written, but not what another running
// process is writing.
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

// After SIGKILL in the middle of a push to a shared directory the next push
// removes the file, once no process on any machine can still be writing it.
func TestKilledPush(t *testing.T) {
	t.Parallel()
	dir, old := t.TempDir(), time.Now().Add(-2*time.Hour)
	worker := startLeft(t, "push", dir)
	left := glob(t, dir, "out", ".push-*")
	require.Len(t, left, 1)
	var root cid.Cid
	push := func() { // of a driver that has not looked for leftovers within the minute
		s := open(t, storage.Config{Pushers: []storage.Pusher{storage.NewCARDir(filepath.Join(dir, "out"))}})
		var err error
		root, err = s.Add(context.Background(), smallTree())
		require.NoError(t, err)
		_, err = s.Push(context.Background(), root)
		require.NoError(t, err)
	}
	require.NoError(t, os.Chtimes(left[0], old, old))
	push()
	require.FileExists(t, left[0], "the process that writes it is running")
	kill(t, worker)
	now := time.Now()
	require.NoError(t, os.Chtimes(left[0], now, now))
	push()
	require.FileExists(t, left[0], "a process on another machine may be writing it")
	require.NoError(t, os.Chtimes(left[0], old, old))
	push()
	require.Equal(t, []string{filepath.Join(dir, "out", root.String()+".car")}, append(glob(t, dir, "out", ".*"), glob(t, dir, "out", "*.car")...))
}

// After SIGKILL in the middle of an Add the part is not mistaken for the whole,
// and adding again completes it.
func TestKilledAdd(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	kill(t, startLeft(t, "add", dir))
	s := open(t, storage.Config{Dir: filepath.Join(dir, "store")})
	roots, err := s.Roots()
	require.NoError(t, err)
	require.Empty(t, roots)
	require.NotEmpty(t, glob(t, dir, "store", "blocks", "*", "*"))
	require.Empty(t, glob(t, dir, "store", "tmp", "*"))
	want, err := storage.CID(ctx, fixture(), storage.Default)
	require.NoError(t, err)
	ok, err := s.Has(ctx, want)
	require.NoError(t, err)
	require.False(t, ok)
	root, err := s.Add(ctx, fixture())
	require.NoError(t, err)
	require.Equal(t, want, root)
	ok, err = s.Has(ctx, root)
	require.NoError(t, err)
	require.True(t, ok)
}

// A read-only directory can be read; every other operation fails with an error
// that says what failed and where.
func TestReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	root, car := storagetest.Honest()
	store := filepath.Join(dir, "store")
	_, err := open(t, storage.Config{Dir: store}).Import(context.Background(), root, bytes.NewReader(car))
	require.NoError(t, err)
	old, left := time.Now().Add(-48*time.Hour), filepath.Join(store, "tmp", "block-1") // of a killed process
	require.NoError(t, os.WriteFile(left, nil, 0o644))
	require.NoError(t, os.Chtimes(left, old, old))
	chmod := func(dirs, files fs.FileMode) {
		require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(p, dirs)
			}
			return errors.Join(err, os.Chmod(p, files))
		}))
	}
	chmod(0o555, 0o444)
	t.Cleanup(func() { chmod(0o755, 0o644) })
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORAGE_TEST_LEFT=read-only", "STORAGE_TEST_DIR="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, lines, 3, string(out))
	for _, line := range lines {
		require.Contains(t, line, "permission denied")
		require.Contains(t, line, store)
	}
	for _, line := range lines[1:] {
		require.Contains(t, line, root.String())
	}
}

// What a killed process left in the store is removed by the next one that opens
// it, unless another process is using the store.
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

// Files of others whose names start with one of our prefixes are not removed.
func TestSweepKeepsForeignFiles(t *testing.T) {
	t.Parallel()
	dir, old := t.TempDir(), time.Now().Add(-48*time.Hour)
	theirs := []string{"store/tmp/notes.txt", "store/tmp/block-list", "out/.push-notes", "out/.push-1/notes", "out/.decloud-extract-mine/notes", "out/.decloud-extract-1"}
	for _, name := range theirs {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		require.NoError(t, os.Chtimes(path, old, old))
		require.NoError(t, os.Chtimes(filepath.Dir(path), old, old))
	}
	ctx, out := context.Background(), filepath.Join(dir, "out")
	s := open(t, storage.Config{Dir: filepath.Join(dir, "store"), Pushers: []storage.Pusher{storage.NewCARDir(out)}})
	root, err := s.Add(ctx, smallTree())
	require.NoError(t, err)
	_, err = s.Push(ctx, root)
	require.NoError(t, err)
	require.NoError(t, s.Extract(ctx, root, filepath.Join(out, "package")))
	for _, name := range theirs {
		require.FileExists(t, filepath.Join(dir, filepath.FromSlash(name)))
	}
}

package storage_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// killedWorker is the process that TestKilledFetch kills: it fetches from a
// pipe that the test writes to.
func killedWorker() {
	root := cid.MustParse(os.Getenv("STORAGE_TEST_ROOT"))
	progress := func(p storage.Progress) { fmt.Println(p.Bytes) }
	s, err := storage.Open(storage.Config{
		Dir: os.Getenv("STORAGE_TEST_DIR"), OnProgress: progress,
		Fetchers: []storage.Fetcher{storagetest.Source{root: func() io.ReadCloser { return os.Stdin }}},
	})
	if err == nil {
		_, err = s.Fetch(context.Background(), root)
	}
	fmt.Fprintln(os.Stderr, "not killed:", err)
	os.Exit(1)
}

// After SIGKILL in the middle of a fetch the blocks that had arrived are
// complete and not fetched again, and nothing else is left behind.
func TestKilledFetch(t *testing.T) {
	t.Parallel()
	root, car := packed(t, storage.Default, fixture())
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORAGE_TEST_ROOT="+root.String(), "STORAGE_TEST_DIR="+dir)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	go in.Write(car[:len(car)-1000]) // without the end, which the worker waits for
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var n int
		_, err := fmt.Sscan(lines.Text(), &n)
		require.NoError(t, err)
		if n > 3<<20 {
			break
		}
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	before := diskUse(t, dir)
	require.Greater(t, before, int64(2<<20))

	maker := open(t, storage.Config{})
	_, err = maker.Add(context.Background(), fixture())
	require.NoError(t, err)
	src := &blockSource{blocks: blocksOf(t, maker, root)}
	s := open(t, storage.Config{Dir: dir, Fetchers: []storage.Fetcher{src}})
	fsys, err := s.Fetch(context.Background(), root)
	require.NoError(t, err)
	requireSameTree(t, fixture(), fsys)
	require.LessOrEqual(t, src.asked, len(src.blocks)-8, "blocks that had arrived are not requested again")
	left, err := filepath.Glob(filepath.Join(dir, "tmp", "*"))
	require.NoError(t, err)
	require.Empty(t, left, "temporary files of the killed process are removed")
}

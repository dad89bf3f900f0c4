package member

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
)

// An update appears whole, after what must be there before it, or not at all.
func TestFilesAppearWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "update-1.tar")
	files := memfs.FS{"config.json": []byte("{}\n"), "update.safetensors": make([]byte, 100_000), "empty": {}}
	_, err := readFiles(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	broken := errors.New("broken")
	require.ErrorIs(t, writeFiles(path, files, func() error { return broken }), broken)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, entries)
	require.NoError(t, writeFiles(path, files, func() error {
		_, err := os.Stat(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
		return nil
	}))
	got, err := readFiles(path)
	require.NoError(t, err)
	require.Equal(t, files, got)

	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b[:len(b)/2], 0o600))
	_, err = readFiles(path)
	require.ErrorContains(t, err, path)
}

// TestOldRoundsAreForgotten: whatever a process that was killed left of any round before,
// and the models that nobody needs any more, but for the one that the run still has.
func TestOldRoundsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	store, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "blocks"), NoSync: true})
	require.NoError(t, err)
	w := &Worker{cfg: Config{Store: store}}
	s := &state{View: &run.View{Run: &run.Run{Round: 9, Model: run.Digest{3}}}, dir: filepath.Join(dir, "run")}
	for round := uint32(1); round <= 9; round++ {
		require.NoError(t, writeVote(s.voteFile(round), vote{Ballot: run.Ballot{Digest: run.Digest{byte(round)}}}))
		require.NoError(t, os.WriteFile(s.updateFile(round), nil, 0o600))
		require.NoError(t, store.Pin(CID(run.Digest{byte(round)})))
	}
	stay := []string{"residual.safetensors", "secret", "update-9.tar.tmp", "vote-x.json", "vote-1.json.old"}
	for _, name := range append(stay, "update-2.tar.tmp", "vote-2.json.tmp") {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), nil, 0o600))
	}
	require.NoError(t, w.forget(s))
	left, err := os.ReadDir(s.dir)
	require.NoError(t, err)
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	require.ElementsMatch(t, append(stay, "update-8.tar", "update-9.tar", "vote-3.json", "vote-8.json", "vote-9.json"), names)
	pins, err := os.ReadDir(filepath.Join(dir, "blocks", "pins"))
	require.NoError(t, err)
	require.Len(t, pins, 3, "the model, and those of rounds 8 and 9")
}

// TestForeignUpdateFiles: nothing but what writeFiles writes is read.
func TestForeignUpdateFiles(t *testing.T) {
	for name, h := range map[string]tar.Header{
		"a link":   {Name: "config.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		"a folder": {Name: "config.json/", Typeflag: tar.TypeDir},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			out := tar.NewWriter(&b)
			require.NoError(t, out.WriteHeader(&h))
			require.NoError(t, out.Close())
			path := filepath.Join(t.TempDir(), "update-1.tar")
			require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
			_, err := readFiles(path)
			require.ErrorContains(t, err, path)
		})
	}
}

// TestJoinsOneAfterTheOther: of different rounds too.
func TestJoinsOneAfterTheOther(t *testing.T) {
	require.NotNil(t, together(run.Step{Kind: run.StepJoin}))
	require.Equal(t, together(run.Step{Kind: run.StepJoin, Round: 1}), together(run.Step{Kind: run.StepJoin, Round: 2, Epoch: 1}))
	require.Nil(t, together(run.Step{Kind: run.StepTick}))
}

package storage_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// failingFS is a file system in which one file breaks off with err.
type failingFS struct {
	fs.FS
	name string
	err  error
}

func (f failingFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if name == f.name && err == nil {
		file = failingFile{file, io.MultiReader(io.LimitReader(file, 3<<20), readFunc(func([]byte) (int, error) { return 0, f.err }))}
	}
	return file, err
}

type failingFile struct {
	fs.File
	r io.Reader
}

func (f failingFile) Read(p []byte) (int, error) { return f.r.Read(p) }

// What is read ahead breaks off as it would otherwise: with the file's name, and
// nothing is there that looks whole.
func TestAddOfAFileThatCannotBeRead(t *testing.T) {
	broken := errors.New("bad sector")
	s := open(t, storage.Config{})
	_, err := s.Add(context.Background(), failingFS{fixture(), "big.bin", broken})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "big.bin")
	roots, err := s.Roots()
	require.NoError(t, err)
	require.Empty(t, roots)
	_, err = open(t, storage.Config{MaxBytes: 4 << 20}).Add(context.Background(), fixture())
	require.ErrorIs(t, err, storage.ErrTooLarge)
	require.ErrorContains(t, err, "big.bin")
	ctx, cancel := context.WithCancel(context.Background())
	_, err = open(t, storage.Config{OnProgress: func(storage.Progress) { cancel() }}).Add(ctx, fixture())
	require.ErrorIs(t, err, context.Canceled)
	for _, name := range []string{"big.bin", "config.json"} {
		_, err = open(t, storage.Config{OnProgress: func(storage.Progress) { panic("nil map") }}).Add(context.Background(), fstest.MapFS{name: fixture()[name]})
		require.ErrorContains(t, err, "nil map")
	}
}

func TestAddUnderAProfileThatIsNone(t *testing.T) {
	for _, p := range []storage.Profile{{Name: "no chunks", MaxLinks: 174}, {Name: "no links", ChunkSize: 1}, {Name: "one link", ChunkSize: 1, MaxLinks: 1}, {Name: "huge", ChunkSize: 1 << 30, MaxLinks: 174}} {
		_, err := open(t, storage.Config{Profile: p}).Add(context.Background(), smallTree())
		require.ErrorIs(t, err, storage.ErrUnsupported)
		require.ErrorContains(t, err, p.Name)
	}
}

package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// failingFS is a file system in which reading one file fails with err.
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

// An error while reading ahead is reported with the file's name, and nothing
// that looks complete is stored.
func TestAddUnreadableFile(t *testing.T) {
	broken := errors.New("bad sector")
	s := open(t, storage.Config{})
	_, err := s.Add(context.Background(), failingFS{fixture(), "big.bin", broken})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "big.bin")
	roots, err := s.Roots()
	require.NoError(t, err)
	require.Empty(t, roots)
	for _, name := range []string{"big.bin", "config.json", "empty.txt"} { // a truncated archive, say
		_, err = s.Add(context.Background(), failingFS{fixture(), name, io.ErrUnexpectedEOF})
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorContains(t, err, name)
	}
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

func TestAddInvalidProfile(t *testing.T) {
	for _, p := range []storage.Profile{{Name: "no chunks", MaxLinks: 174}, {Name: "no links", ChunkSize: 1}, {Name: "one link", ChunkSize: 1, MaxLinks: 1}, {Name: "huge", ChunkSize: 1 << 30, MaxLinks: 174}} {
		_, err := open(t, storage.Config{Profile: p}).Add(context.Background(), smallTree())
		require.ErrorIs(t, err, storage.ErrUnsupported)
		require.ErrorContains(t, err, p.Name)
	}
}

// lyingFS reports a wrong size for every file.
type lyingFS struct{ fs.FS }

func (l lyingFS) Open(name string) (fs.File, error) {
	file, err := l.FS.Open(name)
	if _, isDir := file.(fs.ReadDirFile); err != nil || isDir {
		return file, err
	}
	return lyingFile{file}, nil
}

type lyingFile struct{ fs.File }

func (f lyingFile) Stat() (fs.FileInfo, error) {
	fi, err := f.File.Stat()
	return lyingInfo{fi}, err
}

type lyingInfo struct{ fs.FileInfo }

func (lyingInfo) Size() int64 { return 1 << 40 }

// Although packing reuses the memory of chunks, the stored bytes are those that
// were hashed, under every profile, in plain and in sharded directories.
func TestAddStoresWhatItHashes(t *testing.T) {
	ctx, tree := context.Background(), fstest.MapFS{}
	for i := range 12 {
		tree[fmt.Sprintf("large/%d.bin", i)] = &fstest.MapFile{Data: pseudo(i*300_000+1, uint32(i+1))}
	}
	for i := range 1100 { // enough long names for a sharded directory
		tree[fmt.Sprintf("sharded/%0220d", i)] = &fstest.MapFile{Data: []byte{byte(i % 16)}}
	}
	for i, p := range storage.Profiles() {
		want, err := storage.CID(ctx, tree, p)
		require.NoError(t, err)
		for _, fsys := range [][]fs.FS{{tree, lyingFS{tree}}, {lyingFS{tree}}}[min(i, 1)] {
			s := open(t, storage.Config{Profile: p, NoSync: true})
			root, err := s.Add(ctx, fsys)
			require.NoError(t, err)
			require.Equal(t, want, root)
			got, err := s.Fetch(ctx, root) // every block is hashed
			require.NoError(t, err, p.Name)
			requireSameTree(t, tree, got)
		}
	}
}

package memfs

import (
	"io"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// The files are a file system that anything can read.
func TestIsAFileSystem(t *testing.T) {
	files := FS{"a": []byte("first"), "b": nil}
	require.NoError(t, fstest.TestFS(files, "a", "b"))
	require.Error(t, fstest.TestFS(files, "other"))
}

// A directory is read to its end at once by 0, in pieces up to io.EOF by 1.
func TestDirectoryInMemoryEnds(t *testing.T) {
	for _, n := range []int{0, 1} {
		dir := &memDir{entries: FS{"a": nil}.entries()}
		entries, err := dir.ReadDir(n)
		require.NoError(t, err)
		require.Len(t, entries, 1)
		entries, err = dir.ReadDir(n)
		require.Empty(t, entries)
		if n == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, io.EOF)
		}
	}
}

func TestRead(t *testing.T) {
	files := FS{"a": []byte("first"), "b": nil}
	got, err := Read(files, 5)
	require.NoError(t, err)
	require.Equal(t, FS{"a": []byte("first"), "b": {}}, got)
	_, err = Read(files, 4)
	require.ErrorIs(t, err, ErrRead)
	_, err = Read(fstest.MapFS{"dir/a": {}}, 100)
	require.ErrorIs(t, err, ErrRead)
}

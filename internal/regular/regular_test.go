//go:build unix

package regular_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// Nobody writes into the pipe: whatever opens it waits for ever.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600))
	require.NoError(t, os.Symlink("file", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("pipe", filepath.Join(dir, "linked pipe")))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "zero")))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()

	for name, says := range map[string]string{"pipe": "a pipe", "linked pipe": "a pipe", "folder": "a directory", "zero": "a device"} {
		_, err := regular.Read(filepath.Join(dir, name), 10)
		require.ErrorIs(t, err, regular.ErrKind, name)
		require.ErrorContains(t, err, says)
		_, err = regular.ReadFS(os.DirFS(dir), name, 10)
		require.ErrorIs(t, err, regular.ErrKind, name)
		_, _, err = regular.OpenIn(root, name)
		require.Error(t, err, name) // /dev/zero lies outside of it
	}
	for _, name := range []string{"file", "link"} {
		got, err := regular.Read(filepath.Join(dir, name), 4)
		require.NoError(t, err)
		require.Equal(t, "text", string(got))
		got, err = regular.ReadFS(os.DirFS(dir), name, 4)
		require.NoError(t, err)
		require.Equal(t, "text", string(got))
		f, info, err := regular.OpenIn(root, name)
		require.NoError(t, err)
		require.EqualValues(t, 4, info.Size())
		require.NoError(t, f.Close())
	}
	_, err = regular.Read(filepath.Join(dir, "file"), 3)
	require.ErrorIs(t, err, regular.ErrSize)
	_, err = regular.Read(filepath.Join(dir, "none"), 3)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// onlyOpen is a file system that cannot tell what a file is before it is open.
type onlyOpen struct{ files fstest.MapFS }

func (o onlyOpen) Open(name string) (fs.File, error) { return o.files.Open(name) }

func TestAFileSystemWithoutStatIsAskedOfWhatIsOpen(t *testing.T) {
	files := onlyOpen{fstest.MapFS{"file": {Data: []byte("text")}, "folder/file": {Data: []byte("text")}}}
	got, err := regular.ReadFS(files, "file", 10)
	require.NoError(t, err)
	require.Equal(t, "text", string(got))
	_, err = regular.ReadFS(files, "folder", 10)
	require.ErrorIs(t, err, regular.ErrKind)
}

func TestAFileThatGrowsEndsAtTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("text"), 0o600))
	info, err := os.Stat(path)
	require.NoError(t, err)
	got, err := regular.ReadAll(strings.NewReader(strings.Repeat("more", 300)), path, info, 1200)
	require.NoError(t, err)
	require.Len(t, got, 1200)
	_, err = regular.ReadAll(strings.NewReader(strings.Repeat("more", 300)), path, info, 1199)
	require.ErrorIs(t, err, regular.ErrSize)
}

package memfs_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
)

// lines writes n lines, one a Write.
func lines(n int) func(io.Writer) error {
	return func(w io.Writer) error {
		for range n {
			if _, err := io.WriteString(w, "a line\n"); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestMadeFilesAreReadAsOthersAre(t *testing.T) {
	defer goleak.VerifyNone(t)
	m := memfs.Made{"a": {Size: 700, Write: lines(100)}, "b": {Size: 0, Write: lines(0)}}
	require.NoError(t, fstest.TestFS(m, "a", "b"))
	b, err := fs.ReadFile(m, "a")
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("a line\n", 100), string(b))
}

func TestMadeFileIsClosedHalfway(t *testing.T) {
	defer goleak.VerifyNone(t)
	var ended error
	f, err := memfs.Made{"a": {Size: 700, Write: func(w io.Writer) error {
		ended = lines(100)(w)
		return ended
	}}}.Open("a")
	require.NoError(t, err)
	_, err = io.ReadFull(f, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.ErrorIs(t, ended, fs.ErrClosed)
	require.NoError(t, f.Close())
}

func TestMadeFileThatIsNotAsAnnounced(t *testing.T) {
	defer goleak.VerifyNone(t)
	failed := errors.New("no weights")
	m := memfs.Made{
		"fails": {Size: 14, Write: func(w io.Writer) error { return errors.Join(lines(1)(w), failed) }},
		"short": {Size: 14, Write: lines(1)}, "long": {Size: 14, Write: lines(3)},
	}
	_, err := fs.ReadFile(m, "fails")
	require.ErrorIs(t, err, failed)
	for _, name := range []string{"short", "long"} {
		_, err := fs.ReadFile(m, name)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "changed")
	}
}

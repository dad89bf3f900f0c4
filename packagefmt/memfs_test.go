package packagefmt

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// The files of a package are a file system that anything can read.
func TestFilesInMemoryAreAFileSystem(t *testing.T) {
	p, _, _ := buildMNIST(t)
	files, err := p.FS()
	require.NoError(t, err)
	read, err := p.files()
	require.NoError(t, err)
	require.NoError(t, fstest.TestFS(files, slices.Collect(maps.Keys(read))...))
	require.Error(t, fstest.TestFS(files, "other"))
}

package packagefmt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever of the fixtures can be read is the same bytes when it is written, read and
// written again: networks as submissions, packages as packages.
func TestFixturesAreWrittenTheSame(t *testing.T) {
	for _, name := range []string{"kit-creator", "kit-trainer"} {
		p, err := Read(os.DirFS(fixture(name)))
		require.NoError(t, err, name)
		first, err := p.files()
		require.NoError(t, err, name)
		back, err := Read(first)
		require.NoError(t, err, name)
		second, err := back.files()
		require.NoError(t, err, name)
		require.Equal(t, first, second, name)
	}
	models, err := filepath.Glob("testdata/*.pt")
	require.NoError(t, err)
	read := 0
	for _, name := range models {
		opts := PyTorchOptions{}
		if strings.HasSuffix(name, "_state.pt") {
			opts.Layers = plainLayers
		}
		m, err := OpenPyTorch(name, opts)
		if err != nil {
			continue
		}
		read++
		for i := range m.Layers { // tied weights stand in graphs
			if m.Tied != nil {
				m.Inputs = append(m.Inputs, []int{i})
			}
		}
		var bytes [2]string
		head := m.Network
		for i := range bytes {
			dir := filepath.Join(t.TempDir(), "gradient")
			base := &Package{Head: m.Network}
			require.NoError(t, WriteGradient(dir, head, base), name)
			for _, file := range []string{ConfigFile, HeadFile} {
				b, err := os.ReadFile(filepath.Join(dir, file))
				require.NoError(t, err)
				bytes[i] += string(b)
			}
			head, err = ReadGradient(os.DirFS(dir), base)
			require.NoError(t, err, name)
		}
		require.Equal(t, bytes[0], bytes[1], name)
	}
	require.Greater(t, read, 25, "of %d models", len(models))
}

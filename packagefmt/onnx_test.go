package packagefmt

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// buildONNX builds a package of a model that testdata/onnx/make.py trained.
func buildONNX(t *testing.T, name string, split SplitOptions) (*Package, Report, dataset.Dataset) {
	t.Helper()
	model, err := OpenONNX(filepath.Join("testdata", "onnx", name), ONNXOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p, report, err := Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Mnist, Limit: 200, Split: split,
		Preprocessing: Preprocessing{Shape: []int{1, 28, 28}}})
	require.NoError(t, err)
	return p, report, sets.Test
}

// What people export in one line, with a free batch or without, by either exporter,
// becomes a package that is read and checked like any other.
func TestONNXPackages(t *testing.T) {
	for _, c := range []struct {
		file  string
		split SplitOptions
		head  []string
		graph bool
	}{
		{"plain.onnx", SplitOptions{}, []string{"Linear", "ReLU", "Linear"}, false},
		{"plain_batch.onnx", SplitOptions{}, []string{"Linear", "ReLU", "Linear"}, false},
		{"dynamo.onnx", SplitOptions{}, []string{"Linear", "ReLU", "Linear"}, false},
		{"plain.onnx", SplitOptions{Ratio: 0.01}, []string{"Linear"}, false},
		{"skip.onnx", SplitOptions{}, []string{"Linear", "GELU", "Linear", "Add", "LayerNorm", "Linear"}, true},
		{"skip_batch.onnx", SplitOptions{}, []string{"Linear", "GELU", "Linear", "Add", "LayerNorm", "Linear"}, true},
	} {
		t.Run(c.file, func(t *testing.T) {
			p, report, test := buildONNX(t, c.file, c.split)
			require.Equal(t, c.head, types(p.Head))
			require.Equal(t, c.graph, p.Head.Inputs != nil)
			require.Greater(t, report.Accuracy, uint32(7000))
			require.Empty(t, report.Notes)

			dir := filepath.Join(t.TempDir(), "package")
			require.NoError(t, p.Write(dir))
			back, err := Read(os.DirFS(dir))
			require.NoError(t, err)
			require.Equal(t, Version3, back.Config.Version)
			require.Equal(t, p.Head, back.Head)
			require.NoError(t, back.CheckEmbeddings(t.Context(), test))
			again, err := back.FS()
			require.NoError(t, err)
			for _, name := range []string{ConfigFile, HeadFile, EncoderONNXFile} {
				want, err := os.ReadFile(filepath.Join(dir, name))
				require.NoError(t, err)
				got, err := fs.ReadFile(again, name)
				require.NoError(t, err)
				require.Equal(t, want, got, name)
			}
		})
	}
}

// A submission for a head that is a graph must take the same values as its base.
func TestGradientOfAGraph(t *testing.T) {
	p, _, _ := buildONNX(t, "skip.onnx", SplitOptions{})
	files, err := GradientFS(p.Head, p)
	require.NoError(t, err)
	back, err := ReadGradient(files, p)
	require.NoError(t, err)
	require.Equal(t, p.Head, back)

	other := p.Head
	other.Inputs = slices.Clone(other.Inputs)
	other.Inputs[3] = []int{3, 3}
	require.ErrorIs(t, SameNetwork(other, p.Head), ErrInvalid)
	_, err = GradientFS(other, p)
	require.ErrorIs(t, err, ErrInvalid)
	other.Inputs = nil
	require.ErrorIs(t, SameNetwork(other, p.Head), ErrInvalid)
}

func TestONNXSplitOptions(t *testing.T) {
	model, err := OpenONNX("testdata/onnx/skip.onnx", ONNXOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	for name, split := range map[string]SplitOptions{
		"the kits' rules": {Strategy: SplitKit},
		"no such value":   {FirstName: "nothing"},
		"ratio":           {Ratio: 2},
	} {
		_, _, err := Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Mnist, Limit: 20, Split: split,
			Preprocessing: Preprocessing{Shape: []int{1, 28, 28}}})
		require.ErrorIs(t, err, ErrNoSplit, name)
	}
	_, _, err = Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Mnist, Limit: 20, Preprocessing: Preprocessing{Shape: []int{784}}})
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "[1 1 28 28]")
}

// External data are read from files beside the model, and from nowhere else.
func TestExternalData(t *testing.T) {
	file, err := os.ReadFile("testdata/onnx/dynamo.onnx")
	require.NoError(t, err)
	data, err := os.ReadFile("testdata/onnx/dynamo.onnx.data")
	require.NoError(t, err)
	_, err = ReadONNX(file, ONNXOptions{})
	require.ErrorIs(t, err, ErrUnsupported, "in memory there are no files beside it")

	dir := t.TempDir()
	model := filepath.Join(dir, "models", "m.onnx")
	require.NoError(t, os.MkdirAll(filepath.Dir(model), 0o700))
	require.NoError(t, os.WriteFile(model, file, 0o600))
	beside, outside := filepath.Join(dir, "models", "dynamo.onnx.data"), filepath.Join(dir, "secret")
	_, err = OpenONNX(model, ONNXOptions{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "dynamo.onnx.data, which does not lie beside the model: put it there")
	require.NoError(t, os.WriteFile(beside, data[:100], 0o600))
	_, err = OpenONNX(model, ONNXOptions{})
	require.ErrorIs(t, err, ErrInvalid)
	require.NoError(t, os.Remove(beside))
	require.NoError(t, os.WriteFile(outside, data, 0o600))
	require.NoError(t, os.Symlink(outside, beside))
	_, err = OpenONNX(model, ONNXOptions{})
	require.Error(t, err, "a link out of the directory")
}

// A small file of data is not read often, nor a file that has more bytes than a disk for more than a model may have.
func TestExternalDataIsBounded(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "small"), make([]byte, 8), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large"), nil, 0o600))
	require.NoError(t, os.Truncate(filepath.Join(dir, "large"), 1<<40))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	read := beside(root)
	for _, offset := range []int64{4, 0} {
		b, err := read("small", offset, 4)
		require.NoError(t, err)
		require.Len(t, b, 4)
	}
	_, err = read("small", 2, 4)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "share bytes")
	_, err = read("large", 0, MaxONNX)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "more than 2147483647 bytes")
}

// A package has one encoder.
func TestTwoEncoders(t *testing.T) {
	p, _, _ := buildONNX(t, "plain.onnx", SplitOptions{})
	m, err := p.files()
	require.NoError(t, err)
	m[EncoderFile] = []byte(`{"layers": []}`)
	require.NoError(t, readdSums(m))
	_, err = Read(m)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "one encoder")
	delete(m, EncoderFile)
	m[EncoderONNXFile] = m[EncoderONNXFile][:1000]
	require.NoError(t, readdSums(m))
	_, err = Read(m)
	require.ErrorIs(t, err, ErrInvalid)
}

// readdSums writes config.json again for changed files.
func readdSums(m memFS) error {
	c, err := ParseConfig(m[ConfigFile])
	if err != nil {
		return err
	}
	delete(m, ConfigFile)
	return addConfig(m, c)
}

// What torch.nn has no class for stands in graphs only: a list with it is refused, and
// a chain of nodes stays a graph.
func TestGraphOnly(t *testing.T) {
	select0 := Layer{Type: "Select", Params: map[string]any{"dim": 1.0, "index": 0.0}}
	rows := Layer{Type: "Unflatten", Params: map[string]any{"dim": 1.0, "unflattened_size": []any{2.0, 3.0}}}
	list := Network{Layers: []Layer{rows, select0}}
	require.ErrorIs(t, list.Check(), ErrUnsupported)
	require.ErrorContains(t, list.Check(), "graphs")
	graph := list
	graph.Inputs = [][]int{{0}, {1}}
	require.NoError(t, graph.Check())
}

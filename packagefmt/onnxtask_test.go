package packagefmt

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// A data round's base may come from an ONNX file: its encoder becomes layers, a graph where the model
// has branches, which adapters can be added to, and the package is written and read like any other.
func TestTaskOfONNXModel(t *testing.T) {
	model, err := OpenONNX(fixture("onnx/skip.onnx"), ONNXOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	build := func(targets ...string) (*Package, Report, error) {
		task := mnistTask()
		task.Adapter.Targets = targets
		return Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Mnist, Limit: 200, Task: task,
			Preprocessing: Preprocessing{Shape: []int{1, 28, 28}}, Split: SplitOptions{Ratio: 0.01}})
	}
	p, report, err := build("encoder.layers.0", "encoder.layers.6", "head")
	require.NoError(t, err)
	require.Empty(t, report.Notes)
	require.Nil(t, p.Encoder.ONNX)
	require.NotNil(t, p.Encoder.Inputs, "it has a branch: %v", types(*p.Encoder))
	targets, err := p.Targets()
	require.NoError(t, err)
	t.Log(types(*p.Encoder), p.Adaptable())
	require.Len(t, targets, 3)
	var called []string
	for _, m := range report.Matrices {
		called = append(called, m.Path+": "+m.Origin)
	}
	require.Equal(t, []string{"encoder.layers.0: onnx::Conv_39, node /stem/stem.0/Conv", "encoder.layers.4: down.weight, node /down/Gemm",
		"encoder.layers.6: a.weight, node /a/Gemm", "encoder.layers.8: b.weight, node /b/Gemm", "head.layers.0: fc.weight, node /fc/Gemm"}, called)

	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	back, err := Read(os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, p.Encoder, back.Encoder)
	require.NoError(t, back.CheckEmbeddings(t.Context(), sets.Test))
	x, _, err := back.Samples(t.Context(), sets.Test, 10)
	require.NoError(t, err)
	requireWhole(t, back, x)

	// A package of a round of heads keeps the ONNX file; its whole model has the same layers.
	heads, _, _ := buildONNX(t, "skip.onnx", SplitOptions{Ratio: 0.01})
	require.NotNil(t, heads.Encoder.ONNX)
	require.Equal(t, p.Adaptable(), heads.Adaptable())
	requireWhole(t, heads, x)
	heads.Config.Task = p.Config.Task
	require.ErrorIs(t, heads.Write(filepath.Join(t.TempDir(), "package")), ErrInvalid)

	_, report, err = build("encoder.layers.1")
	require.ErrorIs(t, err, ErrInvalid)
	require.Len(t, report.Matrices, 5, "they are what can be named instead")
	require.ErrorContains(t, err, "there are encoder.layers.0")
}

// A part of a graph is a graph, unless it takes something from in front of it.
func TestPartsOfGraphs(t *testing.T) {
	relu, add := Layer{Type: "ReLU"}, Layer{Type: "Add"}
	n := Network{Layers: []Layer{relu, relu, add, relu}, Inputs: [][]int{{0}, {1}, {1, 2}, {3}}}
	part, err := n.slice(1, 4)
	require.NoError(t, err)
	require.Equal(t, [][]int{{0}, {0, 1}, {2}}, part.Inputs)
	_, err = n.slice(2, 4)
	require.ErrorIs(t, err, ErrNoSplit)
	require.ErrorContains(t, err, "layer 2 takes a value from in front of layer 2")
	n.Tied = map[string]string{}
	require.Equal(t, n.Inputs, n.untied().Inputs)
}

// A language model that came as an ONNX file is a package of conversations like any other: layers, its output weight still
// the embedding, adapted in its attention and after it.
func TestTaskOfONNXLanguageModel(t *testing.T) {
	model, err := OpenONNX("../internal/onnx/testdata/bytes.onnx", ONNXOptions{})
	require.NoError(t, err)
	test := talks(t, whaling...)
	build := func(context int, targets ...string) (*Package, error) {
		p, report, err := Build(t.Context(), model, test, BuildOptions{Dataset: dataset.ID(200), Task: talkTask(context, targets...)})
		if err == nil {
			require.Equal(t, "val_7, h.0.c_attn.bias, node node_MatMul_14", report.Matrices[1].Origin, "its matrix was turned around")
		}
		return p, err
	}
	p, err := build(32, "head")
	require.NoError(t, err)
	require.Contains(t, types(p.Head), "CausalMask")
	require.Len(t, p.Head.Tied, 1)
	targets, err := p.Targets()
	require.NoError(t, err)
	require.Len(t, targets, 5, "the embedding, queries to values, their output, up, down")
	files, err := p.files()
	require.NoError(t, err)
	back, err := Read(files)
	require.NoError(t, err)
	require.Equal(t, p.Head, back.Head)
	graph, err := model.executable([]int{32})
	require.NoError(t, err)
	want, err := graph.Forward(p.Embeddings)
	require.NoError(t, err)
	whole, err := back.Whole()
	require.NoError(t, err)
	net, err := whole.net()
	require.NoError(t, err)
	got, err := net.Forward(p.Embeddings)
	require.NoError(t, err)
	require.NoError(t, closeTo(want.Data, got.Data, 1e-5))

	_, err = build(64, "head")
	require.ErrorContains(t, err, "samples of shape [64]")
}

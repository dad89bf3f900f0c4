package lower_test

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// wholeCase is a model of testdata/gpt.zip or padded.zip, which testdata/gpt/make.py writes.
type wholeCase struct {
	headCase
	Logits []byte // float64
}

// TestLanguageModelsLearnAsInPyTorch: a GPT as either exporter writes it becomes layers as a whole, with PyTorch's logits and
// gradients of every parameter; where its output weight is the embedding, it stays so.
func TestLanguageModelsLearnAsInPyTorch(t *testing.T) {
	for name, tied := range map[string]bool{"encoder": true, "nano": true, "min": false, "gpt2": true} {
		wholeModel(t, "gpt.zip", name, func(t *testing.T, head lower.Head) {
			ties, types := 0, map[string]int{}
			for _, nd := range head.Nodes {
				ties += len(nd.Tied)
				types[nd.Type]++
			}
			require.Equal(t, tied, ties == 1, "%d weights are tied", ties)
			require.Equal(t, [3]int{1, 1, 1}, [3]int{types["Embedding"], types["CausalMask"], types["GELU"]}, "%v", types)
		})
	}
}

// TestPaddedTextsLearnAsInPyTorch: so does an encoder whose attention leaves out padding, with what it is told from token
// ids, and one that takes the mean of the tokens that are there.
func TestPaddedTextsLearnAsInPyTorch(t *testing.T) {
	for _, name := range []string{"encoder", "sentences"} {
		wholeModel(t, "padded.zip", name, func(*testing.T, lower.Head) {})
	}
}

// wholeModel compares what becomes of a model's two files.
func wholeModel(t *testing.T, file, name string, check func(t *testing.T, head lower.Head)) {
	z, err := zip.OpenReader("../testdata/" + file)
	require.NoError(t, err)
	defer z.Close()
	for _, exporter := range []string{"legacy", "dynamo"} {
		t.Run(name+"."+exporter, func(t *testing.T) {
			var c wholeCase
			b, err := fs.ReadFile(z, name+"/case.json")
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(b, &c))
			b, err = fs.ReadFile(z, name+"/"+exporter+".onnx")
			require.NoError(t, err)
			p, err := onnx.Load(b, onnx.Options{})
			require.NoError(t, err)
			n, err := p.Specialize(c.Shape[1:], onnx.Limits{Bytes: 1 << 26, Work: 1 << 30})
			require.NoError(t, err)
			head, err := lower.Whole(n)
			require.NoError(t, err)
			check(t, head)
			c.compareWhole(t, head)
		})
	}
}

// TestWholeModelsAreLayers: models as people export them become layers that compute what onnxruntime does.
func TestWholeModelsAreLayers(t *testing.T) {
	for _, w := range onnxtest.Models(t, "hf_albert", "hf_bert", "hf_distilbert", "timm_vit", "tv_mobilenet_v2", "residual", "gru.legacy", "sklearn_logistic") {
		t.Run(w.Name, func(t *testing.T) {
			p, err := onnx.Load(w.File, onnx.Options{External: onnxtest.Uniform})
			require.NoError(t, err)
			n, err := p.Specialize(w.X.Shape[1:], onnx.Limits{Bytes: 1 << 29, Work: 1 << 37})
			require.NoError(t, err)
			head, err := lower.Whole(n)
			require.NoError(t, err)
			net, err := nn.Frozen(head.Nodes, head.Weights)
			require.NoError(t, err)
			y, err := net.Forward(w.X)
			require.NoError(t, err)
			onnxtest.RequireClose(t, w.Y, y)
		})
	}
}

// compareWhole compares logits and gradients.
func (c wholeCase) compareWhole(t *testing.T, head lower.Head) {
	net, err := nn.NewGraph(head.Nodes, head.Weights)
	require.NoError(t, err)
	x := tensor.Tensor{Shape: c.Shape, Data: floats(c.X)}
	y, err := net.Forward(x)
	require.NoError(t, err)
	require.Len(t, y.Data, len(c.Logits)/8)
	for i, v := range y.Data {
		require.InDelta(t, math.Float64frombits(binary.LittleEndian.Uint64(c.Logits[8*i:])), v, 1e-5, "logit %d", i)
	}
	found := c.compareGradients(t, net, head, x)
	for _, ref := range c.Params {
		require.True(t, found[ref.Name], "%s is no weight", ref.Name)
	}
}

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
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// gptCase is a language model of testdata/gpt.zip, which testdata/gpt/make.py writes.
type gptCase struct {
	headCase
	Logits []byte // float64
}

// TestLanguageModelsLearnAsInPyTorch: a GPT as either exporter writes it becomes layers as a whole, with PyTorch's logits and
// gradients of every parameter; where its output weight is the embedding, it stays so.
func TestLanguageModelsLearnAsInPyTorch(t *testing.T) {
	z, err := zip.OpenReader("../testdata/gpt.zip")
	require.NoError(t, err)
	defer z.Close()
	for name, tied := range map[string]bool{"encoder": true, "nano": true, "min": false, "gpt2": true} {
		for _, exporter := range []string{"legacy", "dynamo"} {
			t.Run(name+"."+exporter, func(t *testing.T) {
				var c gptCase
				b, err := fs.ReadFile(z, name+"/case.json")
				require.NoError(t, err)
				require.NoError(t, json.Unmarshal(b, &c))
				file, err := fs.ReadFile(z, name+"/"+exporter+".onnx")
				require.NoError(t, err)
				p, err := onnx.Load(file, onnx.Options{})
				require.NoError(t, err)
				n, err := p.Specialize(c.Shape[1:], onnx.Limits{Bytes: 1 << 26, Work: 1 << 30})
				require.NoError(t, err)
				head, err := lower.Whole(n)
				require.NoError(t, err)
				ties, types := 0, map[string]int{}
				for _, nd := range head.Nodes {
					ties += len(nd.Tied)
					types[nd.Type]++
				}
				require.Equal(t, tied, ties == 1, "%d weights are tied", ties)
				require.Equal(t, [3]int{1, 1, 1}, [3]int{types["Embedding"], types["CausalMask"], types["GELU"]}, "%v", types)
				c.compareWhole(t, head)
			})
		}
	}
}

// compareWhole compares logits and gradients.
func (c gptCase) compareWhole(t *testing.T, head lower.Head) {
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

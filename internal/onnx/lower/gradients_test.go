package lower_test

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// headCase is a model of testdata/heads.zip, which testdata/heads/make.py writes, with
// PyTorch's gradients of the cross-entropy in float64.
type headCase struct {
	Shape  []int
	X      []byte // float32, little-endian
	Labels []int
	Params []torchParam
}

type torchParam struct {
	Name         string
	Shape        []int
	Head         bool   // it is behind the place where the head must begin at the latest
	W, G         []byte // float32, float64
	Strayed, Top float64
}

func floats(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

// TestHeadsLearnAsInPyTorch: the gradients of heads that hold whole encoder blocks and
// recurrent layers are those of the model that was exported.
func TestHeadsLearnAsInPyTorch(t *testing.T) {
	z, err := zip.OpenReader("../testdata/heads.zip")
	require.NoError(t, err)
	defer z.Close()
	entries, err := fs.ReadDir(z, ".")
	require.NoError(t, err)
	require.Greater(t, len(entries), 15)
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			read := func(name string) []byte {
				f, err := z.Open(e.Name() + "/" + name)
				require.NoError(t, err)
				defer f.Close()
				b, err := io.ReadAll(f)
				require.NoError(t, err)
				return b
			}
			var c headCase
			require.NoError(t, json.Unmarshal(read("case.json"), &c))
			p, err := onnx.Load(read("model.onnx"), onnx.Options{})
			require.NoError(t, err)
			c.compare(t, p)
		})
	}
}

// compare compares the gradients of the longest head.
func (c headCase) compare(t *testing.T, p *onnx.Program) {
	n, err := p.Specialize(c.Shape[1:], onnx.Limits{Bytes: 1 << 26, Work: 1 << 30})
	require.NoError(t, err)
	head, cut := longest(t, n)
	net, err := nn.NewGraph(head.Nodes, head.Weights)
	require.NoError(t, err)
	x, err := n.Front(cut).Forward(tensor.Tensor{Shape: c.Shape, Data: floats(c.X)})
	require.NoError(t, err)
	found := c.compareGradients(t, net, head, x)
	for _, ref := range c.Params {
		require.True(t, found[ref.Name] || !ref.Head, "%s is not in the head behind %s", ref.Name, cut.Name)
	}
	t.Logf("%d layers behind %s", len(head.Nodes), cut.Name)
}

// compareGradients compares those of all weights, and returns the names that PyTorch has for them.
func (c headCase) compareGradients(t *testing.T, net *nn.Net, head lower.Head, x tensor.Tensor) (found map[string]bool) {
	t.Helper()
	tr, err := net.NewTrainer(x.Shape[1:], nn.TrainConfig{Batch: x.Shape[0], Threads: 2, Optimizer: &nn.SGD{}})
	require.NoError(t, err)
	defer tr.Close()
	const rate = 1 << 14 // the weights of before are lost in rounding
	_, err = tr.Step(x.Data, c.Labels, rate)
	require.NoError(t, err)

	found = map[string]bool{}
	for name, after := range net.Weights() {
		before := head.Weights[name]
		ref, ok := c.param(before)
		require.True(t, ok, "%s of shape %v is no parameter of PyTorch's", name, before.Shape)
		found[ref.Name] = true
		for i, w := range after.Data {
			got := (float64(before.Data[i]) - float64(w)) / rate
			want := math.Float64frombits(binary.LittleEndian.Uint64(ref.G[8*i:]))
			require.InDelta(t, want, got, 4*ref.Strayed+2e-6*ref.Top+1e-11, "%s, %s, element %d", name, ref.Name, i)
		}
	}
	return found
}

// param is the parameter with the numbers of a weight: all of them, or, of a table of
// rows, the first ones.
func (c headCase) param(w tensor.Tensor) (torchParam, bool) {
	i := slices.IndexFunc(c.Params, func(p torchParam) bool {
		all := floats(p.W)
		last := len(p.Shape) - 1
		rows := last > 0 && p.Shape[last] == w.Shape[len(w.Shape)-1]
		return (slices.Equal(p.Shape, w.Shape) || rows) && len(w.Data) <= len(all) && slices.Equal(all[:len(w.Data)], w.Data)
	})
	if i < 0 {
		return torchParam{}, false
	}
	return c.Params[i], true
}

// longest is the head of the first cut behind which all are layers.
func longest(t *testing.T, n *onnx.Net) (lower.Head, onnx.Cut) {
	var why []string
	for _, cut := range n.Cuts() {
		head, err := lower.Tail(n, cut)
		if err == nil {
			return head, cut
		}
		why = append(why, cut.Name+": "+err.Error())
	}
	t.Fatalf("no head: %s", strings.Join(why, "\n"))
	return lower.Head{}, onnx.Cut{}
}

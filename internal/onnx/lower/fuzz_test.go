package lower_test

import (
	"archive/zip"
	"io"
	"io/fs"
	"maps"
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

// FuzzTail: whatever a file says, a head that is made of its tail, or of all of it, is a network, and
// computes what the graph computes.
func FuzzTail(f *testing.F) {
	z, err := zip.OpenReader("../testdata/heads.zip")
	require.NoError(f, err)
	defer z.Close()
	for _, name := range []string{"timm_vit.dynamo", "distilbert.legacy", "encoder_first.legacy", "lstm_both.legacy", "gru_both.legacy", "rnn_relu.legacy", "tied.dynamo"} {
		file, err := z.Open(name + "/model.onnx")
		require.NoError(f, err)
		b, err := io.ReadAll(file)
		require.NoError(f, err)
		f.Add(b)
	}
	for _, name := range []string{"gpt.zip min/dynamo.onnx", "padded.zip encoder/legacy.onnx", "padded.zip sentences/dynamo.onnx"} {
		archive, file, _ := strings.Cut(name, " ")
		z, err := zip.OpenReader("../testdata/" + archive)
		require.NoError(f, err)
		defer z.Close()
		b, err := fs.ReadFile(z, file)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := onnx.Load(b, onnx.Options{})
		if err != nil {
			return
		}
		var sample []int
		for i, d := range p.Input().Dims {
			if i > 0 {
				sample = append(sample, min(max(d, 1), 16))
			}
		}
		n, err := p.Specialize(sample, onnx.Limits{Bytes: 1 << 22, Work: 1 << 24})
		if err != nil {
			return
		}
		x := tensor.New(append([]int{3}, sample...)...)
		for i := range x.Data {
			x.Data[i] = float32(i % 5)
		}
		want, err := n.Forward(x)
		if err != nil {
			return // such as an index out of range
		}
		if head, err := lower.Whole(n); err == nil {
			compareHead(t, head, x, want)
		} else {
			require.ErrorIs(t, err, onnx.ErrUnsupported)
		}
		for _, cut := range n.Cuts() {
			head, err := lower.Tail(n, cut)
			if err != nil {
				require.ErrorIs(t, err, onnx.ErrUnsupported)
				continue
			}
			features, err := n.Front(cut).Forward(x)
			require.NoError(t, err)
			compareHead(t, head, features, want)
			return // the longest is enough
		}
	})
}

func compareHead(t *testing.T, head lower.Head, x, want tensor.Tensor) {
	net, err := nn.NewGraph(head.Nodes, head.Weights)
	if err != nil {
		require.NotContains(t, err.Error(), "takes value")
		return // numbers that are not finite, a layer with arguments that are not known
	}
	for _, w := range append(slices.Collect(maps.Values(head.Weights)), x) {
		for _, v := range w.Data {
			if !(math.Abs(float64(v)) < 1e3) {
				return // sums of large numbers
			}
		}
	}
	if _, err := net.OutputShape(x.Shape[1:]); err != nil {
		return // a layer that does not take such samples
	}
	got, err := net.Forward(x)
	if err != nil {
		require.ErrorContains(t, err, "want whole numbers", "an index that counts from the end")
		return
	}
	require.Equal(t, want.Shape, got.Shape)
	largest := 0.0
	for _, w := range want.Data {
		largest = max(largest, math.Abs(float64(w)))
	}
	if !(largest < 1e3) || largest < 1e-3 {
		return // sums of large numbers, perhaps not finite
	}
	for i, w := range want.Data {
		require.InDelta(t, w, got.Data[i], 1e-2*largest)
	}
}

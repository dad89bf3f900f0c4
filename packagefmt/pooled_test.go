package packagefmt

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A model that gives a row of logits for every token is a classifier by its first one:
// the package computes what PyTorch computes there.
func TestLogitsOfTheFirstToken(t *testing.T) {
	b, err := os.ReadFile(fixture("doors.safetensors"))
	require.NoError(t, err)
	out, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	x, y := out["tokens.x"], out["tokens.y"]
	require.Equal(t, []int{40, 6, 3}, y.Shape)

	m, err := OpenPyTorch(fixture("doors_tokens.pt"), PyTorchOptions{})
	require.NoError(t, err)
	test, err := dataset.New([]int{6}, 3, x.Data, make([]int, 40))
	require.NoError(t, err)
	p, report, err := Build(t.Context(), m, test, BuildOptions{Dataset: dataset.Iris, Split: SplitOptions{Ratio: 0.001}})
	require.NoError(t, err)
	require.Equal(t, 3, report.FirstLayer)
	require.Contains(t, report.Notes[0], "the first token")
	require.Equal(t, []int{40, 8}, p.Embeddings.Shape)
	net, err := p.Head.net()
	require.NoError(t, err)
	got, err := net.Forward(p.Embeddings)
	require.NoError(t, err)
	for i := range 40 {
		require.InDeltaSlice(t, y.Data[i*18:i*18+3], got.Data[i*3:i*3+3], 1e-5)
	}
}

// A mean over all places, and a column: what else the kits make of features.
func TestPooledOutputs(t *testing.T) {
	for _, c := range []struct{ shape, want []int }{
		{[]int{4}, []int{4, 1}}, {[]int{4, 3}, []int{4, 3}}, {[]int{4, 5, 3}, []int{4, 3}}, {[]int{4, 3, 2, 2}, []int{4, 3}}, {[]int{4, 3, 2, 2, 2}, []int{4, 3}},
	} {
		b := builder{want: counting(1, c.shape...)}
		require.NoError(t, b.poolOutput())
		require.Equal(t, c.want, b.want.Shape)
		require.Equal(t, len(c.shape) > 2, len(b.report.Notes) == 1)
	}
	b := builder{want: counting(1, 2, 1, 1, 1, 1, 1)}
	require.ErrorIs(t, b.poolOutput(), ErrUnsupported)
}

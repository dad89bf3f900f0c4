package packagefmt

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// The right order of a state_dict's layers is proved, a wrong one that has the same
// weights is refused.
func TestCheckOutputs(t *testing.T) {
	b, err := os.ReadFile(fixture("doors.safetensors"))
	require.NoError(t, err)
	out, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	x, want := out["compiled.x"], out["compiled.y"]
	open := func(layers []Layer) Model {
		m, err := OpenPyTorch(fixture("doors_compiled.pt"), PyTorchOptions{Layers: layers})
		require.NoError(t, err)
		return m
	}
	m := open(plainLayers)
	require.NoError(t, m.CheckOutputs(x, want))
	wrong := []Layer{plainLayers[0], {"Tanh", params{}}, plainLayers[2]}
	require.ErrorIs(t, open(wrong).CheckOutputs(x, want), ErrInvalid)
	require.ErrorContains(t, open(wrong).CheckOutputs(x, want), "differ by")
	require.ErrorContains(t, open(plainLayers[:3:3]).CheckOutputs(want, want), "cannot run")
	require.ErrorContains(t, m.CheckOutputs(x, x), "outputs of shape")
	gpt := readGPT(t, "gpt")
	net, err := gpt.net()
	require.NoError(t, err)
	text := tokensOf([]byte("Call me"))
	scores, err := net.Forward(text)
	require.NoError(t, err)
	require.NoError(t, gpt.CheckOutputs(text, scores), "of a language model for each token")
	for _, bad := range [][2]safetensors.Tensor{
		{{Shape: []int{5}, Data: x.Data[:5]}, want},
		{x, {Shape: []int{4, 2}, Data: want.Data[:8]}},
		{{Shape: []int{0, 3}}, {Shape: []int{0, 2}}},
	} {
		require.ErrorIs(t, m.CheckOutputs(bad[0], bad[1]), ErrInvalid)
	}
}

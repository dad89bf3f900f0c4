package packagefmt

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// A model file may name PyTorch's layers, and of its functions only the two that
// activate a TransformerEncoderLayer.
func TestNamesThatAModelMayUse(t *testing.T) {
	l := &torchLoader{opts: PyTorchOptions{InOrder: []string{"Mine"}}}
	for name, ok := range map[pickle.Global]bool{
		{Module: "torch.nn.modules.linear", Name: "Linear"}: true,
		{Module: "torch.nn.functional", Name: "relu"}:       true,
		{Module: "torch.nn.functional", Name: "gelu"}:       true,
		{Module: "torch.nn.functional", Name: "tanh"}:       false,
		{Module: "torch._C._nn", Name: "gelu"}:              true,
		{Module: "torch._C._nn", Name: "relu"}:              false,
		{Module: "other", Name: "gelu"}:                     false,
		{Module: "torch.nn", Name: "Linear"}:                false,
		{Module: "__main__", Name: "Mine"}:                  true,
		{Module: "__main__", Name: "Yours"}:                 false,
	} {
		if ok {
			require.NoError(t, l.allow(name), name)
		} else {
			require.ErrorIs(t, l.allow(name), ErrUnsupported, name)
		}
	}
}

// nested is a layer within so many Sequentials.
func nested(depth int) string {
	text := linear(tensor(2, 0, []int64{1, 2}, []int64{2, 1}))
	for range depth {
		text = sequential(text)
	}
	return text
}

func TestNestingOfModules(t *testing.T) {
	for depth, ok := range map[int]bool{0: true, 1: true, maxDepth: true, maxDepth + 1: false} {
		b := pt(t, pk(nested(depth)))
		m, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
		if ok {
			require.NoError(t, err, depth)
			require.Equal(t, []string{"Linear"}, types(m.Network))
		} else {
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, "nested more than 64 deep")
		}
	}
}

// An error says which module it is about.
func TestErrorsNameTheModule(t *testing.T) {
	strange := mod("other", "Strange")
	for text, want := range map[string]string{
		strange:                         "the model is a",
		sequential(strange):             `module "0" is a`,
		sequential(sequential(strange)): `module "0.0" is a`,
	} {
		b := pt(t, pk(text))
		_, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, want)
	}
}

func TestWalkOfATreeIsBounded(t *testing.T) {
	work := maxWork - 2
	m := module{work: &work}
	require.NoError(t, m.charge(2), "as many steps as there may be")
	require.ErrorIs(t, m.charge(1), ErrInvalid)
}

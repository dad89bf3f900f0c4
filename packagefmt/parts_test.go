package packagefmt

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A layer whose parts were replaced is read as what it computes, or refused;
// never as something else.
func TestReplacedParts(t *testing.T) {
	f, err := os.ReadFile(fixture("parts.safetensors"))
	require.NoError(t, err)
	outputs, err := safetensors.Read(strings.NewReader(string(f)), int64(len(f)))
	require.NoError(t, err)
	for name, refusal := range map[string]string{
		"parts_gelu": "", "parts_relu": "", "parts_lazy": "",
		"parts_tanh": "the activation of a", "parts_silu": "the activation of a",
		"parts_eps": "eps 1e-05 and 0.5", "parts_norm": "RMSNorm", "parts_dropout": "its dropout1 is a",
		"parts_negative": "negated view",
	} {
		t.Run(name, func(t *testing.T) {
			m, err := OpenPyTorch(fixture(name+".pt"), PyTorchOptions{})
			if refusal != "" {
				require.ErrorContains(t, err, refusal)
				return
			}
			require.NoError(t, err)
			net, err := m.net()
			require.NoError(t, err)
			got, err := net.Forward(outputs[name+".x"])
			require.NoError(t, err)
			require.Equal(t, outputs[name+".y"].Shape, got.Shape)
			require.InDeltaSlice(t, outputs[name+".y"].Data, got.Data, 1e-5)
		})
	}
}

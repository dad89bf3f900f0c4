package layers

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func linearSpec(in, out int) Spec {
	return Spec{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
}

func TestSameSpec(t *testing.T) {
	base := linearSpec(2, 3)
	same := func(b Spec) bool {
		ok, err := SameSpec(base, b)
		require.NoError(t, err)
		return ok
	}
	written := linearSpec(2, 3)
	written.Params["bias"], written.Params["device"] = true, "cuda"
	require.True(t, same(written))
	written.Params["bias"] = false
	require.False(t, same(written))
	require.False(t, same(linearSpec(3, 2)))
	require.False(t, same(Spec{Type: "ReLU"}))
	_, err := SameSpec(base, Spec{Type: "Nonsense"})
	require.ErrorIs(t, err, ErrUnsupported)
}

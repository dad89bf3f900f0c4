//go:build linux

package trainer

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/fulldisk"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// On a full disk the last checkpoint stays, and nothing half written is kept beside it.
func TestDiskFull(t *testing.T) {
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0}}},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": {Shape: []int{2, 2}, Data: []float32{1, 0, 0, 1}}, "layers.0.bias": {Shape: []int{2}, Data: []float32{0, 0}},
		},
	}
	x := safetensors.Tensor{Shape: []int{2, 2}, Data: []float32{1, 2, 2, 1}}
	r := run{dir: filepath.Join(t.TempDir(), "round-0")}
	save := func() (err error) {
		_, _, err = fit.Train(t.Context(), head, x, []int{0, 1}, fit.Options{Epochs: 1, OnCheckpoint: r.saveCheckpoint})
		return err
	}
	require.NoError(t, save())
	old, err := os.ReadFile(r.checkpointPath())
	require.NoError(t, err)
	fulldisk.During(t, 100, func() {
		require.ErrorIs(t, save(), syscall.EFBIG)
	})
	now, err := os.ReadFile(r.checkpointPath())
	require.NoError(t, err)
	require.Equal(t, old, now)
	require.NotNil(t, r.loadCheckpoint())
	entries, err := os.ReadDir(filepath.Dir(r.dir))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

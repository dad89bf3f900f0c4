//go:build python

// Run with: DECLOUD_PYTHON=/path/to/python go test -tags python
// where that Python has torch and safetensors.

package external_test

import (
	"bytes"
	"cmp"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/trainer/fit/external"
)

// PyTorch by the contract does as well as our engine: the held-out accuracy of one is within 3 points of the other's, and above the
// base's.
func TestPyTorchTrainsAsWell(t *testing.T) {
	head, x, y := someDigits(t, math.MaxInt)
	opts := fit.Options{Epochs: 10, BatchSize: 32, LearningRate: 0.003, Seed: 5, HoldOut: 0.5, Threads: 1}
	_, ours, err := fit.Train(t.Context(), head, x, y, opts)
	require.NoError(t, err)
	var printed bytes.Buffer
	epochs := 0
	opts.OnProgress = func(fit.Progress) { epochs++ }
	c := external.Command{Args: []string{cmp.Or(os.Getenv("DECLOUD_PYTHON"), "python3"), "testdata/fit.py"}, TempDir: t.TempDir(), Output: &printed}
	_, theirs, err := c.Train(t.Context(), head, x, y, opts)
	require.NoError(t, err)
	require.Equal(t, opts.Epochs, epochs)
	require.Contains(t, printed.String(), "trained on c")
	t.Logf("held out: ours %+v, PyTorch's %+v", ours.Epochs[ours.Best], theirs.Epochs[0])
	require.InDelta(t, ours.Epochs[ours.Best].HeldOutAccuracy, theirs.Epochs[0].HeldOutAccuracy, 0.03)
	_, none, err := fit.Train(t.Context(), head, x, y, fit.Options{Epochs: 1, LearningRate: 1e-9, Seed: 5, HoldOut: 0.5})
	require.NoError(t, err)
	require.Greater(t, theirs.Epochs[0].HeldOutAccuracy, none.Epochs[0].HeldOutAccuracy)
}

package packagefmt

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// What readers would refuse for its size is refused before it is built.
func TestBuildRefusesWhatNobodyReads(t *testing.T) {
	before := defaultLimits
	defer func() { defaultLimits = before }()
	set, err := dataset.New([]int{8}, 2, make([]float32, 8*4), []int{0, 1, 0, 1})
	require.NoError(t, err)
	m := model(t, linearLayer(8, 64), linearLayer(64, 4), linearLayer(4, 2))
	opts := BuildOptions{Dataset: dataset.Mnist, Preprocessing: Preprocessing{Classes: []string{"a", "b"}}, Split: SplitOptions{FirstLayer: 1}}
	_, _, err = Build(context.Background(), m, set, opts)
	require.NoError(t, err)
	for limit, part := range map[int64]string{4 * (64*4 + 4 + 4*2 + 1): "head", 4 * (8*64 + 63): "encoder"} {
		defaultLimits.Weights = limit
		_, _, err = Build(context.Background(), m, set, opts)
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, "the "+part+"'s weights take")
	}
	defaultLimits.Weights = 4 * (8*64 + 63)
	opts.OmitEncoder = true
	_, _, err = Build(context.Background(), m, set, opts)
	require.NoError(t, err, "an encoder that is left out has no limit")
}

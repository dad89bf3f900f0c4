package packagefmt

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func TestOneLabelForEachEmbedding(t *testing.T) {
	p, _, sets := buildMNIST(t)
	want, err := p.Labels(sets.Test)
	require.NoError(t, err)
	require.Len(t, want, 1000)

	// A kit's package may lack metadata.
	files, err := p.files()
	require.NoError(t, err)
	silent := change(t, files, func(m memFS) {
		edit(t, m, func(c map[string]any) { delete(c, "metadata") })
	})
	quiet, err := Read(silent)
	require.NoError(t, err)
	require.Zero(t, quiet.Config.Metadata.NumSamples)
	_, known := quiet.Dataset()
	require.False(t, known)
	labels, err := quiet.Labels(sets.Test)
	require.NoError(t, err)
	require.Equal(t, want, labels)

	few, err := dataset.Subset(sets.Test, []int{1, 2, 3})
	require.NoError(t, err)
	_, err = p.Labels(few)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "1000 samples, but this copy of the test split has only 3: check that it is Mnist")

	lie := *p
	lie.Config.Metadata.NumSamples = 7
	_, err = lie.Labels(sets.Test)
	require.ErrorContains(t, err, "metadata says 7 samples")
	_, err = (&Package{}).Labels(sets.Test)
	require.ErrorIs(t, err, ErrInvalid)
}

// undescribed hides how a set describes itself: a user's own has only the two
// methods of dataset.Dataset.
type undescribed struct{ dataset.Dataset }

func TestLabelsOfAnUndescribedSet(t *testing.T) {
	p, err := Read(os.DirFS(fixture("kit-creator")))
	require.NoError(t, err)
	labels := make([]int, 20)
	for i := range labels {
		labels[i] = i % 3
	}
	iris, err := dataset.New([]int{4}, 3, make([]float32, 80), labels)
	require.NoError(t, err)
	got, err := p.Labels(undescribed{iris})
	require.NoError(t, err)
	require.Equal(t, labels, got)

	p.Config.Metadata.Dataset = "nobody knows"
	_, err = p.Labels(undescribed{iris})
	require.ErrorIs(t, err, dataset.ErrBuffer, "not the shape of some other set")
}

func TestHeadMayKeepTheOutputsOfAnotherDataSet(t *testing.T) {
	p, _, _ := buildMNIST(t)
	m, err := p.files()
	require.NoError(t, err)
	widen(t, m, 1000) // as a head that was trained on ImageNet
	edit(t, m, func(c map[string]any) { delete(c["preprocessing"].(map[string]any), "classes") })
	_, err = Read(m)
	require.NoError(t, err)
}

func TestGradientLimit(t *testing.T) {
	base, _, _ := buildMNIST(t)
	files, err := gradientFiles(base.Head, base)
	require.NoError(t, err)
	size := int64(len(files[ConfigFile]) + len(files[HeadFile]))
	limit := base.GradientLimit()
	require.Greater(t, limit, size)
	require.EqualValues(t, MaxConfig+8*9610+8+safetensors.MaxHeader, limit)
	for name := range base.Head.Weights { // the weights in memory do not matter
		delete(base.Head.Weights, name)
	}
	require.Equal(t, limit, base.GradientLimit())
}

package packagefmt

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// asked remembers which samples were read.
type asked struct {
	*dataset.Memory
	indices []int
}

func (a *asked) Sample(i int, dst []float32) (int, error) {
	a.indices = append(a.indices, i)
	return a.Memory.Sample(i, dst)
}

// A cut is tried on samples from all over the test set, then all are encoded, 64
// at a time.
func TestBuildReadsTheWholeTestSet(t *testing.T) {
	test := &asked{Memory: samples(t, 192, 4)}
	var done []int
	_, _, err := Build(t.Context(), model(t, linearLayer(4, 5), Layer{"ReLU", nil}, linearLayer(5, 3)), test, BuildOptions{
		Dataset: dataset.Iris, OnProgress: func(n, total int) { done = append(done, n); require.Equal(t, 192, total) },
	})
	require.NoError(t, err)
	require.Equal(t, []int{0, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 132, 144, 156, 168, 180}, test.indices[:16])
	require.Len(t, test.indices, 16+192)
	require.Equal(t, 191, test.indices[len(test.indices)-1])
	require.Equal(t, []int{64, 128, 192}, done)
}

func TestBuildOfTwoClassesFromTheFirstSamples(t *testing.T) {
	ds, err := dataset.New([]int{4}, 2, samplesOf(20, 4), make([]int, 20))
	require.NoError(t, err)
	p, _, err := Build(t.Context(), model(t, linearLayer(4, 5), linearLayer(5, 2)), ds, BuildOptions{Limit: 7})
	require.NoError(t, err)
	require.Equal(t, []int{7, 5}, p.Embeddings.Shape)
	_, _, err = Build(t.Context(), model(t, linearLayer(4, 5), linearLayer(5, 1)), ds, BuildOptions{})
	require.ErrorIs(t, err, ErrUnsupported)
}

func samplesOf(n, features int) []float32 {
	x := make([]float32, n*features)
	for i := range x {
		x[i] = float32(i%7) / 4
	}
	return x
}

// Large samples are encoded few at a time: memory holds one batch. An encoder
// without layers passes them to the pooling.
func TestLargeSamplesGoInSmallBatches(t *testing.T) {
	const side = 1 << 11 // 16 MiB a sample
	pre := Preprocessing{Shape: []int{1, side, side}}
	e, err := newEncoder(Network{}, pre)
	require.NoError(t, err)
	var done []int
	features, labels, err := e.encodeAll(context.Background(), bright{side * side}, 6, 64, func(n, _ int) { done = append(done, n) })
	require.NoError(t, err)
	require.Equal(t, []int{4, 6}, done)
	require.Equal(t, []int{6, 1}, features.Shape)
	require.Equal(t, []float32{0, 1, 2, 3, 4, 5}, features.Data)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, labels)
}

// bright is a data set in which every value of sample i is i, and so its label.
type bright struct{ size int }

func (b bright) Len() int { return 6 }
func (b bright) Sample(i int, dst []float32) (int, error) {
	for j := range b.size {
		dst[j] = float32(i)
	}
	return i, nil
}

// The features of a sequence are those of its first token.
func TestFeaturesOfSequences(t *testing.T) {
	got, err := pool(counting(1, 2, 3, 2))
	require.NoError(t, err)
	require.Equal(t, []int{2, 2}, got.Shape)
	require.Equal(t, []float32{0, 1, 6, 7}, got.Data)
}

// embedded is a package whose encoder changes nothing, with its test split.
func embedded(t *testing.T, rows ...[]float32) (*Package, dataset.Dataset) {
	x := make([]float32, 0, 2*len(rows))
	for _, row := range rows {
		x = append(x, row...)
	}
	test, err := dataset.New([]int{2}, 2, x, make([]int, len(rows)))
	require.NoError(t, err)
	return &Package{
		Config:     Config{Version: Version2, Preprocessing: &Preprocessing{Shape: []int{2}}},
		Encoder:    &Network{},
		Embeddings: safetensors.Tensor{Shape: []int{len(rows), 2}, Data: append([]float32{}, x...)},
	}, test
}

// An embedding may differ by a thousandth of its own sample's largest value, whatever
// the other samples are.
func TestEmbeddingTolerance(t *testing.T) {
	for name, c := range map[string]struct {
		index int
		lie   float32
		ok    bool
	}{
		"as computed":                     {0, 0, true},
		"less than a thousandth of 1,000": {1, 0.9, true},
		"more than that":                  {1, 1.1, false},
		"of 1, after 1,000":               {3, 0.5, false},
		"zeros":                           {5, 0, true},
		"anything where all is zero":      {5, 1e-9, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, test := embedded(t, []float32{1000, 1000}, []float32{1, 1}, []float32{0, 0})
			p.Embeddings.Data[c.index] += c.lie
			err := p.CheckEmbeddings(t.Context(), test)
			if c.ok {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, ErrInvalid)
				require.ErrorContains(t, err, fmt.Sprintf("sample %d differs", c.index/2))
			}
		})
	}
}

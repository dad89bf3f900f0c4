package packagefmt

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

type params = map[string]any

func linearLayer(in, out float64) Layer {
	return Layer{"Linear", params{"in_features": in, "out_features": out}}
}

// model makes a model of the layers with weights that are all different.
func model(t testing.TB, layers ...Layer) Model {
	t.Helper()
	m := Model{Network: Network{Layers: layers, Weights: map[string]safetensors.Tensor{}}}
	next := float32(0)
	for i, l := range layers {
		shapes, err := nn.ParamShapes(nn.Spec(l))
		require.NoError(t, err)
		for name, shape := range shapes {
			w := safetensors.Tensor{Shape: shape, Data: make([]float32, product(shape))}
			for j := range w.Data {
				next = float32(int(next*7919+104729)%1000) / 1000
				w.Data[j] = next - 0.4
				if name == "running_var" {
					w.Data[j] = next + 0.5
				}
			}
			m.Weights[weightName(i, name)] = w
		}
	}
	return m
}

// samples are n samples of a shape and three classes.
func samples(t testing.TB, n int, shape ...int) *dataset.Memory {
	t.Helper()
	x, y := make([]float32, n*product(shape)), make([]int, n)
	for i := range x {
		x[i] = float32(i*i%17)/8 - 1
	}
	for i := range y {
		y[i] = i % 3
	}
	ds, err := dataset.New(shape, 3, x, y)
	require.NoError(t, err)
	return ds
}

func TestSplitStrategies(t *testing.T) {
	relu := Layer{"ReLU", params{}}
	mlp := model(t, linearLayer(4, 100), relu, linearLayer(100, 10), relu, linearLayer(10, 3)) // 500, 1010, 33
	mlp.Names = []string{"body.0", "body.1", "classifier.0", "classifier.1", "classifier.2"}
	plain := mlp
	plain.Names = nil
	named := model(t, linearLayer(4, 8), relu, linearLayer(8, 3))
	named.Names = []string{"features.0", "features.1", "fc"}
	flat := model(t, linearLayer(4, 8), Layer{"Flatten", params{}}, relu, linearLayer(8, 3))
	norm := model(t, linearLayer(4, 8), Layer{"BatchNorm1d", params{"num_features": 8.0}}, linearLayer(8, 3))
	tests := []struct {
		name  string
		model Model
		split SplitOptions
		first int
		ratio float64
		rule  string
	}{
		{"ratio by default", mlp, SplitOptions{}, 2, 1043. / 1543, "15 %"},
		{"small ratio", mlp, SplitOptions{Ratio: 0.01}, 4, 33. / 1543, "1 %"},
		{"everything", mlp, SplitOptions{Ratio: 1}, 0, 1, "100 %"},
		{"explicit index", mlp, SplitOptions{FirstLayer: 3}, 3, 33. / 1543, "layer 3"},
		{"explicit first", mlp, SplitOptions{Strategy: SplitExplicit}, 0, 1, "layer 0"},
		{"part of a name", mlp, SplitOptions{FirstName: "classifier"}, 2, 1043. / 1543, "classifier"},
		{"whole name", mlp, SplitOptions{FirstName: "classifier.1"}, 3, 33. / 1543, "classifier.1"},
		{"kit by name", mlp, SplitOptions{Strategy: SplitKit}, 2, 1043. / 1543, "classifier"},
		{"kit prefers fc", named, SplitOptions{Strategy: SplitKit}, 2, 27. / 67, "fc"},
		{"kit behind flatten", flat, SplitOptions{Strategy: SplitKit}, 2, 27. / 67, "flatten"},
		{"kit behind norm", norm, SplitOptions{Strategy: SplitKit}, 2, 27. / 83, "norm"},
		{"kit at last by ratio", plain, SplitOptions{Strategy: SplitKit}, 2, 1043. / 1543, "ratio"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, report, err := Build(context.Background(), test.model, samples(t, 20, 4), BuildOptions{Split: test.split})
			require.NoError(t, err)
			require.Equal(t, test.first, report.FirstLayer)
			require.Equal(t, test.first, report.WantedLayer)
			require.InDelta(t, test.ratio, report.Ratio, 1e-9)
			require.Contains(t, report.Rule, test.rule)
			require.Equal(t, report.Strategy, p.Config.Split.Strategy)
			m, err := p.files()
			require.NoError(t, err)
			require.Empty(t, Verify(m))
		})
	}
	for name, split := range map[string]SplitOptions{
		"unknown strategy": {Strategy: "best"},
		"unknown name":     {FirstName: "nobody"},
		"beyond the last":  {FirstLayer: 5},
		"negative":         {FirstLayer: -1},
		"ratio 2":          {Ratio: 2},
		"negative ratio":   {Ratio: -0.1},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Build(context.Background(), mlp, samples(t, 20, 4), BuildOptions{Split: split})
			require.ErrorIs(t, err, ErrNoSplit)
		})
	}
}

// TestSplitIsChecked: if the features at the cut are not what the head needs,
// the cut moves to the nearest earlier layer where they are.
func TestSplitIsChecked(t *testing.T) {
	unflatten := Layer{"Unflatten", params{"dim": 1.0, "unflattened_size": []any{2.0, 2.0, 2.0}}}
	norm := Layer{"BatchNorm2d", params{"num_features": 2.0}}
	m := model(t, linearLayer(4, 8), unflatten, norm, Layer{"Flatten", params{}}, linearLayer(8, 3))
	for _, at := range []int{2, 3} { // the features there are images: averaged, they do not fit the head
		_, report, err := Build(context.Background(), m, samples(t, 20, 4), BuildOptions{Split: SplitOptions{FirstLayer: at}})
		require.NoError(t, err)
		require.Equal(t, at, report.WantedLayer)
		require.Equal(t, 1, report.FirstLayer, "before Unflatten the features are complete")
		require.Len(t, report.Notes, 1)
		require.Contains(t, report.Notes[0], "cut moved")
	}
	// Images from the start, and no layer where they are features.
	image := model(t, Layer{"BatchNorm2d", params{"num_features": 1.0}}, Layer{"Flatten", params{}}, linearLayer(16, 3))
	_, _, err := Build(context.Background(), image, samples(t, 20, 1, 4, 4), BuildOptions{Split: SplitOptions{FirstLayer: 1}})
	require.ErrorIs(t, err, ErrNoSplit)
}

func TestBuildRefuses(t *testing.T) {
	good := model(t, linearLayer(4, 8), linearLayer(8, 3))
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for _, test := range []struct {
		name  string
		ctx   context.Context
		model Model
		test  dataset.Dataset
		opts  BuildOptions
		want  error
		text  string
	}{
		{"cancelled", cancelled, good, samples(t, 5, 4), BuildOptions{}, context.Canceled, ""},
		{"empty test set", ctx, good, samples(t, 0, 4), BuildOptions{}, ErrInvalid, "empty"},
		{"other sample size", ctx, good, samples(t, 5, 3), BuildOptions{}, ErrInvalid, "shape [3]"},
		{"buffer of another size", ctx, good, samples(t, 5, 3), BuildOptions{Preprocessing: Preprocessing{Shape: []int{4}}}, dataset.ErrShape, "takes [4]"},
		{"too few classes", ctx, good, samples(t, 5, 4), BuildOptions{Preprocessing: Preprocessing{Classes: []string{"a", "b"}}}, nil, "class"},
		{"mean without deviation", ctx, good, samples(t, 5, 4), BuildOptions{Preprocessing: Preprocessing{Mean: []float32{1}}}, ErrInvalid, "means"},
		{"no classifier", ctx, model(t, linearLayer(4, 1)), samples(t, 5, 4), BuildOptions{}, ErrUnsupported, "classifier"},
		{"no weights", ctx, Model{Network: Network{Layers: good.Layers}}, samples(t, 5, 4), BuildOptions{}, ErrInvalid, "missing"},
		{"no parameters", ctx, model(t, Layer{"ReLU", params{}}), samples(t, 5, 4), BuildOptions{}, ErrNoSplit, "no parameters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Build(test.ctx, test.model, test.test, test.opts)
			if test.want == nil {
				require.Error(t, err)
			} else {
				require.ErrorIs(t, err, test.want)
			}
			require.ErrorContains(t, err, test.text)
		})
	}
}

func TestBuildOptions(t *testing.T) {
	m := model(t, linearLayer(4, 8), linearLayer(8, 3))
	m.Assumed = []string{"something"}
	var done []int
	p, report, err := Build(context.Background(), m, samples(t, 100, 4), BuildOptions{
		Dataset: dataset.Iris, Limit: 70, BatchSize: 32, OmitEncoder: true,
		OnProgress: func(n, total int) { done = append(done, n, total) },
	})
	require.NoError(t, err)
	require.Equal(t, []int{32, 70, 64, 70, 70, 70}, done)
	require.Equal(t, []int{70, 8}, p.Embeddings.Shape)
	require.Nil(t, p.Encoder)
	require.GreaterOrEqual(t, len(report.Notes), 2)
	require.Equal(t, "Iris", p.Config.Metadata.Dataset)
	_, _, err = p.Embed(context.Background(), samples(t, 1, 4))
	require.ErrorIs(t, err, ErrNoEncoder)
	m2, err := p.files()
	require.NoError(t, err)
	back, err := Read(m2)
	require.NoError(t, err)
	require.Nil(t, back.Encoder)
	require.Equal(t, Version1, back.Config.Version, "as the kits write it")
	require.NotContains(t, string(m2[ConfigFile]), `"version"`)
	require.NotContains(t, string(m2[ConfigFile]), `"files"`)
}

func TestNormalization(t *testing.T) {
	pre := Preprocessing{Shape: []int{2, 1, 2}, Mean: []float32{1, 10}, Std: []float32{2, 5}}
	ds, err := dataset.New([]int{2, 1, 2}, 2, []float32{1, 3, 10, 20}, []int{1})
	require.NoError(t, err)
	x, labels, err := pre.batch(ds, []int{0})
	require.NoError(t, err)
	require.Equal(t, []float32{0, 1, 0, 2}, x.Data)
	require.Equal(t, []int{1, 2, 1, 2}, x.Shape)
	require.Equal(t, []int{1}, labels)
}

// TestPool: an encoder's output is reduced to features as in the kits.
func TestPool(t *testing.T) {
	count := func(shape ...int) safetensors.Tensor {
		x := safetensors.Tensor{Shape: shape, Data: make([]float32, product(shape))}
		for i := range x.Data {
			x.Data[i] = float32(i)
		}
		return x
	}
	for _, test := range []struct{ x, want safetensors.Tensor }{
		{count(3), safetensors.Tensor{Shape: []int{3, 1}, Data: []float32{0, 1, 2}}},
		{count(2, 2), count(2, 2)},
		{count(2, 2, 2), safetensors.Tensor{Shape: []int{2, 2}, Data: []float32{0, 1, 4, 5}}},
		{count(1, 2, 2, 2), safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{1.5, 5.5}}},
		{count(1, 2, 1, 2, 2), safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{1.5, 5.5}}},
	} {
		got, err := pool(test.x)
		require.NoError(t, err)
		require.Equal(t, test.want, got)
		require.Equal(t, got.Shape[1], featureDim(test.x.Shape[1:]))
	}
	_, err := pool(count(1, 1, 1, 1, 1, 1))
	require.ErrorIs(t, err, ErrUnsupported)
}

// TestCNN: the ratio selects a cut between convolutions, where the head cannot
// run on averaged features. The error names a cut that would work.
func TestCNN(t *testing.T) {
	m, err := OpenPyTorch(fixture("cnn.pt"), PyTorchOptions{})
	require.NoError(t, err)
	test := samples(t, 20, 1, 10, 10)
	_, report, err := Build(context.Background(), m, test, BuildOptions{})
	require.ErrorIs(t, err, ErrNoSplit)
	require.Equal(t, 4, report.WantedLayer)
	require.ErrorContains(t, err, "a cut at layer 7 would work, with 7.3 % of the parameters in the head")
	p, report, err := Build(context.Background(), m, test, BuildOptions{Split: SplitOptions{FirstLayer: 7}})
	require.NoError(t, err)
	require.Equal(t, 7, report.FirstLayer, "the encoder's average is the pooling's")
	require.Equal(t, []int{20, 8}, p.Embeddings.Shape)
	_, report, err = Build(context.Background(), m, test, BuildOptions{Split: SplitOptions{Strategy: SplitKit}})
	require.NoError(t, err)
	require.Equal(t, 8, report.FirstLayer)
}

// TestHeadThatRunsAndIsWrong tests the comparison of the outputs itself.
func TestHeadThatRunsAndIsWrong(t *testing.T) {
	b := builder{want: safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{100, -1}}}
	require.NoError(t, b.compare(safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{100.0005, -1.0005}}))
	require.Error(t, b.compare(safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{100, -1.01}}))
	require.Error(t, b.compare(safetensors.Tensor{Shape: []int{1, 1}, Data: []float32{100}}))
}

package packagefmt

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Every limit is the largest value allowed, not the smallest one refused.

func TestSampleCostLimit(t *testing.T) {
	net, err := model(t, linearLayer(4, 3)).net()
	require.NoError(t, err)
	bytes, err := net.SampleBytes([]int{4})
	require.NoError(t, err)
	cost, err := net.SampleCost([]int{4})
	require.NoError(t, err)
	got, err := checkCost(net, []int{4}, sampleCost{bytes, cost})
	require.NoError(t, err)
	require.Equal(t, sampleCost{bytes, cost}, got)
	_, err = checkCost(net, []int{4}, sampleCost{bytes - 1, cost})
	require.ErrorContains(t, err, "bytes between the layers")
	_, err = checkCost(net, []int{4}, sampleCost{bytes, cost - 1})
	require.ErrorContains(t, err, "multiply-adds")
}

// As many samples run together as memory and time allow, but at least one.
func TestSamplesInABatch(t *testing.T) {
	for _, c := range []struct {
		cost    sampleCost
		n, want int
	}{
		{sampleCost{}, 64, 64},
		{sampleCost{bytes: batchBytes / 4}, 64, 4},
		{sampleCost{bytes: batchBytes / 4}, 3, 3},
		{sampleCost{bytes: 2 * batchBytes}, 64, 1},
		{sampleCost{ops: batchCost / 8}, 64, 8},
		{sampleCost{bytes: batchBytes / 16, ops: batchCost / 8}, 64, 8},
		{sampleCost{bytes: batchBytes / 4, ops: batchCost / 8}, 64, 4},
		{sampleCost{ops: 2 * batchCost}, 64, 1},
	} {
		require.Equal(t, c.want, c.cost.batch(c.n), "%+v", c)
	}
}

// small is a package of one layer, without an encoder.
func small(t *testing.T, samples, features, classes int) *Package {
	m := model(t, linearLayer(float64(features), float64(classes)))
	return &Package{Config: Config{Version: Version1}, Head: m.Network, Embeddings: counting(1, samples, features)}
}

func TestSmallestAndLargestPackages(t *testing.T) {
	for name, c := range map[string]struct {
		samples, features, classes int
		says                       string
	}{
		"one sample":       {1, 4, 3, ""},
		"no sample":        {0, 4, 3, "shape [0 4]"},
		"10,000 samples":   {10_000, 4, 3, ""},
		"10,001 samples":   {10_001, 4, 3, "shape [10001 4]"},
		"one feature":      {2, 1, 3, ""},
		"two classes":      {2, 4, 2, ""},
		"one class":        {2, 4, 1, "output has shape [1]"},
		"32,768 classes":   {2, 1, 32_768, ""},
		"too many classes": {2, 1, 32_769, "32769 outputs, at most 32768"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := small(t, c.samples, c.features, c.classes).check()
			if c.says == "" {
				require.Empty(t, problems)
				return
			}
			require.Len(t, problems, 1)
			require.ErrorIs(t, problems[0], ErrInvalid)
			require.ErrorContains(t, problems[0], c.says)
		})
	}
}

// A head may keep its model's outputs, up to as many as ImageNet's; if the number
// of classes is unknown, only the limit of the format applies.
func TestOutputsWithoutClassNames(t *testing.T) {
	for _, c := range []struct {
		classes, outputs int
		want             bool
	}{
		{10, 10, false}, {10, 1000, false}, {10, 1001, true}, {2, 1001, true},
		{5000, 5000, false}, {5000, 5001, true}, {1, 5000, false}, {0, 5000, false},
	} {
		require.Equal(t, c.want, tooMany(c.outputs, dataset.Info{Classes: c.classes}), "%+v", c)
	}
}

func TestParseConfigAtItsLimits(t *testing.T) {
	relu := `{"type":"ReLU"}`
	for name, text := range map[string]string{
		"4,096 layers": `{"layers":[` + strings.Repeat(relu+",", maxLayers-1) + relu + `]}`,
		"list of 16":   `{"layers":[{"type":"X","params":{"a":[` + strings.Repeat("1,", 15) + `1]}}]}`,
		"three deep":   `{"layers":[{"type":"X","params":{"a":[[[1]]]}}]}`,
		"16 deep":      `{"layers":[` + relu + `],"x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`,
		"version 0":    `{"version":0,"layers":[` + relu + `]}`,
		"1 MiB":        `{"layers":[` + relu + `]}` + strings.Repeat(" ", MaxConfig-len(relu)-len(`{"layers":[]}`)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseConfig([]byte(text))
			require.NoError(t, err)
		})
	}
	_, err := ParseConfig([]byte(`{"layers":[` + relu + `],"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`))
	require.ErrorIs(t, err, ErrInvalid, "17 deep")
	_, err = ParseConfig([]byte(`{"layers":[` + relu + `]}` + strings.Repeat(" ", MaxConfig)))
	require.ErrorIs(t, err, ErrInvalid, "over 1 MiB")
}

// The kits' config.json has no version.
func TestVersionOneIsNotWritten(t *testing.T) {
	text, err := json.Marshal(Config{Version: Version1, Layers: []Layer{{Type: "ReLU"}}})
	require.NoError(t, err)
	require.NotContains(t, string(text), "version")
	text, err = json.Marshal(Config{Version: Version2, Layers: []Layer{{Type: "ReLU"}}})
	require.NoError(t, err)
	require.Contains(t, string(text), `"version":2`)
}

func TestPreprocessingAtItsLimits(t *testing.T) {
	for name, c := range map[string]struct {
		p  Preprocessing
		ok bool
	}{
		"four dimensions":    {Preprocessing{Shape: []int{1, 1, 1, 1}}, true},
		"five":               {Preprocessing{Shape: []int{1, 1, 1, 1, 1}}, false},
		"none":               {Preprocessing{}, false},
		"2^24 values":        {Preprocessing{Shape: []int{1 << 12, 1 << 12}}, true},
		"one more row":       {Preprocessing{Shape: []int{1<<12 + 1, 1 << 12}}, false},
		"zero":               {Preprocessing{Shape: []int{3, 0}}, false},
		"one for each":       {Preprocessing{Shape: []int{3, 2}, Mean: make([]float32, 3), Std: []float32{1, 1, 1}}, true},
		"one for all":        {Preprocessing{Shape: []int{3, 2}, Mean: make([]float32, 1), Std: []float32{1}}, true},
		"two for three":      {Preprocessing{Shape: []int{3, 2}, Mean: make([]float32, 2), Std: []float32{1, 1}}, false},
		"means alone":        {Preprocessing{Shape: []int{3}, Mean: make([]float32, 3)}, false},
		"largest deviation":  {Preprocessing{Shape: []int{3}, Mean: []float32{0}, Std: []float32{1e12}}, true},
		"over it":            {Preprocessing{Shape: []int{3}, Mean: []float32{0}, Std: []float32{1.1e12}}, false},
		"smallest deviation": {Preprocessing{Shape: []int{3}, Mean: []float32{0}, Std: []float32{2e-12}}, true},
		"no more than 1e-12": {Preprocessing{Shape: []int{3}, Mean: []float32{0}, Std: []float32{1e-12}}, false},
		"classes":            {Preprocessing{Shape: []int{3}, Classes: []string{"a", "b"}}, true},
		"a class twice":      {Preprocessing{Shape: []int{3}, Classes: []string{"a", "a"}}, false},
		"too many classes":   {Preprocessing{Shape: []int{3}, Classes: make([]string, 1_000_000)}, false},
		"a class of 1 MB":    {Preprocessing{Shape: []int{3}, Classes: []string{strings.Repeat("a", 1<<20)}}, false},
		"columns":            {Preprocessing{Shape: []int{2}, Columns: []dataset.Column{{Name: "a"}, {Name: "b"}}}, true},
		"unnamed columns":    {Preprocessing{Shape: []int{2}, Columns: []dataset.Column{{}, {}}}, true},
		"a column twice":     {Preprocessing{Shape: []int{2}, Columns: []dataset.Column{{Name: "a"}, {Name: "a"}}}, false},
		"no number as mean":  {Preprocessing{Shape: []int{3}, Mean: []float32{float32(math.NaN())}, Std: []float32{1}}, false},
		"none at all":        {Preprocessing{Shape: []int{3}, Mean: []float32{0}, Std: []float32{0}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ok {
				require.NoError(t, c.p.Check())
			} else {
				require.ErrorIs(t, c.p.Check(), ErrInvalid)
			}
		})
	}
}

// Head and encoder may output only zeros if the model does.
func TestSplitOfAModelThatOutputsZeros(t *testing.T) {
	b := &builder{want: safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{0, 0}}}
	require.NoError(t, b.compare(safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{0, 0}}))
	require.Error(t, b.compare(safetensors.Tensor{Shape: []int{1, 2}, Data: []float32{0, 1e-9}}))
	require.Error(t, b.compare(safetensors.Tensor{Shape: []int{1, 1}, Data: []float32{0}}))
}

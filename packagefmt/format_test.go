package packagefmt

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// section returns the text of FORMAT.md under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("FORMAT.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, found, heading)
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

// rows returns the cells of a section's table, without its header.
func rows(section string) (table [][]string) {
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		table = append(table, cells)
	}
	return table[2:]
}

var quoted = regexp.MustCompile("`([^`]+)`")

func words(cell string) (list []string) {
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// required are values for the arguments that have no default.
var required = map[string]any{
	"in_features": 4.0, "out_features": 4.0, "in_channels": 4.0, "out_channels": 4.0, "kernel_size": 3.0,
	"num_embeddings": 4.0, "embedding_dim": 4.0, "num_features": 4.0, "normalized_shape": 4.0, "num_groups": 2.0,
	"num_channels": 4.0, "embed_dim": 4.0, "num_heads": 2.0, "d_model": 4.0, "nhead": 2.0, "batch_first": true,
	"input_size": 4.0, "hidden_size": 4.0, "output_size": 2.0, "scale_factor": 2.0, "dim": 1.0,
	"unflattened_size": []any{2.0, 2.0}, "padding": 1.0, "upscale_factor": 2.0, "size": 3.0,
}

// The table of layers names every type that the engine supports and no other,
// with the required arguments, the defaults and the weights.
func TestFormatNamesEveryLayer(t *testing.T) {
	var types []string
	for _, row := range rows(section(t, "Layers")) {
		name := words(row[0])[0]
		types = append(types, name)
		t.Run(name, func(t *testing.T) {
			short := nn.Spec{Type: name, Params: map[string]any{}}
			for _, arg := range words(row[1]) {
				require.Contains(t, required, arg)
				_, err := nn.ParamShapes(short)
				require.Error(t, err, "without %s", arg)
				short.Params[arg] = required[arg]
			}
			shapes, err := nn.ParamShapes(short)
			require.NoError(t, err)
			require.ElementsMatch(t, slices.Collect(maps.Keys(shapes)), words(row[3]))
			for _, arg := range words(row[2]) {
				if key, value, ok := strings.Cut(arg, "="); ok {
					long := nn.Spec{Type: name, Params: maps.Clone(short.Params)}
					var v any
					require.NoError(t, json.Unmarshal([]byte(value), &v), arg)
					long.Params[key] = v
					same, err := nn.SameSpec(short, long)
					require.NoError(t, err)
					require.True(t, same, "%s is the default", arg)
				}
			}
		})
	}
	slices.Sort(types)
	require.Equal(t, nn.Supported(), types)
}

func TestFormatGivesTheBounds(t *testing.T) {
	var got []int
	for _, row := range rows(section(t, "Bounds")) {
		n, err := strconv.Atoi(strings.ReplaceAll(row[1], ",", ""))
		require.NoError(t, err)
		got = append(got, n)
	}
	require.Equal(t, []int{MaxConfig, safetensors.MaxHeader, maxLayers, MaxSamples, maxClasses, maxSample,
		maxEncoderBytes, maxHeadBytes, maxEncoderCost, maxHeadCost}, got)
}

// The example is what Write writes for the package it describes, byte for byte.
func TestFormatExample(t *testing.T) {
	linear := func(in, out int) Layer {
		return Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	eighths := func(shape ...int) safetensors.Tensor { return counting(0.125, shape...) }
	p := &Package{
		Config: Config{
			Version: Version2, Seed: 7,
			Metadata:      Metadata{Dataset: "Iris", EmbeddingDim: 4, NumSamples: 2, HeadParamsRatio: 1},
			Preprocessing: &Preprocessing{Shape: []int{4}, Mean: []float32{0.1}, Std: []float32{2}, Classes: []string{"setosa", "versicolor", "virginica"}},
			Split:         &Split{Strategy: SplitRatio, Ratio: 0.15, FirstLayer: 1},
		},
		Head: Network{
			Layers: []Layer{linear(4, 2), {Type: "ReLU"}, linear(2, 3)},
			Weights: map[string]safetensors.Tensor{
				"layers.0.bias": eighths(2), "layers.0.weight": eighths(2, 4),
				"layers.2.bias": eighths(3), "layers.2.weight": eighths(3, 2),
			},
		},
		Encoder:    &Network{Layers: []Layer{{Type: "Flatten"}}},
		Embeddings: counting(1, 2, 4),
	}
	files, err := p.files()
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(section(t, "Example"), -1)
	require.Len(t, blocks, 2)
	require.Equal(t, string(files[ConfigFile]), blocks[0][1])
	require.Equal(t, string(files[EncoderFile]), blocks[1][1])

	again, err := Read(files)
	require.NoError(t, err)
	require.Equal(t, p.Config.Preprocessing, again.Config.Preprocessing)
}

// counting is 0, step, 2·step, …
func counting(step float32, shape ...int) safetensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = step * float32(i)
	}
	return safetensors.Tensor{Shape: shape, Data: data}
}

// The operators of encoders, and the layers that stand in graphs only, are those that are implemented.
func TestFormatListsOperators(t *testing.T) {
	_, list, found := strings.Cut(section(t, "ONNX encoders"), "MUST refuse others:")
	require.True(t, found)
	list, _, _ = strings.Cut(list, "Not:")
	require.Equal(t, ops.Supported(), words(list))
	for _, row := range rows(section(t, "Graphs")) {
		inputs := [][]int{{0, 0}}
		if strings.TrimSpace(row[1]) == "1" {
			inputs = [][]int{{0}}
		}
		layer := Layer{Type: words(row[0])[0], Params: map[string]any{}}
		for _, arg := range words(row[2]) {
			if name, value, ok := strings.Cut(arg, "="); ok {
				var v any
				require.NoError(t, json.Unmarshal([]byte(value), &v))
				layer.Params[name] = v
			}
		}
		if v := map[string][]any{"Permute": {0.0}, "Expand": {-1.0}}[layer.Type]; v != nil {
			layer.Params[words(row[2])[0]] = v
		}
		weights := map[string]safetensors.Tensor{}
		if layer.Type == "PositionEmbedding" {
			layer.Params = map[string]any{"num_embeddings": 1.0, "embedding_dim": 1.0}
			weights["layers.0.weight"] = safetensors.Tensor{Shape: []int{1, 1}, Data: []float32{0}}
		}
		_, err := nn.NewGraph(nn.Nodes([]Layer{layer}, inputs, nil), weights)
		require.NoError(t, err, row[0])
	}
}

package packagefmt

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// gptLayers are those of testdata/languagemodel.py's GPT.
func gptLayers() []Layer {
	block := Layer{"TransformerEncoderLayer", map[string]any{"d_model": 8.0, "nhead": 2.0, "dim_feedforward": 32.0, "dropout": 0.0,
		"activation": "gelu", "batch_first": true, "norm_first": true, "is_causal": true}}
	return []Layer{
		{"Embedding", map[string]any{"num_embeddings": 31.0, "embedding_dim": 8.0}},
		{"PositionEmbedding", map[string]any{"num_embeddings": 20.0, "embedding_dim": 8.0}},
		block, block,
		{"LayerNorm", map[string]any{"normalized_shape": 8.0}},
		{"Linear", map[string]any{"in_features": 8.0, "out_features": 31.0, "bias": false}},
	}
}

// A state_dict of a GPT as PyTorch's users write one becomes the same model, its output weight tied to the embedding.
func TestLanguageModelFromPyTorch(t *testing.T) {
	m, err := OpenPyTorch(fixture("language_model.pt"), PyTorchOptions{Layers: gptLayers()})
	require.NoError(t, err)
	require.Equal(t, []string{"tok", "pos", "blocks.0", "blocks.1", "norm", "head"}, m.Names)
	require.Equal(t, map[string]string{"layers.5.weight": "layers.0.weight"}, m.Tied)
	b, err := os.ReadFile(fixture("language_model.safetensors"))
	require.NoError(t, err)
	want, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	net, err := m.net()
	require.NoError(t, err)
	y, err := net.Forward(want["tokens"])
	require.NoError(t, err)
	require.Equal(t, want["logits"].Shape, y.Shape)
	for i, v := range y.Data {
		require.InDelta(t, want["logits"].Data[i], v, 1e-5, "element %d", i)
	}
	whole, err := m.slice(0, 6)
	require.NoError(t, err)
	require.NoError(t, whole.Check(), "a head that is the whole model")
}

// readGPT reads the small language model of testdata/gpt, which its main.go trained.
func readGPT(t *testing.T) Model {
	t.Helper()
	b, err := os.ReadFile(fixture("gpt/model.json"))
	require.NoError(t, err)
	var file struct{ Nodes []nn.Node }
	require.NoError(t, json.Unmarshal(b, &file))
	m := Model{Network: Network{Tied: map[string]string{}}}
	for i, nd := range file.Nodes {
		m.Layers, m.Inputs = append(m.Layers, Layer(nd.Spec)), append(m.Inputs, nd.Inputs)
		for param, to := range nd.Tied {
			m.Tied[weightName(i, param)] = to
		}
	}
	b, err = os.ReadFile(fixture("gpt/model.safetensors"))
	require.NoError(t, err)
	m.Weights, err = safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return m
}

// The model has learned something: what it writes, always the likeliest byte next, is words; and it expects a sentence of
// the book more than the same letters in another order.
func TestLanguageModelWrites(t *testing.T) {
	m := readGPT(t)
	net, err := m.net()
	require.NoError(t, err)
	text := []byte("the ")
	for len(text) < 40 {
		y, err := net.Forward(tokensOf(text))
		require.NoError(t, err)
		text = append(text, byte(nn.Argmax(y.Data[len(y.Data)-256:])))
	}
	t.Logf("%q", text)
	for _, c := range text {
		require.Contains(t, "abcdefghijklmnopqrstuvwxyz ,.;-\n", strings.ToLower(string(c)))
	}
	sentence := []byte("I thought I would sail about a little and see the watery part")
	mixed := slices.Clone(sentence)
	slices.Sort(mixed)
	require.Less(t, lossOf(t, net, sentence), 3.0)
	require.Greater(t, lossOf(t, net, mixed), lossOf(t, net, sentence))
	require.NotEmpty(t, slices.Collect(maps.Keys(m.Weights)))
}

func tokensOf(text []byte) safetensors.Tensor {
	x := safetensors.Tensor{Shape: []int{1, len(text)}}
	for _, c := range text {
		x.Data = append(x.Data, float32(c))
	}
	return x
}

// lossOf is the mean loss of each byte after the first, in nats.
func lossOf(t *testing.T, net *nn.Net, text []byte) float64 {
	t.Helper()
	y, err := net.Forward(tokensOf(text[:len(text)-1]))
	require.NoError(t, err)
	sum := 0.0
	for i, c := range text[1:] {
		sum += nn.CrossEntropy(y.Data[i*256:][:256], int(c))
	}
	return sum / float64(len(text)-1)
}

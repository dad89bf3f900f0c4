package validator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// sentences are texts of eight words, of which those of one half of the vocabulary make the
// class.
func sentences(t testing.TB, n int, seed uint64) *dataset.TextSet {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	texts, labels := make([]string, n), make([]int, n)
	for i := range texts {
		labels[i] = rng.IntN(2)
		var list []string
		for range 8 {
			list = append(list, fmt.Sprint("w", 20*labels[i]+rng.IntN(20)))
		}
		texts[i] = strings.Join(list, " ")
	}
	set, err := dataset.NewTexts(texts, labels, []string{"low", "high"})
	require.NoError(t, err)
	return set
}

// textRound is a data round of such texts, whose base knows nothing.
func textRound(t testing.TB, test dataset.Dataset, change func(*packagefmt.Task), between ...packagefmt.Layer) *packagefmt.Package {
	t.Helper()
	return textRoundOf(t, test, 8, 8, change, between...)
}

// textRoundOf is one of texts of so many words, each of which has so many features; between words and classes there may be more layers.
func textRoundOf(t testing.TB, test dataset.Dataset, words, width int, change func(*packagefmt.Task), between ...packagefmt.Layer) *packagefmt.Package {
	t.Helper()
	vocabulary := `"[PAD]": 0, "[UNK]": 1`
	for i := range 40 {
		vocabulary += fmt.Sprintf(`, "w%d": %d`, i, i+2)
	}
	layers := append([]packagefmt.Layer{{Type: "Embedding", Params: map[string]any{"num_embeddings": 42.0, "embedding_dim": float64(width)}}}, between...)
	layers = append(layers, packagefmt.Layer{Type: "Flatten"}, packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(words * width), "out_features": 2.0, "bias": false}})
	task := &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: datasub.Texts}, Rows: packagefmt.TaskRows{Min: 10, Max: 200, Bytes: 1 << 20},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 4, Alpha: 8, Dropout: 0.1, Targets: []string{"encoder", "head.layers.0"}},
		Training: packagefmt.TaskTraining{Epochs: 10, BatchSize: 20, LearningRate: 1e-2, Optimizer: "adam", Schedule: "constant"},
		Metric:   packagefmt.MetricAccuracy,
	}
	if change != nil {
		change(task)
	}
	p, _, err := packagefmt.Build(t.Context(), packagefmt.Model{Network: packagefmt.Network{Layers: layers, Weights: randomWeights(t, layers)}}, test, packagefmt.BuildOptions{
		Preprocessing: packagefmt.Preprocessing{Shape: []int{words}, Classes: []string{"low", "high"}},
		Tokenizer:     []byte(`{"version": "1.0", "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {` + vocabulary + `}}, "pre_tokenizer": {"type": "Whitespace"}}`),
		Task:          task,
	})
	require.NoError(t, err)
	return p
}

// randomWeights are small numbers.
func randomWeights(t testing.TB, layers []packagefmt.Layer) map[string]safetensors.Tensor {
	t.Helper()
	rng, all := rand.New(rand.NewPCG(1, 2)), map[string]safetensors.Tensor{}
	for i, l := range layers {
		shapes, err := nn.ParamShapes(nn.Spec(l))
		require.NoError(t, err)
		for _, name := range slices.Sorted(maps.Keys(shapes)) {
			n := 1
			for _, d := range shapes[name] {
				n *= d
			}
			w := safetensors.Tensor{Shape: shapes[name], Data: make([]float32, n)}
			for k := range w.Data {
				w.Data[k] = float32(rng.NormFloat64()) / 10
			}
			all[fmt.Sprintf("layers.%d.%s", i, name)] = w
		}
	}
	return all
}

// Texts are compared by their words, whatever ids the tokenizer makes of them.
func TestDataJudgeScoresTexts(t *testing.T) {
	test := sentences(t, 100, 1)
	p := textRound(t, test, nil)
	judge, err := NewDataJudge(t.Context(), DataConfig{Package: p, Test: test})
	require.NoError(t, err)
	score := func(name string, rows dataset.Described) Score {
		s, err := judge.Score(t.Context(), submitted(t, p, name, rows))
		require.NoError(t, err)
		return s
	}
	clean := score("clean", sentences(t, 200, 2))
	require.Equal(t, Scored, clean.Verdict, clean.Reason)
	require.Greater(t, clean.Accuracy, judge.Base()+2000)

	shouted := func(set *dataset.TextSet) *dataset.TextSet {
		texts, labels := make([]string, set.Len()), make([]int, set.Len())
		for i := range texts {
			said, label, err := set.Text(i)
			require.NoError(t, err)
			texts[i], labels[i] = strings.ToUpper(said[0])+"\u200b!!", label
		}
		out, err := dataset.NewTexts(texts, labels, []string{"low", "high"})
		require.NoError(t, err)
		return out
	}
	require.Equal(t, Copy, score("a copy in capitals", shouted(sentences(t, 200, 2))).Verdict)
	long := func(set *dataset.TextSet) *dataset.TextSet {
		texts, labels := make([]string, set.Len()), make([]int, set.Len())
		for i := range texts {
			said, label, err := set.Text(i)
			require.NoError(t, err)
			texts[i], labels[i] = said[0]+strings.Repeat(fmt.Sprintf(" w%d other%d", i%40, i), 30), label
		}
		out, err := dataset.NewTexts(texts, labels, []string{"low", "high"})
		require.NoError(t, err)
		return out
	}
	require.Equal(t, Copy, score("a copy with words that are cut off", long(sentences(t, 200, 2))).Verdict)
	require.Equal(t, Invalid, score("the test with words that are cut off", long(test)).Verdict)
	leak := score("the test in capitals", shouted(test))
	require.Equal(t, Score{Verdict: Invalid, Reason: "100 of 100 rows are near the test's"}, leak)

	plain, err := dataset.Subset(test, []int{0, 1})
	require.NoError(t, err)
	_, err = NewDataJudge(t.Context(), DataConfig{Package: p, Test: plain, Limit: 2})
	require.ErrorContains(t, err, "dataset.TextSet", "a set that hides its texts cannot be compared with")
}

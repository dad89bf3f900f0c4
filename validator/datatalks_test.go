package validator

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// questions are conversations about sums, or about letters.
func questions(t testing.TB, n int, seed uint64, sums bool) *dataset.ConversationSet {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	list := make([]dataset.Conversation, n)
	for i := range list {
		q, a := fmt.Sprintf("which letters stand at place %d of round %d in box %d", rng.IntN(1e6), rng.IntN(1e6), rng.IntN(1e6)), ""
		if sums {
			a = fmt.Sprintf("%d plus %d", rng.IntN(100), rng.IntN(100))
		} else {
			for range 10 {
				a += string(rune('A' + rng.IntN(26)))
			}
		}
		list[i].Turns = []dataset.Turn{{Role: "user", Content: q}, {Role: "assistant", Content: a}}
	}
	set, err := dataset.NewConversations(list)
	require.NoError(t, err)
	return set
}

// talkRound is a data round of conversations, whose base, a small causal transformer of bytes, knows nothing.
func talkRound(t testing.TB, test dataset.Dataset, change func(*packagefmt.Task)) *packagefmt.Package {
	t.Helper()
	const width, length = 16, 32
	num := func(v int) any { return float64(v) }
	layers := []packagefmt.Layer{
		{Type: "Embedding", Params: map[string]any{"num_embeddings": 256.0, "embedding_dim": num(width)}},
		{Type: "PositionEmbedding", Params: map[string]any{"num_embeddings": num(length), "embedding_dim": num(width)}},
		{Type: "TransformerEncoderLayer", Params: map[string]any{"d_model": num(width), "nhead": 2.0, "dim_feedforward": num(2 * width), "activation": "gelu", "norm_first": true, "batch_first": true, "is_causal": true}},
		{Type: "Linear", Params: map[string]any{"in_features": num(width), "out_features": 256.0, "bias": false}},
	}
	net := packagefmt.Network{Layers: layers, Inputs: [][]int{{0}, {1}, {2}, {3}}, Weights: randomWeights(t, layers)}
	task := &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: datasub.Conversations}, Rows: packagefmt.TaskRows{Min: 10, Max: 60, Bytes: 1 << 20},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 8, Alpha: 16, Dropout: 0.1, Targets: []string{"head"}},
		Training: packagefmt.TaskTraining{Epochs: 15, BatchSize: 20, LearningRate: 2e-2, Optimizer: "adam", Schedule: "linear", Seed: 7, Context: length},
		Metric:   packagefmt.MetricLoss,
	}
	if change != nil {
		change(task)
	}
	p, _, err := packagefmt.Build(t.Context(), packagefmt.Model{Network: net}, test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Task: task})
	require.NoError(t, err)
	return p
}

// Conversations teach a language model: the order is the honest one, and copies and the test earn nothing.
func TestDataJudgeScoresConversations(t *testing.T) {
	test := questions(t, 40, 1, true)
	p := talkRound(t, test, nil)
	cfg := DataConfig{Package: p, Test: test, Cache: t.TempDir()}
	judge, err := NewDataJudge(t.Context(), cfg)
	require.NoError(t, err)
	score := func(name string, rows *dataset.ConversationSet) Score {
		s, err := judge.Score(t.Context(), submitted(t, p, name, rows))
		require.NoError(t, err)
		t.Logf("%s: %+v", name, s)
		return s
	}
	clean := score("clean", questions(t, 60, 2, true))
	require.Equal(t, Scored, clean.Verdict, clean.Reason)
	require.Greater(t, clean.Accuracy, judge.Base()+500)
	off := score("off-topic", questions(t, 60, 3, false))
	require.Greater(t, clean.Accuracy, off.Accuracy+300)

	some := func(n int, of ...*dataset.ConversationSet) *dataset.ConversationSet {
		var list []dataset.Conversation
		for _, set := range of {
			for i := range min(n, set.Len()) {
				list = append(list, set.Conversation(i))
			}
		}
		set, err := dataset.NewConversations(list)
		require.NoError(t, err)
		return set
	}
	copied := score("a copy with some rows changed", some(29, questions(t, 60, 2, true), questions(t, 20, 4, true)))
	require.Equal(t, Copy, copied.Verdict)
	require.Equal(t, judge.Base(), copied.Accuracy)
	require.Equal(t, Score{Verdict: Invalid, Reason: "40 of 40 rows are near the test's"}, score("the test", test))
	before := func(set *dataset.ConversationSet) *dataset.ConversationSet {
		list := make([]dataset.Conversation, set.Len())
		for i := range list {
			c := set.Conversation(i)
			c.Turns = append([]dataset.Turn{{Role: "user", Content: strings.Repeat(fmt.Sprintf("other %d ", i), 40)}, {Role: "assistant", Content: "yes"}}, c.Turns...)
			c.Turns[2].Content = strings.Repeat(fmt.Sprintf("words %d ", i), 40) + c.Turns[2].Content
			list[i] = c
		}
		out, err := dataset.NewConversations(list)
		require.NoError(t, err)
		return out
	}
	require.Equal(t, Copy, score("a copy behind words that are cut off", before(questions(t, 60, 2, true))).Verdict)
	require.Equal(t, Invalid, score("the test behind words that are cut off", before(test)).Verdict)
	rows, worthless, err := judge.read(t.Context(), submitted(t, p, "4 rows of the test", some(50, some(4, test), questions(t, 50, 5, true))))
	require.NoError(t, err)
	require.Nil(t, worthless, "they are left out")
	require.Equal(t, []int{50, 32}, rows.x.Shape)
	require.Len(t, rows.y, 50*32)
	x, y, err := p.Samples(t.Context(), questions(t, 50, 5, true), 0)
	require.NoError(t, err)
	require.Equal(t, [2]any{x.Data, y}, [2]any{rows.x.Data, rows.y}, "with their labels")

	lines := `{"conversations": [{"role": "user", "content": "and?"}]}` + "\n"
	sum := sha256.Sum256([]byte(lines))
	broken := fstest.MapFS{
		datasub.LinesFile:    {Data: []byte(lines)},
		datasub.ManifestFile: {Data: fmt.Appendf(nil, `{"version": 1, "schema": "conversations", "rows": 10, "license": "", "source": "", "files": {"data.jsonl": "%x"}}`, sum)},
	}
	got, err := judge.Score(t.Context(), DataSubmission{CID: "broken", Trainer: "broken", Files: broken})
	require.NoError(t, err)
	require.Equal(t, Invalid, got.Verdict)
	require.Contains(t, got.Reason, "the last turn is not an assistant's")

	cfg.Package = talkRound(t, test, func(task *packagefmt.Task) { task.Training.BatchSize = 4096 })
	cfg.MaxBytes = 256 << 20
	_, err = NewDataJudge(t.Context(), cfg)
	require.ErrorIs(t, err, ErrBudget, "a step of 4,096 conversations")
	ids, err := dataset.New([]int{32}, 1, make([]float32, 40*32), make([]int, 40))
	require.NoError(t, err)
	_, err = NewDataJudge(t.Context(), DataConfig{Package: p, Test: ids})
	require.ErrorIs(t, err, dataset.ErrShape, "tokens without labels")
}

// A sealed test of conversations is scored on in the place of the public one, whose rows may then be trained on; one on which
// the base does otherwise counts for nothing.
func TestDataJudgeOnASealedTestOfConversations(t *testing.T) {
	public := questions(t, 40, 1, true)
	p := talkRound(t, public, func(task *packagefmt.Task) { task.Training.Epochs = 2 })
	key := packagefmt.HoldoutKey{1, 2, 3}
	judge := func(hidden *dataset.ConversationSet) *DataJudge {
		h, err := p.HoldoutOf(t.Context(), hidden)
		require.NoError(t, err)
		require.NoError(t, p.SealHoldout(h, key))
		j, err := NewDataJudge(t.Context(), DataConfig{Package: p, Test: public, Holdout: &key})
		require.NoError(t, err)
		return j
	}
	sealed := judge(questions(t, 30, 9, true))
	require.NoError(t, sealed.Unsealed())
	require.Equal(t, []int{30, 32}, sealed.x.Shape)
	got, err := sealed.Score(t.Context(), submitted(t, p, "the public test", public))
	require.NoError(t, err)
	require.Equal(t, Scored, got.Verdict)
	require.Greater(t, got.Accuracy, sealed.Base())
	require.ErrorContains(t, judge(questions(t, 30, 9, false)).Unsealed(), "no test of the same kind")
	require.Error(t, p.SealHoldout(packagefmt.Holdout{Samples: sealed.x, Labels: make([]int, 30)}, key), "a label for each token")

	require.True(t, sameLoss([]float64{1, 2, 3}, []float64{2, 3, 4}))
	require.False(t, sameLoss([]float64{1, 1.1, 1.2}, []float64{2, 2.1, 2.2}))
	require.False(t, sameLoss([]float64{1}, []float64{1, 2}))
}

package validator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// chats are conversations in which the assistant repeats one of two words.
func chats(t *testing.T, n int, seed uint64, word string) *dataset.ConversationSet {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	list := make([]dataset.Conversation, n)
	for i := range list {
		q := fmt.Sprintf("what do %d and %d and %d say to %d", rng.IntN(1e6), rng.IntN(1e6), rng.IntN(1e6), rng.IntN(1e6))
		list[i].Turns = []dataset.Turn{{Role: "user", Content: q}, {Role: "assistant", Content: word}}
	}
	set, err := dataset.NewConversations(list)
	require.NoError(t, err)
	return set
}

// notes are texts of eight words, of which those of one half of the vocabulary make the label; turned around it is the wrong one.
func notes(t *testing.T, n int, seed uint64, turned bool) *dataset.TextSet {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	texts, labels := make([]string, n), make([]int, n)
	for i := range texts {
		half := rng.IntN(2)
		if labels[i] = half; turned {
			labels[i] = 1 - half
		}
		for range 8 {
			texts[i] += fmt.Sprintf("w%d ", 20*half+rng.IntN(20))
		}
	}
	set, err := dataset.NewTexts(texts, labels, []string{"low", "high"})
	require.NoError(t, err)
	return set
}

// random is a weight of small numbers.
func random(shape ...int) safetensors.Tensor {
	w := safetensors.Tensor{Shape: shape, Data: make([]float32, shape[0]*shape[1])}
	rng := rand.New(rand.NewPCG(uint64(len(w.Data)), 2))
	for i := range w.Data {
		w.Data[i] = float32(rng.NormFloat64()) / 10
	}
	return w
}

func embedding(rows int) packagefmt.Layer {
	return packagefmt.Layer{Type: "Embedding", Params: map[string]any{"num_embeddings": float64(rows), "embedding_dim": 8.0}}
}

func linear(in, out int) packagefmt.Layer {
	return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out), "bias": false}}
}

// talking is a language model of bytes that has read nothing, and the task of rounds about it.
func talking() (packagefmt.Network, packagefmt.BuildOptions) {
	return packagefmt.Network{
			Layers:  []packagefmt.Layer{embedding(256), linear(8, 256)},
			Weights: map[string]safetensors.Tensor{"layers.0.weight": random(256, 8), "layers.1.weight": random(256, 8)},
		}, packagefmt.BuildOptions{Task: &packagefmt.Task{
			Schema: packagefmt.TaskSchema{Kind: submission.Conversations}, Metric: packagefmt.MetricLoss,
			Adapter:  packagefmt.TaskAdapter{Targets: []string{"head"}},
			Training: packagefmt.TaskTraining{Epochs: 10, LearningRate: 3e-2, Context: 100},
		}}
}

// reading is a classifier of texts that knows nothing, its tokenizer, and the task of rounds about it.
func reading() (packagefmt.Network, packagefmt.BuildOptions) {
	vocabulary := `"[PAD]": 0, "[UNK]": 1`
	for i := range 40 {
		vocabulary += fmt.Sprintf(`, "w%d": %d`, i, i+2)
	}
	return packagefmt.Network{
			Layers:  []packagefmt.Layer{embedding(42), {Type: "Flatten"}, linear(64, 2)},
			Weights: map[string]safetensors.Tensor{"layers.0.weight": random(42, 8), "layers.2.weight": random(2, 64)},
		}, packagefmt.BuildOptions{
			Preprocessing: packagefmt.Preprocessing{Shape: []int{8}, Classes: []string{"low", "high"}},
			Tokenizer: []byte(`{"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordPiece", "unk_token": "[UNK]",
				"continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {` + vocabulary + `}}}`),
			Task: &packagefmt.Task{
				Schema: packagefmt.TaskSchema{Kind: submission.Texts}, Metric: packagefmt.MetricAccuracy,
				Adapter:  packagefmt.TaskAdapter{Targets: []string{"encoder", "head"}},
				Training: packagefmt.TaskTraining{Epochs: 40, LearningRate: 1e-2},
			},
		}
}

// Sealed data rounds of words need nothing of their own from workers, from a miner's directory to the scores on the chain:
// honest data teaches, what is off the topic or labelled wrong less, the test's rows earn nothing.
func TestWorkersScoreWords(t *testing.T) {
	for name, lesson := range map[string]struct {
		base             func() (packagefmt.Network, packagefmt.BuildOptions)
		test, clean, off dataset.Described
	}{
		"conversations":     {talking, chats(t, 20, 1, "moo moo moo"), chats(t, 40, 2, "moo moo moo"), chats(t, 40, 3, "QUACK QUACK")},
		"texts with labels": {reading, notes(t, 20, 1, false), notes(t, 40, 2, false), notes(t, 40, 3, true)},
	} {
		t.Run(name, func(t *testing.T) {
			network, opts := lesson.base()
			opts.Dataset, opts.Task.Type, opts.Task.Rows = dataset.Mnist, packagefmt.TaskData, packagefmt.TaskRows{Min: 10, Max: 40, Bytes: 1 << 20}
			a, tr := &opts.Task.Adapter, &opts.Task.Training
			a.Type, a.Rank, a.Alpha = "lora", 4, 8
			tr.BatchSize, tr.Optimizer, tr.Schedule, tr.Seed = 20, "adam", "constant", 7
			pkg, _, err := packagefmt.Build(t.Context(), packagefmt.Model{Network: network}, lesson.test, opts)
			require.NoError(t, err)
			c := newContest(t, 3)
			c.pkg = pkg
			for i := range c.judges {
				c.start(i, func(cfg *validator.Config) { cfg.Data = map[dataset.ID]dataset.Dataset{dataset.Mnist: lesson.test} })
			}
			c.open()
			clean, off, leak := c.mine("clean", lesson.clean), c.mine("off", lesson.off), c.mine("leak", lesson.test)
			c.Until(t, c.creator, c.id, (*round.Round).SubmissionsClose)
			c.until("published", func() bool { return c.minersDid(trainer.EventPublished) == 3 })
			r := c.play(3 * 4)
			require.Equal(t, validator.Scored, c.verdict(clean).Verdict, c.verdict(clean).Reason)
			require.Greater(t, c.verdict(clean).Accuracy, r.BaseAccuracy+500)
			require.Greater(t, c.verdict(clean).Accuracy, c.verdict(off).Accuracy)
			require.Contains(t, c.verdict(leak).Reason, "20 of 20 rows are near the test's")
			for i, p := range []roundtest.Player{clean, off, leak} {
				got, known := r.GradientConsensus(uint8(i))
				require.True(t, known)
				require.Equal(t, c.verdict(p).Accuracy, got)
			}
		})
	}
}

// mine runs a miner with these rows until the test ends, and waits until it has submitted them.
func (c *contest) mine(name string, rows dataset.Described) roundtest.Player {
	c.t.Helper()
	p, dir := c.Player(c.t, name), filepath.Join(c.t.TempDir(), "data")
	schema, err := c.pkg.Submission()
	require.NoError(c.t, err)
	_, err = submission.Build(dir, rows, schema, submission.About{Trainer: p.Wallet.PublicKey().String()})
	require.NoError(c.t, err)
	cfg := trainer.Config{
		Submit: map[dataset.ID]trainer.Submissions{dataset.Mnist: trainer.Directory(dir)}, Dir: c.t.TempDir(), Locks: c.t.TempDir(), Poll: 10 * time.Millisecond,
		Observer: func(e trainer.Event) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.mined[e.Kind]++
		},
	}
	before := c.minersDid(trainer.EventSubmitted)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Train(ctx, cfg) }()
	c.t.Cleanup(func() { stop(); require.NoError(c.t, <-done) })
	c.until("submitted", func() bool { return c.minersDid(trainer.EventSubmitted) > before })
	return p
}

// minersDid is how often miners who run have told of something.
func (c *contest) minersDid(kind trainer.EventKind) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mined[kind]
}

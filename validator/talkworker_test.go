package validator_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
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

// A sealed data round of conversations needs nothing of its own from workers: honest data teaches, what is off the topic
// less, the test's rows earn nothing.
func TestWorkerScoresConversations(t *testing.T) {
	test := chats(t, 20, 1, "moo moo moo")
	random := func(rows int) safetensors.Tensor {
		rng, w := rand.New(rand.NewPCG(uint64(rows), 2)), safetensors.Tensor{Shape: []int{rows, 8}, Data: make([]float32, 8*rows)}
		for i := range w.Data {
			w.Data[i] = float32(rng.NormFloat64()) / 10
		}
		return w
	}
	pkg, _, err := packagefmt.Build(t.Context(), packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Embedding", Params: map[string]any{"num_embeddings": 256.0, "embedding_dim": 8.0}},
			{Type: "Linear", Params: map[string]any{"in_features": 8.0, "out_features": 256.0, "bias": false}},
		},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": random(256), "layers.1.weight": random(256)},
	}}, test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Task: &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Conversations}, Rows: packagefmt.TaskRows{Min: 10, Max: 40, Bytes: 1 << 20},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 4, Alpha: 8, Targets: []string{"head"}},
		Training: packagefmt.TaskTraining{Epochs: 10, BatchSize: 20, LearningRate: 3e-2, Optimizer: "adam", Schedule: "constant", Seed: 7, Context: 100},
		Metric:   packagefmt.MetricLoss,
	}})
	require.NoError(t, err)
	c := newContest(t, 3)
	c.pkg = pkg
	for i := range c.judges {
		c.start(i, func(cfg *validator.Config) { cfg.Data = map[dataset.ID]dataset.Dataset{dataset.Mnist: test} })
	}
	c.open()
	publish := func(rows *dataset.ConversationSet) string {
		schema, err := pkg.Submission()
		require.NoError(t, err)
		dir := filepath.Join(t.TempDir(), "data")
		_, err = submission.Build(dir, rows, schema, submission.About{})
		require.NoError(t, err)
		return c.publishDir(dir)
	}
	clean, off, leak := c.miner("clean"), c.miner("off"), c.miner("leak")
	c.submit(clean, publish(chats(t, 40, 2, "moo moo moo")))
	c.submit(off, publish(chats(t, 40, 3, "QUACK QUACK")))
	c.submit(leak, publish(test))
	r := c.play(3 * 4)
	require.Equal(t, validator.Scored, c.verdict(clean).Verdict, c.verdict(clean).Reason)
	require.Greater(t, c.verdict(clean).Accuracy, r.BaseAccuracy+500)
	require.Greater(t, c.verdict(clean).Accuracy, c.verdict(off).Accuracy)
	require.Contains(t, c.verdict(leak).Reason, "20 of 20 rows are near the test's")
}

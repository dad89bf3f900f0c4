package cli

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/storage"
)

// samples are the examples of rows in README.md, by their kind, in lines.
func samples(t *testing.T) map[submission.Kind][]string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	all := map[submission.Kind][]string{}
	for _, m := range regexp.MustCompile("(?m)^`([a-z]+)`: .*\n\n((?:    .*\n)+)").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(m[2]) {
			all[submission.Kind(m[1])] = append(all[submission.Kind(m[1])], strings.TrimSpace(line))
		}
	}
	return all
}

// written writes examples as a miner has them, and returns the path.
func written(t *testing.T, kind submission.Kind, lines []string) string {
	t.Helper()
	dir := t.TempDir()
	if kind != submission.Pictures {
		path := filepath.Join(dir, "rows.jsonl")
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
		return path
	}
	for i, name := range lines {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		f, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, png.Encode(f, image.NewRGBA(image.Rect(0, 0, 40+i, 30))))
		require.NoError(t, f.Close())
	}
	return filepath.Join(dir, "pictures")
}

// matrix is a layer of a model that knows nothing, and the shape of its weight.
func matrix(kind string, in, out int) (packagefmt.Layer, []int) {
	if kind == "Embedding" {
		return packagefmt.Layer{Type: kind, Params: map[string]any{"num_embeddings": float64(in), "embedding_dim": float64(out)}}, []int{in, out}
	}
	return packagefmt.Layer{Type: kind, Params: map[string]any{"in_features": float64(in), "out_features": float64(out), "bias": false}}, []int{out, in}
}

// ignorant is a model of two matrices, with a Flatten in front of the second.
func ignorant(kind string, in, between, flat, out int) packagefmt.Model {
	var m packagefmt.Model
	m.Weights = map[string]safetensors.Tensor{}
	add := func(name string, l packagefmt.Layer, shape []int) {
		w := safetensors.Tensor{Shape: shape, Data: make([]float32, shape[0]*shape[1])}
		for i := range w.Data {
			w.Data[i] = float32(i%7) / 70
		}
		m.Layers, m.Weights[name] = append(m.Layers, l), w
	}
	l, shape := matrix(kind, in, between)
	add("layers.0.weight", l, shape)
	if flat != between {
		m.Layers = append(m.Layers, packagefmt.Layer{Type: "Flatten"})
	}
	l, shape = matrix("Linear", flat, out)
	add(fmt.Sprintf("layers.%d.weight", len(m.Layers)), l, shape)
	return m
}

// The rows that README.md shows, of each kind, are rows that validators would take.
func TestRowsOfTheReadme(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p := apptest.Settled(t, App(), net, cars)
	iris, err := dataset.Builtin(dataset.Iris)
	require.NoError(t, err)
	texts, err := dataset.NewTexts([]string{"a", "b"}, []int{0, 1}, []string{"neg", "pos"})
	require.NoError(t, err)
	talks, err := dataset.NewConversations([]dataset.Conversation{{Turns: []dataset.Turn{{Role: "user", Content: "a"}, {Role: "assistant", Content: "b"}}}})
	require.NoError(t, err)
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	pictures := ignorant("Linear", 784, 8, 8, 10)
	pictures.Layers = append([]packagefmt.Layer{{Type: "Flatten"}}, pictures.Layers...)
	pictures.Weights = map[string]safetensors.Tensor{"layers.1.weight": pictures.Weights["layers.0.weight"], "layers.2.weight": pictures.Weights["layers.1.weight"]}
	shown := samples(t)
	for kind, c := range map[submission.Kind]struct {
		model packagefmt.Model
		test  dataset.Dataset
		opts  packagefmt.BuildOptions
	}{
		submission.Values:   {ignorant("Linear", 4, 8, 8, 3), iris.Test, packagefmt.BuildOptions{Dataset: dataset.Iris}},
		submission.Pictures: {pictures, digits.Test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Limit: 10}},
		submission.Texts: {ignorant("Embedding", 2, 4, 16, 2), texts, packagefmt.BuildOptions{Dataset: dataset.Imdb, Preprocessing: packagefmt.Preprocessing{Shape: []int{4}},
			Tokenizer: []byte(`{"version": "1.0", "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
"max_input_chars_per_word": 100, "vocab": {"[PAD]": 0, "[UNK]": 1}}, "pre_tokenizer": {"type": "Whitespace"}}`)}},
		submission.Conversations: {ignorant("Embedding", 256, 4, 4, 256), talks, packagefmt.BuildOptions{Dataset: dataset.TwentyNewsgroups}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			c.opts.Task = &packagefmt.Task{
				Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: kind}, Rows: packagefmt.TaskRows{Min: 2, Max: 10},
				Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 1, Alpha: 1, Targets: []string{"head"}},
				Training: packagefmt.TaskTraining{Epochs: 1, BatchSize: 2, LearningRate: 1e-3, Optimizer: "adam", Schedule: "constant"}, Metric: packagefmt.MetricAccuracy,
			}
			if kind == submission.Conversations {
				c.opts.Task.Metric, c.opts.Task.Training.Context = packagefmt.MetricLoss, 64
			}
			pkg, _, err := packagefmt.Build(t.Context(), c.model, c.test, c.opts)
			require.NoError(t, err)
			require.Len(t, shown[kind], 2)
			var checked struct {
				Rows int
				Kind submission.Kind `json:"rows_kind"`
			}
			name := solana.PublicKey{}.String() + "/" + publish(t, cars, pkg)
			p.JSON(&checked, "miner", "--netuid", name, "--dataset_path", written(t, kind, shown[kind]), "--check")
			require.Equal(t, 2, checked.Rows)
			require.Equal(t, kind, checked.Kind)
		})
	}
}

// publish puts a package where apps with these settings fetch it from, and returns its CID.
func publish(t *testing.T, cars string, pkg *packagefmt.Package) string {
	t.Helper()
	dir := storage.NewCARDir(cars)
	store, err := storage.Open(storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{dir}, Pushers: []storage.Pusher{dir}})
	require.NoError(t, err)
	files, err := pkg.FS()
	require.NoError(t, err)
	root, err := store.Add(t.Context(), files)
	require.NoError(t, err)
	_, err = store.Push(t.Context(), root)
	require.NoError(t, err)
	return root.String()
}

package packagefmt

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
)

func mnistTask() *Task {
	return &Task{
		Type: TaskData, Schema: TaskSchema{Kind: submission.Pictures, Near: 0.998}, Rows: TaskRows{Min: 10, Max: 1000},
		Adapter:  TaskAdapter{Type: "lora", Rank: 4, Alpha: 8, Dropout: 0.1, Targets: []string{"encoder.layers.1", "head"}},
		Training: TaskTraining{Epochs: 3, BatchSize: 32, LearningRate: 1e-3, Optimizer: "adamw", Schedule: "linear", Seed: 7},
		Metric:   MetricAccuracy,
	}
}

func buildTask(t testing.TB, task *Task) (*Package, error) {
	t.Helper()
	model, err := OpenPyTorch(mnistModel, PyTorchOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	o := mnistOptions()
	o.Task = task
	p, _, err := Build(context.Background(), model, sets.Test, o)
	return p, err
}

func TestADataRoundsPackageSurvivesItsDirectory(t *testing.T) {
	p, err := buildTask(t, mnistTask())
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	back, err := Read(os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, Version3, back.Config.Version)
	require.Equal(t, mnistTask(), back.Config.Task)

	matrices, err := back.Targets()
	require.NoError(t, err)
	require.Equal(t, []Matrix{
		{"encoder.layers.1", true, 1, "", "layers.1.weight"},
		{"head.layers.0", false, 0, "", "layers.0.weight"}, {"head.layers.2", false, 2, "", "layers.2.weight"},
	}, matrices)
	require.Equal(t, 3*32, back.Config.Task.Steps(), "1,000 rows in batches of 32")

	s, err := back.Submission()
	require.NoError(t, err)
	require.Equal(t, submission.Schema{Kind: submission.Pictures, Shape: []int{1, 28, 28}, Classes: back.Config.Preprocessing.Classes, MinRows: 10, MaxRows: 1000}, s)

	plain, _, _ := buildMNIST(t)
	_, err = plain.Submission()
	require.ErrorIs(t, err, ErrUnsupported)
	_, err = plain.Targets()
	require.ErrorIs(t, err, ErrUnsupported)
}

// The cut from which on rows are copies is found on honest rows, so that few of them are taken for copies of the test's.
func TestBuildCalibratesTheCut(t *testing.T) {
	model, err := OpenPyTorch(mnistModel, PyTorchOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	o := mnistOptions()
	o.Task, o.Limit = mnistTask(), 20
	o.Task.Schema.Near = 0
	honest := func(ds dataset.Dataset, from, n int) dataset.Dataset {
		list := make([]int, n)
		for i := range list {
			list[i] = from + i
		}
		sub, err := dataset.Subset(ds, list)
		require.NoError(t, err)
		return sub
	}
	near := func(rows dataset.Dataset) float64 {
		o.Honest = rows
		p, report, err := Build(t.Context(), model, honest(sets.Test, 0, 100), o)
		require.NoError(t, err)
		if rows != nil {
			require.Contains(t, strings.Join(report.Notes, "\n"), "rows are copies from a cosine")
		}
		return p.Config.Task.Schema.Near
	}
	require.Zero(t, near(nil), "as before")
	cut := near(honest(sets.Train, 0, 100))
	require.GreaterOrEqual(t, cut, DefaultNear)
	require.Zero(t, o.Task.Schema.Near, "the caller's task stays what it is")
	require.EqualValues(t, 1, near(honest(sets.Test, 0, 100)), "where all are near, directions tell nothing")
	o.Task.Schema.Near = 0.99
	o.Honest = sets.Train
	p, _, err := Build(t.Context(), model, honest(sets.Test, 0, 100), o)
	require.NoError(t, err)
	require.Equal(t, 0.99, p.Config.Task.Schema.Near, "who says one gets it")
}

func TestAttentionsMatricesAreNamedApart(t *testing.T) {
	encoder := Layer{Type: "TransformerEncoderLayer", Params: map[string]any{"d_model": 4.0, "nhead": 2.0, "batch_first": true}}
	own := Layer{Type: "MultiheadAttention", Params: map[string]any{"embed_dim": 4.0, "num_heads": 2.0, "batch_first": true}}
	p := &Package{
		Config:  Config{Task: mnistTask()},
		Encoder: &Network{Layers: []Layer{encoder, {Type: "ReLU"}, {Type: "Conv1d"}, {Type: "Conv2d", Params: map[string]any{"groups": 2.0}}}}, Head: Network{Layers: []Layer{own, encoder}, Tied: map[string]string{"layers.1.linear1.weight": "x"}},
	}
	paths := func(targets ...string) (list []string) {
		p.Config.Task.Adapter.Targets = targets
		found, err := p.Targets()
		require.NoError(t, err)
		for _, m := range found {
			list = append(list, m.Path+"="+m.Weight)
		}
		return list
	}
	require.Equal(t, []string{
		"encoder.layers.0.self_attn.q_proj=layers.0.self_attn.in_proj_weight", "encoder.layers.0.self_attn.k_proj=layers.0.self_attn.in_proj_weight",
		"encoder.layers.0.self_attn.v_proj=layers.0.self_attn.in_proj_weight", "encoder.layers.0.self_attn.out_proj=layers.0.self_attn.out_proj.weight",
	}, paths("encoder.layers.0.self_attn"))
	require.Equal(t, []string{"head.layers.0.v_proj=layers.0.in_proj_weight", "head.layers.1.linear2=layers.1.linear2.weight"},
		paths("head.layers.1.linear2", "head.layers.0.v_proj"), "in the order of the model")
	require.Len(t, paths("encoder.layers.2"), 1)
	require.Len(t, paths("head.layers.1"), 5, "what is tied belongs to another")
	for _, bad := range []string{"encoder.layers.1", "encoder.layers.3", "encoder.layers.00", "encoder.layers.0.self", "layers.0", "head.layers.1.linear1", "head.layers.2"} {
		p.Config.Task.Adapter.Targets = []string{bad}
		_, err := p.Targets()
		require.ErrorIs(t, err, ErrInvalid, bad)
		require.ErrorContains(t, err, "encoder.layers.0.self_attn.q_proj", "it says what there is")
	}
	p.Config.Task.Adapter.Targets = []string{"head.layers.0", "head.layers.0.q_proj"}
	_, err := p.Targets()
	require.ErrorContains(t, err, "two targets name head.layers.0.q_proj")
}

// Every rule of a task has a value that breaks it.
func TestBadTasks(t *testing.T) {
	for _, c := range []struct{ path, value, says string }{
		{"type", `"regression"`, `type "regression"`}, {"type", `null`, "type"}, {"type", `1`, "type"},
		{"schema.kind", `"images"`, "schema.kind"}, {"schema.near", `1.001`, "schema.near"}, {"schema.near", `0.5`, "schema.near"}, {"schema.kind", `"texts"`, "schema.near"},
		{"rows.min", `0`, "rows.min"}, {"rows.min", `1001`, "rows.min"}, {"rows.max", `100001`, "rows.max"}, {"rows.bytes", `268435457`, "rows.bytes"}, {"rows.max", `1e3`, "rows.max"},
		{"adapter.type", `"ia3"`, "adapter.type"}, {"adapter.rank", `0`, "adapter.rank"}, {"adapter.rank", `257`, "adapter.rank"}, {"adapter.rank", `4.5`, "rank"},
		{"adapter.alpha", `0`, "adapter.alpha"}, {"adapter.alpha", `65537`, "adapter.alpha"}, {"adapter.dropout", `1`, "adapter.dropout"}, {"adapter.dropout", `-0.1`, "adapter.dropout"},
		{"adapter.targets", `[]`, "adapter.targets"}, {"adapter.targets", `["head","head"]`, "there twice"}, {"adapter.targets", `[""]`, "empty"},
		{"training.epochs", `0`, "training.epochs"}, {"training.epochs", `1001`, "training.epochs"}, {"training.batch_size", `0`, "training.batch_size"}, {"training.batch_size", `4097`, "training.batch_size"},
		{"training.learning_rate", `0`, "learning_rate"}, {"training.learning_rate", `11`, "learning_rate"}, {"training.optimizer", `"lion"`, "optimizer"}, {"training.schedule", `"cosine"`, "schedule"},
		{"training.seed", `-1`, "seed"}, {"training.context", `8`, "training.context"}, {"metric", `"bleu"`, "metric"},
		{"rows.minimum", `1`, "unknown field"}, {"weight_decay", `0.1`, "unknown field"}, {"Metric", `"loss"`, `must be written "metric"`},
	} {
		t.Run(c.path+"="+c.value, func(t *testing.T) {
			_, err := ParseConfig(withTask(t, c.path, c.value))
			require.Error(t, err)
			require.ErrorContains(t, err, c.says)
			if c.path != "type" {
				require.ErrorIs(t, err, ErrInvalid)
			}
		})
	}
	_, err := ParseConfig(withTask(t, "metric", `"loss"`))
	require.NoError(t, err)
	long := mnistTask()
	long.Rows.Max, long.Training.BatchSize, long.Training.Epochs = submission.MaxRows, 1, 11
	require.ErrorContains(t, long.check(), "1100000 steps")
}

// withTask is a config.json with a task of which one value is another.
func withTask(t testing.TB, path, value string) []byte {
	t.Helper()
	text, err := json.Marshal(mnistTask())
	require.NoError(t, err)
	var task map[string]any
	require.NoError(t, json.Unmarshal(text, &task))
	at := task
	keys := strings.Split(path, ".")
	for _, k := range keys[:len(keys)-1] {
		at = at[k].(map[string]any)
	}
	at[keys[len(keys)-1]] = json.RawMessage(value)
	config, err := json.Marshal(map[string]any{"version": 3, "layers": []Layer{{Type: "ReLU"}}, "task": task})
	require.NoError(t, err)
	return config
}

// A task must fit the model that it is about.
func TestTasksThatDoNotFitTheirModel(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Task)
		says   string
	}{
		"a layer that is not there": {func(t *Task) { t.Adapter.Targets = []string{"head.layers.9"} }, "head.layers.9"},
		"a layer without matrix":    {func(t *Task) { t.Adapter.Targets = []string{"encoder.layers.2"} }, "encoder.layers.2"},
		"texts without a tokenizer": {func(t *Task) { t.Schema = TaskSchema{Kind: submission.Texts} }, "tokenizer"},
		"conversations": {func(t *Task) {
			t.Schema, t.Metric, t.Training.Context = TaskSchema{Kind: submission.Conversations}, MetricLoss, 784
		}, "preprocessing"},
	} {
		t.Run(name, func(t *testing.T) {
			task := mnistTask()
			c.change(task)
			_, err := buildTask(t, task)
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
	p, err := buildTask(t, mnistTask())
	require.NoError(t, err)
	for name, spoil := range map[string]func(p *Package){
		"no encoder": func(p *Package) { p.Encoder = nil },
		"no classes": func(p *Package) { p.Config.Preprocessing.Classes = nil },
		"no picture": func(p *Package) { p.Config.Preprocessing.Shape = []int{784} },
	} {
		t.Run(name, func(t *testing.T) {
			q, pre := *p, *p.Config.Preprocessing
			q.Config.Preprocessing = &pre
			spoil(&q)
			require.ErrorIs(t, q.checkTask(), ErrInvalid)
		})
	}
	o := mnistOptions()
	o.Task, o.OmitEncoder = mnistTask(), true
	_, _, err = Build(context.Background(), Model{}, dataset.Dataset(nil), o)
	require.Error(t, err)
}

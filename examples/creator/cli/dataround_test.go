package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// What belongs to data rounds is shown: the task, the rule, the slot in which submissions close, and where a submission is kept.
func TestInfoOfADataRound(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	ctx := t.Context()
	creator, trainer := apptest.Funded(t, net), apptest.Funded(t, net)
	p := apptest.Settled(t, App(), net, cars)
	now, err := creator.Chain().Now(ctx)
	require.NoError(t, err)
	const cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzd"
	o := round.Options{Deadline: now.Add(time.Hour), MinPrevalidations: 3, MinPostvalidations: 3, RewardRule: reward.WinRate}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: cid + "i", Reward: 500_000_000, Options: &o,
		Fair: &round.FairOptions{Task: round.TaskData, SubmissionSlots: 1500, OutlierTolerance: 20, Deadline: o.Deadline}})
	require.NoError(t, err)
	for range 3 {
		_, err = apptest.Funded(t, net).Prevalidate(ctx, id, 5000)
		require.NoError(t, err)
	}
	_, err = trainer.CreateTrainerProfile(ctx)
	require.NoError(t, err)
	_, err = trainer.SubmitGradient(ctx, id, cid+"j")
	require.NoError(t, err)
	_, err = trainer.SetSource(ctx, id, "hf:alice/flowers@3f1c9a0d")
	require.NoError(t, err)

	var info app.RoundDetails
	p.JSON(&info, "info", fmt.Sprint(id))
	require.Equal(t, "data", info.Task)
	require.Equal(t, "win rate", info.Rule)
	require.Positive(t, info.ClosesSlot)
	require.WithinDuration(t, now.Add(10*time.Minute), *info.Ends, time.Minute)
	require.Equal(t, "hf:alice/flowers@3f1c9a0d", info.Submissions[0].Source)
	text := p.Must("info", fmt.Sprint(id))
	for _, want := range []string{"data", "win rate", fmt.Sprintf("in slot %d, about", info.ClosesSlot), "keeps its submission at hf:alice/flowers@3f1c9a0d"} {
		require.Contains(t, text, want)
	}
	net.WarpSlots(1500)
	p.JSON(&info, "info", fmt.Sprint(id))
	require.Equal(t, round.PhaseValidating, info.Phase)
}

// digitsTask is the task of data rounds about the model of the tests.
const digitsTask = `{"type": "data", "schema": {"kind": "pictures"}, "rows": {"min": 10, "max": 300},
"adapter": {"type": "lora", "rank": 4, "alpha": 8, "dropout": 0, "targets": ["head"]},
"training": {"epochs": 2, "batch_size": 32, "learning_rate": 0.002, "optimizer": "adam", "schedule": "linear", "seed": 7}, "metric": "accuracy"}`

// A package gets its task from a file, and rounds about it are data rounds, paid by the win rate.
func TestPackagesOfDataRounds(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	judges(t, net, 3)
	p := apptest.Settled(t, App(), net, cars)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "task.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	task, dir := file(digitsTask), filepath.Join(t.TempDir(), "package")
	recipe := []string{"-m", model, "-d", "Mnist", "--task", task}
	p.Must(append([]string{"build", "-o", dir}, recipe...)...)
	pkg, err := packagefmt.Read(os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, 300, pkg.Config.Task.Rows.Max)
	ofONNX := filepath.Join(t.TempDir(), "package")
	done := p.Type("", "build", "-o", ofONNX, "-m", "../../../packagefmt/testdata/onnx/skip.onnx", "-d", "Mnist", "--mean", "0", "--std", "1", "--task", task)
	require.Zero(t, done.Code, done.Err)
	require.Regexp(t, `(?m)^  encoder\.layers\.4 +down\.weight, node /down/Gemm$`, done.Err)
	require.Regexp(t, `(?m)^\* head\.layers\.5 +fc\.weight, node /fc/Gemm$`, done.Err)
	pkg, err = packagefmt.Read(os.DirFS(ofONNX))
	require.NoError(t, err)
	require.NotEmpty(t, pkg.Encoder.Layers, "adapters need layers: there is no ONNX file")

	launch := append([]string{"launch", "-r", "0.5", "--dry-run"}, recipe...)
	say := func(more ...string) []string { return append(launch[:len(launch):len(launch)], more...) }
	var dry termsView
	terms := func(args ...string) { p.JSON(&struct{ Result *termsView }{&dry}, args...) }
	terms(say("--submission-slots", "1500", "--pace", "quick")...)
	require.Equal(t, []any{"data", "win rate", uint32(1500)}, []any{dry.Task, dry.Rule, dry.Slots})
	require.Contains(t, fmt.Sprint(dry.Notes), "who submits it, changed a little, wins")
	terms(say("--reward-rule", "marginal")...)
	require.Equal(t, "marginal", dry.Rule)
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p.Fails(1, "validators would score on the public test all the same", append([]string{"launch", "-r", "0.5", "--yes", "--holdout", shuffled(t, digits.Train)}, recipe...)...)
	own, err := dataset.Subset(digits.Train, []int{1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009})
	require.NoError(t, err)
	hidden := t.TempDir()
	require.NoError(t, dataset.SaveIDX(hidden, own.(dataset.Described)))
	var sealed created
	p.JSON(&sealed, append([]string{"launch", "-r", "0.5", "--yes", "--holdout", hidden}, recipe...)...)
	r, err := apptest.Reader(t, net).Round(t.Context(), sealed.RoundID)
	require.NoError(t, err)
	require.Equal(t, []any{true, round.TaskData}, []any{r.HasHoldout(), r.Task()})
	p.Fails(2, "leave out --open", say("--open", "--quorum", "3")...)
	p.Fails(2, "are over in 1m20s, before submissions open after 5m0s", say("--submission-slots", "200", "--pace", "quick")...)
	p.Fails(2, "say whole 0.00001 SOL", say("--bond", "0.010000001")...)

	for text, want := range map[string]string{
		"{":                                     "is no task",
		`{"type": "data", "row": {"min": 1}}`:   `unknown field "row"`,
		`{"type": "data"} {}`:                   "more than one JSON object",
		`{"type": "data", "rows": {"min": 10}}`: "rows.min",
	} {
		p.Fails(1, want, "build", "-o", filepath.Join(t.TempDir(), "x"), "-m", model, "-d", "Mnist", "--task", file(text))
	}
	p.Fails(1, "no such file", "build", "-m", model, "-d", "Mnist", "--task", filepath.Join(t.TempDir(), "none"))
	p.Fails(1, "  head.layers.0 ", "build", "-o", filepath.Join(t.TempDir(), "x"), "-m", model, "-d", "Mnist", "--task", file(strings.Replace(digitsTask, `"head"`, `"fc"`, 1)))
}

// A language model becomes the package of a data round of conversations, of a state_dict and a list of its layers.
func TestPackagesOfConversations(t *testing.T) {
	p, dir := apptest.New(t, App()), t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		return path
	}
	gpt := "../../../packagefmt/testdata/gpt/"
	text, err := os.ReadFile(gpt + "model.json")
	require.NoError(t, err)
	var model struct{ Nodes []packagefmt.Layer }
	require.NoError(t, json.Unmarshal(text, &model))
	layers, err := json.Marshal(model.Nodes)
	require.NoError(t, err)
	text, err = os.ReadFile(gpt + "model.safetensors")
	require.NoError(t, err)
	weights, err := safetensors.Read(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	weights[fmt.Sprintf("layers.%d.weight", len(model.Nodes)-1)] = weights["layers.0.weight"]
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, weights))

	talks := file("talks.jsonl", []byte(`{"conversations": [{"role": "user", "content": "Who are you?"}, {"role": "assistant", "content": "Call me Ishmael, and say that I sail about a little."}]}`))
	p.Must("dataset", "set", "TwentyNewsgroups", talks)
	recipe := []string{"build", "-m", file("gpt.safetensors", b.Bytes()), "--layers", file("layers.json", layers), "-d", "TwentyNewsgroups", "-o", filepath.Join(dir, "package")}
	p.Fails(2, "name the task of their data rounds (--task)", recipe...)
	task := strings.NewReplacer(`"pictures"`, `"conversations"`, `"accuracy"`, `"loss"`, `["head"]`, `["head.layers.2"]`, `"seed": 7`, `"seed": 7, "context": 64`).Replace(digitsTask)
	done := p.Type("", append(recipe, "--task", file("task.json", []byte(task)))...)
	require.Zero(t, done.Code, done.Err)
	require.Contains(t, done.Err, "conversations become their last 64 tokens")
	require.NotContains(t, done.Err, "WARNING")
	pkg, err := packagefmt.Read(os.DirFS(filepath.Join(dir, "package")))
	require.NoError(t, err)
	require.Equal(t, []int{1, 64}, pkg.Embeddings.Shape)
}

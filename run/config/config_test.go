package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/run"
)

const good = `[config]
warmup_time = 10
cooldown_time = 5
rounds_per_epoch = 5
max_round_train_time = 60
round_witness_time = 10
min_clients = 3
init_min_clients = 6
global_batch_size_start = 600
global_batch_size_end = 900
total_steps = 100

[model.Head]
package = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
[model.Head.lr_schedule.Cosine]
base_lr = 0.1
warmup_steps = 10
total_steps = 110
final_lr = 0.01
[model.Head.optimizer.Sgd]
momentum = 0.9
[model.Head.update]
encoding = "top-k"
fraction = 0.01
[model.Head.aggregator]
method = "trimmed-mean"
trim = 0.2
[model.Head.server]
optimizer = "fedadam"
`

func TestParse(t *testing.T) {
	f, err := Parse([]byte(good))
	require.NoError(t, err)
	require.Equal(t, run.Witness, f.Config.verification())
	require.Equal(t, uint8(2), f.Settings().MaxMissed)
	require.Equal(t, 32, f.Model.Head.BatchSize)
	text, err := f.Marshal()
	require.NoError(t, err)
	again, err := Parse(text)
	require.NoError(t, err)
	require.Equal(t, f, again)
	read, err := ReadFS(FS([]byte(good)))
	require.NoError(t, err)
	require.Equal(t, f, read)
}

// What Psyche refuses is refused by the field's name; so is what is ours.
func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, says string }{
		"warmup":                 {"warmup_time = 10", "warmup_time = 0", "warmup_time must be over 0"},
		"negative":               {"cooldown_time = 5", "cooldown_time = -5", "cooldown_time must be over 0"},
		"no end of an epoch":     {"rounds_per_epoch = 5", "", "rounds_per_epoch must be 1 or more"},
		"two ends":               {"rounds_per_epoch = 5", "rounds_per_epoch = 5\nepoch_time = 50", "rounds_per_epoch"},
		"train time":             {"max_round_train_time = 60", "", "max_round_train_time must be over 0"},
		"train time of an epoch": {"rounds_per_epoch = 5", "epoch_time = 60", "max_round_train_time must be less than epoch_time"},
		"DisTrO":                 {"[model.Head.update]", "[model.Head.optimizer.Distro]\nclip_grad_norm = 1.0\n[model.Head.update]", `optimizer.Distro: use Sgd or AdamW; [model.Head.update] with encoding = "top-k"`},
		"WSD":                    {"[model.Head.update]", "[model.Head.lr_schedule.WarmupStableDecay]\nbase_lr = 1.0\n[model.Head.update]", "lr_schedule.WarmupStableDecay: there are Constant, Linear and Cosine"},
		"betas":                  {"[model.Head.update]", "[model.Head.optimizer.AdamW]\nbetas = [0.9, 0.95]\n[model.Head.update]", "AdamW.betas: AdamW has PyTorch's betas"},
		"witness time":           {"round_witness_time = 10", "", "round_witness_time must be over 0"},
		"min clients":            {"min_clients = 3", "min_clients = 0", "min_clients must be 1"},
		"init":                   {"init_min_clients = 6", "init_min_clients = 2", "init_min_clients must be min_clients"},
		"witnesses":              {"total_steps = 100", "total_steps = 100\nwitness_nodes = 4", "witness_nodes must be at most"},
		"batch":                  {"global_batch_size_start = 600", "global_batch_size_start = 901", "global_batch_size_start must be at most"},
		"steps":                  {"total_steps = 100", "total_steps = 0", "total_steps"},
		"LLM":                    {"[model.Head]", "[model.LLM]\nx = 1\n[model.Head]", "model.LLM is not supported"},
		"unknown":                {"cooldown_time = 5", "cooldown_time = 5\nflavour = 1", "row 4, column 1: there is no field config.flavour"},
		"case":                   {"cooldown_time = 5", "Cooldown_Time = 5", "there is no field config.Cooldown_Time"},
		"both cases":             {"cooldown_time = 5", "cooldown_time = 5\nCooldown_time = 6", "there is no field config.Cooldown_time"},
		"twice":                  {"cooldown_time = 5", "cooldown_time = 5\ncooldown_time = 6", "row 4"},
		"type":                   {"cooldown_time = 5", `cooldown_time = "5"`, "row 3"},
		"too large":              {"min_clients = 3", "min_clients = 70000", "min_clients"},
		"vote without voters":    {"total_steps = 100", "total_steps = 100\nverification = \"vote\"\nmin_stake = 1", "voters must be 1"},
		"vote without stake":     {"total_steps = 100", "total_steps = 100\nverification = \"vote\"\nvoters = 1", "min_stake must be over 0"},
		"unknown verification":   {"total_steps = 100", "total_steps = 100\nverification = \"trust\"", "verification must be"},
		"package":                {`"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"`, `"b"`, "model.Head.package"},
		"no schedule":            {"[model.Head.lr_schedule.Cosine]\nbase_lr = 0.1\nwarmup_steps = 10\ntotal_steps = 110\nfinal_lr = 0.01", "", "lr_schedule must be one of"},
		"rate":                   {"base_lr = 0.1", "base_lr = nan", "base_lr over 0"},
		"two optimizers":         {"[model.Head.update]", "[model.Head.optimizer.AdamW]\n[model.Head.update]", "optimizer must be one of"},
		"encoding":               {`"top-k"`, `"zip"`, "model.Head.update"},
		"aggregator":             {`trim = 0.2`, `trim = 0.7`, "model.Head.aggregator"},
		"server":                 {`"fedadam"`, `"adam"`, "model.Head.server"},
		"norm":                   {"total_steps = 100", "total_steps = 100\nmax_norm = 0.5", "max_norm"},
		"shared without a set":   {"[model.Head]", "[data]\nlocation = \"shared\"\n[model.Head]", "data.dataset"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, good, c.old)
			_, err := Parse([]byte(strings.Replace(good, c.old, c.new, 1)))
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := Parse([]byte(strings.Repeat("a.", 30_000) + "a = 1"))
	require.ErrorIs(t, err, ErrInvalid)
	require.Less(t, len(err.Error()), 300, "a long name is cut")
	_, err = Parse([]byte("[config]\nmin_stake = 18446744073709551616"))
	require.ErrorContains(t, err, "row 2, column 13: toml:")
	_, err = Parse(make([]byte, MaxSize+1))
	require.ErrorIs(t, err, ErrInvalid)
	f, err := Parse([]byte(strings.Replace(good, "total_steps = 100", "total_steps = 100\nmin_stake = 5", 1)))
	require.NoError(t, err)
	require.ErrorContains(t, f.Check(run.Points), "min_stake must be 0")
}

func TestMatches(t *testing.T) {
	f, err := Parse([]byte(good))
	require.NoError(t, err)
	r := &run.Run{Settings: f.Settings(), PackageCID: f.Model.Head.Package}
	require.NoError(t, f.Matches(r))
	for _, change := range []func(*run.Run){
		func(r *run.Run) { r.Settings.TotalSteps++ }, func(r *run.Run) { r.PackageCID = "x" }, func(r *run.Run) { r.Verification = run.Vote },
	} {
		other := *r
		change(&other)
		require.ErrorIs(t, f.Matches(&other), ErrInvalid)
	}
}

func TestLearningRate(t *testing.T) {
	f, err := Parse([]byte(good))
	require.NoError(t, err)
	for step, want := range map[uint32]float64{0: 0, 5: 0.05, 10: 0.1, 60: 0.055, 110: 0.01, 1000: 0.01} {
		require.InDelta(t, want, f.LearningRate(step), 1e-12, step)
	}
	f.Model.Head.LRSchedule = LRSchedule{Linear: &Decay{BaseLR: 1, TotalSteps: 10}}
	require.InDelta(t, 0.5, f.LearningRate(5), 1e-12)
	f.Model.Head.LRSchedule = LRSchedule{Constant: &Constant{BaseLR: 1, WarmupSteps: 4, WarmupInitLR: 0.5}}
	require.InDelta(t, 0.75, f.LearningRate(2), 1e-12)
	require.InDelta(t, 1, f.LearningRate(9), 1e-12)
}

// What is accepted survives writing and reading.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("[config]\nwarmup_time=1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(text)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			return
		}
		again, err := file.Marshal()
		require.NoError(t, err)
		back, err := Parse(again)
		require.NoError(t, err)
		require.Equal(t, file, back)
	})
}

package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// overrides are the flags of start that stand above the settings for once.
type overrides struct {
	preset           string
	datasets         app.Names
	noTrain, noClaim bool
	own              *config // what the other flags write to
}

// bindTraining declares the flags that say how to train.
func bindTraining(fs *flag.FlagSet, cfg *config) {
	for _, key := range []string{"epochs", "max_batches", "batch_size", "learning_rate", "min_quorum", "seed", "noise_scale", "privacy_noise", "privacy_norm", "privacy_releases", "onnxruntime", "fit_command", "fit_secrets", "submit"} {
		bindSetting(fs, cfg, key)
	}
	fs.Var(app.Bool(&cfg.NoiseEnabled), "noise", "blur the trained weights before they are published")
	fs.Var(app.Bool(&cfg.TestEmbeddings), "test-embeddings", "where a package has no encoder, train on its own test embeddings")
}

// bindSetting declares a flag that has a setting's name, kind and help.
func bindSetting(fs *flag.FlagSet, cfg *config, key string) {
	for _, s := range cfg.Settings() {
		if s.Key == key {
			fs.Var(s.Value, strings.ReplaceAll(key, "_", "-"), s.Help)
		}
	}
}

// apply puts the flags that were given over the settings.
func (o *overrides) apply(fs *flag.FlagSet, cfg *config) error {
	if o.preset != "" {
		if err := applyPreset(cfg, o.preset); err != nil {
			return err
		}
	}
	over := map[string]func(){
		"dataset": func() { cfg.Datasets = o.datasets }, "min-reward": func() { cfg.MinReward = o.own.MinReward },
		"max-reward": func() { cfg.MaxReward = o.own.MaxReward }, "min-quorum": func() { cfg.MinQuorum = o.own.MinQuorum },
		"epochs": func() { cfg.Epochs = o.own.Epochs }, "batch-size": func() { cfg.BatchSize = o.own.BatchSize },
		"learning-rate": func() { cfg.LearningRate = o.own.LearningRate }, "max-batches": func() { cfg.MaxBatches = o.own.MaxBatches },
		"max-parallel": func() { cfg.MaxConcurrent = o.own.MaxConcurrent }, "seed": func() { cfg.Seed = o.own.Seed },
		"noise": func() { cfg.NoiseEnabled = o.own.NoiseEnabled }, "noise-scale": func() { cfg.NoiseScale = o.own.NoiseScale },
		"privacy-noise": func() { cfg.Privacy = o.own.Privacy }, "privacy-norm": func() { cfg.PrivacyNorm = o.own.PrivacyNorm },
		"privacy-releases": func() { cfg.PrivacyHeads = o.own.PrivacyHeads },
		"test-embeddings":  func() { cfg.TestEmbeddings = o.own.TestEmbeddings }, "poll-interval": func() { cfg.PollInterval = o.own.PollInterval },
		"onnxruntime": func() { cfg.ONNXRuntime = o.own.ONNXRuntime },
		"fit-command": func() { cfg.FitCommand = o.own.FitCommand },
		"fit-secrets": func() { cfg.FitSecrets = o.own.FitSecrets },
		"submit":      func() { cfg.Submit = o.own.Submit }, "data-only": func() { cfg.DataOnly = o.own.DataOnly },
		"no-auto-train": func() { cfg.AutoTrain = !o.noTrain }, "no-auto-claim": func() { cfg.AutoClaim = !o.noClaim },
	}
	fs.Visit(func(f *flag.Flag) {
		if set := over[f.Name]; set != nil {
			set()
		}
	})
	return nil
}

func startCommand() app.Command {
	return app.Command{
		Name: "start", Summary: "find rounds, train, submit and claim, until you stop it",
		Long: `Rounds are taken whose data set you have data for, or, of data rounds, something to submit for (--submit), and whose
reward and quorums your settings accept; so are those that you joined yourself. What was begun is finished after a restart.
Flags count for this run only.
With --json, one JSON object a line tells what happens. Ctrl-C stops it (exit status 130).`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := &overrides{own: newConfig().(*config)}
			fs.StringVar(&o.preset, "preset", "", "`name` of a preset; config --preset list shows them")
			fs.Var(&o.datasets, "dataset", "data sets to train on, `names` with commas between")
			for _, key := range []string{"min_reward", "max_reward", "poll_interval", "data_only"} {
				bindSetting(fs, o.own, key)
			}
			fs.Var(app.Int(&o.own.MaxConcurrent, 1, 64), "max-parallel", "`number` of rounds trained at a time")
			fs.BoolVar(&o.noTrain, "no-auto-train", false, "only join; train by hand")
			metrics := app.MetricsFlag(fs)
			fs.BoolVar(&o.noClaim, "no-auto-claim", false, "do not claim rewards; claim by hand")
			bindTraining(fs, o.own)
			report := app.ReportDaemonFlag(fs)
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				if err := o.apply(fs, cfg); err != nil {
					return err
				}
				return start(ctx, c, cfg, *metrics, *report)
			}
		},
	}
}

func start(ctx context.Context, c *app.Call, cfg *config, metrics, report string) (err error) {
	if err := c.CanPublish(&cfg.Common); err != nil {
		return err
	}
	data, err := cfg.data(ctx, c)
	if err != nil {
		return err
	}
	c.LimitMemory(int64(cfg.Memory) << 20)
	client, err := c.Client(&cfg.Common)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := c.Program(ctx, client.Rounds); err != nil {
		return err
	}
	meter, err := c.Meter(metrics, client.Store, client.Chain)
	if err != nil {
		return err
	}
	runner, done, err := c.Runner(cfg.ONNXRuntime)
	if err != nil {
		return err
	}
	defer done()
	cfg.runner = runner
	finish := c.Report(report, "decloud-trainer", "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String())
	defer func() { err = errors.Join(err, finish()) }()
	defer c.Live(ctx, client.Rounds, nil)()
	d := &daemon{meter: meter, call: c, cfg: cfg, client: client, data: data, tell: c.Teller(), list: &worklist{call: c}, told: map[seen]bool{}}
	return c.Serve(ctx, d.work, d.watch, app.Metering(meter, metrics))
}

// banner shows what the daemon does, once it is sure to be the only one.
func (d *daemon) banner() {
	c, cfg, data := d.call, d.cfg, d.data
	wallet, network := d.client.Rounds.Wallet().String(), d.client.Chain.Network().String()
	greatest := "unlimited"
	if cfg.MaxReward > 0 {
		greatest = cfg.MaxReward.String() + " SOL"
	}
	var have []string
	for _, id := range slices.Sorted(maps.Keys(data)) {
		have = append(have, fmt.Sprintf("%s (%d samples)", id, data[id].Len()))
	}
	c.Banner("DECLOUD Trainer Daemon", "Wallet", wallet, "Network", network, "Preset", presetOf(cfg), "Datasets", orAny(cfg.Datasets),
		"Data", cmp.Or(strings.Join(have, ", "), "none"), "Submits", cfg.submits(),
		"Min reward", chain.FormatSOL(cmp.Or(uint64(cfg.MinReward), trainer.DefaultMinReward))+" SOL", "Max reward", greatest,
		"Max parallel", fmt.Sprint(cfg.MaxConcurrent), "Epochs", fmt.Sprint(cfg.Epochs), "Auto-train", app.OnOff(cfg.AutoTrain), "Auto-claim", app.OnOff(cfg.AutoClaim))
	if !c.JSON {
		fmt.Fprintln(c.Out, "  Listening for rounds… (Ctrl-C to stop)")
	}
}

package cli

import (
	"context"
	"math"
	"path/filepath"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// config are the validator's settings, by the kit's names and with its defaults.
type config struct {
	app.Common
	Datasets      app.Names   `json:"datasets"`
	MinReward     app.SOL     `json:"min_reward"`
	Samples       int         `json:"validation_batch_size"`
	PollInterval  app.Seconds `json:"poll_interval"`
	MaxConcurrent int         `json:"max_concurrent_validations"`
	AutoValidate  bool        `json:"auto_validate"`
	AutoClaim     bool        `json:"auto_claim"`
	AtALoss       bool        `json:"at_a_loss"`
	ShareHeads    bool        `json:"share_heads"`
	MaxAtRisk     app.SOL     `json:"max_stake_at_risk"`
	MinBalance    app.SOL     `json:"min_balance"`
	MaxSpending   app.SOL     `json:"max_spending"`
	Memory        int         `json:"memory"`
	CheckTimeout  app.Seconds `json:"check_timeout"`
	ScoreTimeout  app.Seconds `json:"score_timeout"`
	ONNXRuntime   string      `json:"onnxruntime"`

	runner packagefmt.Runner // of encoders; nil: the own engine
}

func newConfig() app.Config {
	common := app.DefaultCommon()
	common.AutoDownload = true // test splits are public
	return &config{Common: common, Samples: 1000, PollInterval: app.Seconds(30 * time.Second), MaxConcurrent: 3, AutoValidate: true, AutoClaim: true,
		MaxAtRisk: app.SOL(validator.DefaultMaxStakeAtRisk), Memory: 2048, CheckTimeout: app.Seconds(30 * time.Minute), ScoreTimeout: app.Seconds(10 * time.Minute)}
}

// Settings implements app.Config.
func (c *config) Settings() []app.Setting {
	return append(c.Common.Settings(),
		app.Setting{Key: "datasets", Help: "data sets to score on, `names` with commas between; any: all that there is data for", Value: &c.Datasets},
		app.Setting{Key: "validation_batch_size", Help: "`number` of samples of the test split to score, from the first; fair rounds are scored on all of it, and the validators of others must agree; 0: all", Value: app.Int(&c.Samples, 0, math.MaxInt32)},
		app.Setting{Key: "min_reward", Help: "least reward of a round, `SOL`; 0: what makes scoring worth its fees", Value: &c.MinReward},
		app.Setting{Key: "poll_interval", Help: "`seconds` between two looks at the chain; after news from a websocket, a quarter of them at most; 0: the default, 30", Value: &c.PollInterval},
		app.Setting{Key: "max_concurrent_validations", Help: "`number` of models scored at a time", Value: app.Int(&c.MaxConcurrent, 1, 64)},
		app.Setting{Key: "auto_validate", Help: "score by itself", Value: app.Bool(&c.AutoValidate)},
		app.Setting{Key: "auto_claim", Help: "claim rewards by itself", Value: app.Bool(&c.AutoClaim)},
		app.Setting{Key: "at_a_loss", Help: "also score rounds that pay less than the fees", Value: app.Bool(&c.AtALoss)},
		app.Setting{Key: "max_stake_at_risk", Help: "`SOL` of your stake that outliers among your scores could cost you together; 0: none", Value: &c.MaxAtRisk},
		app.Setting{Key: "min_balance", Help: "`SOL` that stay in the wallet, whatever there is to score", Value: &c.MinBalance},
		app.Setting{Key: "max_spending", Help: "most `SOL` that leave the wallet in 24 hours, fees and rent included, whether it comes back or not; 0: any", Value: &c.MaxSpending},
		app.Setting{Key: "memory", Help: "`MiB` of packages and submissions in memory at a time; the process takes 192 beyond that and its data", Value: app.Int(&c.Memory, 256, 1<<20)},
		app.Setting{Key: "share_heads", Help: "publish each submission to a fair round once it was fetched: its trainer may show it to some validators only, and whoever scores unlike most is not paid for that score", Value: app.Bool(&c.ShareHeads)},
		app.Setting{Key: "check_timeout", Help: "`seconds` that recomputing a package's embeddings may take; 0: the default, 1800", Value: &c.CheckTimeout},
		app.Setting{Key: "score_timeout", Help: "`seconds` that scoring one submission may take; 0: the default, 600", Value: &c.ScoreTimeout},
		app.RunnerSetting(&c.ONNXRuntime),
	)
}

// load reads the settings.
func load(c *app.Call) (*config, error) {
	cfg := newConfig().(*config)
	return cfg, c.Load(cfg)
}

// worker configures a worker; the observer is told what it does.
func (c *config) worker(client *decloud.Client, call *app.Call, data map[dataset.ID]dataset.Dataset, observer func(validator.Event)) validator.Config {
	return validator.Config{Rounds: client.Rounds, Store: client.Store, Data: data, Dir: filepath.Join(call.Home, "validating"), Policy: validator.Policy{MinReward: uint64(c.MinReward), AtALoss: c.AtALoss, MaxStakeAtRisk: max(uint64(c.MaxAtRisk), 1)},
		MinBalance: uint64(c.MinBalance), MaxSpending: uint64(c.MaxSpending), Memory: int64(c.Memory) << 20, Runner: c.runner, OnEmbed: call.Embedded,
		CheckTimeout: time.Duration(c.CheckTimeout), ScoreTimeout: time.Duration(c.ScoreTimeout), MaxSamples: c.Samples, Parallel: c.MaxConcurrent,
		Poll: time.Duration(c.PollInterval), NoScore: !c.AutoValidate, NoClaim: !c.AutoClaim, Share: c.ShareHeads, Observer: observer}
}

// data opens the test splits.
func (c *config) data(ctx context.Context, call *app.Call) (map[dataset.ID]dataset.Dataset, error) {
	return call.OpenData(ctx, &c.Common, c.Datasets, dataset.Test)
}

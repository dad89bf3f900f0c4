package cli

import (
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
)

// config are the creator's settings.
type config struct {
	app.Common
	HeadRatio      float64   `json:"head_ratio"`
	EmbeddingLimit int       `json:"embedding_limit"`
	BatchSize      int       `json:"batch_size"`
	MinRating      app.Stars `json:"min_rating"`
	Quorum         int       `json:"quorum"`
	ValidatorStake string    `json:"validator_stake"`
	BaseWindow     string    `json:"base_window"`
}

func newConfig() app.Config {
	return &config{Common: app.DefaultCommon(), HeadRatio: packagefmt.DefaultRatio, EmbeddingLimit: packagefmt.MaxSamples, BatchSize: 64,
		MinRating: app.Stars(rating.Floor)}
}

// Settings implements app.Config.
func (c *config) Settings() []app.Setting {
	return append(c.Common.Settings(),
		app.Setting{Key: "head_ratio", Help: "`share` of the parameters that goes into the head", Value: app.Float(&c.HeadRatio, 1e-6, 1)},
		app.Setting{Key: "embedding_limit", Help: "`samples` of the test split to embed, at most", Value: app.Int(&c.EmbeddingLimit, 1, packagefmt.MaxSamples)},
		app.Setting{Key: "batch_size", Help: "`samples` that the encoder takes at a time", Value: app.Int(&c.BatchSize, 1, 1<<16)},
		app.Setting{Key: "min_rating", Help: "`stars` that trainers need, 1.0 (everybody) to 5.0", Value: &c.MinRating},
		app.Setting{Key: "quorum", Help: "`scores` that the base and each submission need; below 3, one validator decides; 0: 5, on localnet and of open rounds 3", Value: app.Int(&c.Quorum, 0, rating.MaxValidations)},
		app.Setting{Key: "validator_stake", Help: "`SOL` that validators must have at stake (default: 0.1, of open rounds on localnet none)", Value: app.Text(&c.ValidatorStake, checkSOL)},
		app.Setting{Key: "base_window", Help: "`time` in which only the base of an open round is scored (default: 10m, on localnet none)", Value: app.Text(&c.BaseWindow, checkTime)},
	)
}

func checkSOL(text string) error {
	_, err := chain.ParseSOL(text)
	return err
}

func checkTime(text string) error { return new(app.Seconds).Set(text) }

// load reads the settings.
func load(c *app.Call) (*config, error) {
	cfg := newConfig().(*config)
	return cfg, c.Load(cfg)
}

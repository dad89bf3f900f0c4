package cli

import (
	"context"
	"fmt"
	"math"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/validator"
)

// sealHoldout seals the test set that --holdout names in the package, under a new key; nil: there is none. Scores on it
// may be two of its samples apart.
func (t *terms) sealHoldout(ctx context.Context, c *app.Call, cfg *config, b built, of *decloud.Terms) (*packagefmt.HoldoutKey, error) {
	path := t.fairFlags.holdout
	if path == "" {
		return nil, nil
	}
	hidden, err := b.hidden(ctx, c, cfg.Common, path)
	if err != nil {
		return nil, err
	}
	key, err := b.seal(ctx, c, hidden)
	if err != nil {
		return nil, fmt.Errorf("nothing was published or paid: --holdout %s: %w", path, err)
	}
	sealedWith(of, key.Hash(), len(hidden.Labels))
	return &key, nil
}

// sealedWith puts a sealed test of so many samples into the terms.
func sealedWith(of *decloud.Terms, hash [32]byte, samples int) {
	least := (2*rating.MaxAccuracy + samples - 1) / samples
	of.Fair.OutlierTolerance = uint16(min(max(int(of.Fair.OutlierTolerance), least), rating.MaxAccuracy))
	of.Fair.Holdout = hash
}

// hidden reads the test set to seal.
func (b built) hidden(ctx context.Context, c *app.Call, common app.Common, path string) (h packagefmt.Holdout, err error) {
	set, err := c.OpenFile(ctx, &common, b.id, path)
	if err != nil {
		return h, fmt.Errorf("--holdout: %w", err)
	}
	if h, err = b.pkg.HoldoutOf(ctx, set); err != nil {
		return h, fmt.Errorf("--holdout %s: %w", path, err)
	}
	return h, nil
}

// seal seals a test in the package, under a new key. One that validators would not score on is refused.
func (b built) seal(ctx context.Context, c *app.Call, hidden packagefmt.Holdout) (key packagefmt.HoldoutKey, err error) {
	if key, err = packagefmt.NewHoldoutKey(); err != nil {
		return key, err
	}
	if err := b.pkg.SealHoldout(hidden, key); err != nil {
		return key, err
	}
	return key, b.counts(ctx, c, key)
}

// counts judges the package as validators do once the key is revealed, and returns why its sealed test would not count.
func (b built) counts(ctx context.Context, c *app.Call, key packagefmt.HoldoutKey) error {
	judge, err := b.judge(ctx, &key)
	if err != nil {
		return err
	}
	if err := judge.Unsealed(); err != nil {
		return fmt.Errorf("validators would score on the public test all the same: %w", err)
	}
	what := "accuracy"
	if task := b.pkg.Config.Task; task != nil && task.Metric == packagefmt.MetricLoss {
		what = "score"
	}
	c.Note("%s of the base on the sealed test: %s", what, rating.FormatAccuracy(judge.Base()))
	return nil
}

// judge is that of the package's heads, or of the data of its rounds.
func (b built) judge(ctx context.Context, key *packagefmt.HoldoutKey) (judge interface {
	Base() uint32
	Unsealed() error
}, err error) {
	if b.pkg.Config.Task != nil {
		return validator.NewDataJudge(ctx, validator.DataConfig{Package: b.pkg, Test: b.test, Holdout: key, MaxBytes: math.MaxInt64, MaxMultiplyAdds: math.Inf(1)})
	}
	labels, err := b.pkg.Labels(b.test)
	if err != nil {
		return nil, err
	}
	return validator.NewHoldoutJudge(ctx, b.pkg, validator.Test{Embeddings: b.pkg.Embeddings, Labels: labels}, key)
}

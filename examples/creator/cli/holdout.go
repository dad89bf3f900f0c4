package cli

import (
	"context"
	"fmt"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
)

// holdout is a test set that only the creator has; nil: there is none.
type holdout struct{ packagefmt.Holdout }

// openHoldout embeds the test set that --holdout names. Scores on it may be two of its
// samples apart.
func (t *terms) openHoldout(ctx context.Context, c *app.Call, cfg *config, b built, of *decloud.Terms) (*holdout, error) {
	path := t.fairFlags.holdout
	if path == "" {
		return nil, nil
	}
	set, err := c.OpenFile(ctx, &cfg.Common, b.id, path)
	if err != nil {
		return nil, fmt.Errorf("--holdout: %w", err)
	}
	features, labels, err := b.pkg.Embed(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("--holdout %s: %w", path, err)
	}
	least := (2*rating.MaxAccuracy + len(labels) - 1) / len(labels)
	of.Fair.OutlierTolerance = uint16(min(max(int(of.Fair.OutlierTolerance), least), rating.MaxAccuracy))
	return &holdout{packagefmt.Holdout{Embeddings: features, Labels: labels}}, nil
}

// seal puts the test into the package under a new key, which is kept on this machine until
// it is revealed.
func (h *holdout) seal(client *decloud.Client, pkg *packagefmt.Package, of *decloud.Terms) error {
	if h == nil {
		return nil
	}
	key, err := packagefmt.NewHoldoutKey()
	if err != nil {
		return err
	}
	if err := pkg.SealHoldout(h.Holdout, key); err != nil {
		return fmt.Errorf("--holdout: %w", err)
	}
	of.Fair.Holdout = key.Hash()
	return client.KeepHoldoutKey(key)
}

package decloud

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/validator"
)

// ErrNoAdapter is wrapped by errors about submissions of data that no adapter belongs to: they have no score, or one that no
// training gives, as copies have.
var ErrNoAdapter = errors.New("decloud: no adapter belongs to this submission")

// AdapterOptions say which adapter [Client.Adapter] makes. Epoch, Entry, Package and Test are required.
type AdapterOptions struct {
	// Epoch is one of a contest's that is finalized, and Entry one of its entries, as [Client.Standings] has them.
	Epoch Epoch
	Entry Entry
	// Package is the contest's.
	Package *packagefmt.Package
	// Test is a copy of the package's test split, in its order.
	Test dataset.Dataset
	// Sources opens what miners say on the chain of where they keep what they have submitted, as of validators: the data comes
	// from there if the store finds it nowhere else. Default: nil, from the store.
	Sources func(text string) (storage.Fetcher, error)
	// MaxBytes and MaxMultiplyAdds bound what it takes: [validator.DataConfig] has their defaults.
	MaxBytes        int64
	MaxMultiplyAdds float64
	// OnStep, if set, is called after each step of the training.
	OnStep func(done, steps int)
}

// Adapter fetches data that was submitted to an epoch of a contest, and trains the adapter on it that validators have scored it
// by: with the task's settings and seed, and so the same to the last bit. It is scored as they score it, in hundredths of a
// percent, and is returned only if that is its score on the chain; else, as of what scored 0 and of copies, the error wraps
// [ErrNoAdapter]. [lora.Adapter.Write] writes it as PEFT does, and [lora.Adapter.Merge] merges it into [packagefmt.Package.Whole].
func (c *Client) Adapter(ctx context.Context, o AdapterOptions) (trained lora.Adapter, score uint32, err error) {
	if o.Package == nil || o.Package.Config.Task == nil || o.Test == nil || o.Epoch.Round == nil {
		return trained, 0, errors.New("decloud: AdapterOptions: Epoch, Package, which has a task, and Test are required")
	}
	switch {
	case o.Entry.CID == "":
		return trained, 0, fmt.Errorf("%w: its account is closed, and the node does not say any more what it was", ErrNoAdapter)
	case !o.Entry.Scored || o.Epoch.Round.Status != round.Finalized:
		return trained, 0, fmt.Errorf("%w: it has no score yet", ErrNoAdapter)
	case o.Entry.Score == 0:
		return trained, 0, fmt.Errorf("%w: it scored 0", ErrNoAdapter)
	}
	files, err := c.submitted(ctx, o)
	if err != nil {
		return trained, 0, err
	}
	cfg := validator.DataConfig{Package: o.Package, Test: o.Test, MaxBytes: o.MaxBytes, MaxMultiplyAdds: o.MaxMultiplyAdds}
	if r := o.Epoch.Round; r.HoldoutRevealed {
		key := packagefmt.HoldoutKey(r.HoldoutKey)
		cfg.Holdout = &key
	}
	judge, err := validator.NewDataJudge(ctx, cfg)
	if err != nil {
		return trained, 0, err
	}
	made, got, err := judge.Adapter(ctx, validator.DataSubmission{CID: o.Entry.CID, Trainer: o.Entry.Trainer.String(), Files: files}, o.OnStep)
	if err != nil {
		return trained, 0, err
	}
	if err := o.agrees(judge.Base(), got); err != nil {
		return trained, 0, err
	}
	return made, got.Accuracy, nil
}

// agrees returns why a score is not the one on the chain.
func (o AdapterOptions) agrees(base uint32, got validator.Score) error {
	r, said := o.Epoch.Round, o.Entry.Score
	differ := func(a, b uint32) bool { return rating.Distance(a, b) > uint32(r.OutlierTolerance) }
	switch {
	case differ(base, r.BaseAccuracy):
		return fmt.Errorf("decloud: the base scores %s on this test, and %s on the chain: it is another test than the validators'", rating.FormatAccuracy(base), rating.FormatAccuracy(r.BaseAccuracy))
	case got.Reason != "":
		return fmt.Errorf("%w: it scores %s on the chain, and here nothing: %s", ErrNoAdapter, rating.FormatAccuracy(said), got.Reason)
	case !differ(got.Accuracy, said):
		return nil
	case !differ(said, r.BaseAccuracy):
		return fmt.Errorf("%w: it scores %s, as the base does, and a training on it %s: validators have found a copy, as a rule, and trained nothing", ErrNoAdapter, rating.FormatAccuracy(said), rating.FormatAccuracy(got.Accuracy))
	}
	return fmt.Errorf("%w: it scores %s on the chain, and a training on it %s", ErrNoAdapter, rating.FormatAccuracy(said), rating.FormatAccuracy(got.Accuracy))
}

// submitted fetches what was submitted: from where the store fetches, and from where its miner says that it is.
func (c *Client) submitted(ctx context.Context, o AdapterOptions) (fs.FS, error) {
	root, err := storage.ParseCID(o.Entry.CID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAdapter, err)
	}
	limit := o.Package.Config.Task.Rows.Bytes
	if limit == 0 {
		limit = submission.DefaultBytes
	}
	options := []storage.FetchOption{storage.AtMost(limit)}
	if said, err := c.Rounds.Source(ctx, o.Epoch.Round.ID, o.Entry.Trainer); err == nil && o.Sources != nil {
		if from, err := o.Sources(said.Text); err == nil {
			if idle, ok := from.(interface{ CloseIdle() }); ok {
				defer idle.CloseIdle()
			}
			options = append(options, storage.AlsoFrom(from))
		}
	}
	files, err := c.Store.Fetch(ctx, root, options...)
	if err != nil {
		return nil, fmt.Errorf("the submission of %s: %w", o.Entry.Trainer, err)
	}
	return files, nil
}

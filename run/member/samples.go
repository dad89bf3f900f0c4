package member

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/storage"
)

// samples are the member's own, or those that all members share: the directory of an
// IDX pair (dataset.SaveIDX writes one) that the configuration names. Nil: there are
// none, and Train and Evaluate do without.
func (w *Worker) samples(ctx context.Context, f config.File, pkg *packagefmt.Package) (dataset.Dataset, error) {
	if f.Data.Location != "shared" {
		if w.cfg.Data == nil && (w.cfg.Train == nil || w.cfg.Evaluate == nil) {
			return nil, worker.Permanent(errors.New("the run's members train on data of their own, and Config.Data is nil: pass samples"))
		}
		return w.cfg.Data, nil
	}
	root, err := storage.ParseCID(f.Data.Dataset)
	if err != nil {
		return nil, worker.Permanent(fmt.Errorf("data.dataset: %w", err))
	}
	dir := filepath.Join(w.cfg.Dir, "data-"+root.String())
	if _, err := os.Stat(dir); err != nil {
		if err := w.fetchShared(ctx, root, dir); err != nil {
			return nil, err
		}
	}
	id, err := dataset.Parse(pkg.Config.Metadata.Dataset)
	if err != nil {
		return nil, worker.Permanent(fmt.Errorf("the package's data set: %w", err))
	}
	ds, err := dataset.OpenIDXDir(dir, id.Info().Classes)
	if err != nil {
		return nil, worker.Permanent(fmt.Errorf("the shared data set: %w", err))
	}
	return ds, nil
}

// fetchShared fetches a data set to dir: all of it or nothing.
func (w *Worker) fetchShared(ctx context.Context, root cid.Cid, dir string) error {
	_, err := w.cfg.Store.Fetch(ctx, root, storage.AtMost(w.cfg.MaxData))
	switch {
	case errors.Is(err, storage.ErrTooLarge):
		return fmt.Errorf("the shared data set is more than Config.MaxData of %d bytes: raise it to take part: %w", w.cfg.MaxData, err)
	case err != nil:
		return fmt.Errorf("the shared data set: %w", err)
	}
	if err := w.cfg.Store.Extract(ctx, root, dir); err != nil {
		return fmt.Errorf("the shared data set: %w", err)
	}
	return nil
}

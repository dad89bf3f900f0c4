package trainer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// run is a training run of one round. Its files in Config.Dir are the finished run,
// which appears complete or not at all, and a checkpoint beside it while it trains.
type run struct {
	round *round.Round
	owner packagefmt.Owner // whose submission it will be
	model cid.Cid
	data  dataset.ID
	dir   string
}

// newRun names the files of a run. The model is in the name, since a local chain
// that is set up again counts rounds from 0.
func (w *Worker) newRun(r *round.Round) (*run, error) {
	model, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	owner := packagefmt.Owner{Program: w.cfg.Rounds.Addresses().Program.String(), Round: r.ID, Trainer: w.cfg.Rounds.Wallet().String()}
	return &run{r, owner, model, dataset.ID(r.Dataset), filepath.Join(w.cfg.Dir, fmt.Sprintf("round-%d-%s", r.ID, model))}, nil
}

// isData reports whether data is submitted, and no head.
func (r *run) isData() bool { return r.round.Task() == round.TaskData }

func (r *run) checkpointPath() string { return r.dir + ".checkpoint" }

// mark is a file beside the run that says what was done with it, beyond the life of the
// run's other files and of this process.
type mark string

const (
	published mark = ".published" // the head of a sealed round; the chain does not show it
	submitted mark = ".submitted" // the chain shows it, but a node may lag
	sourced   mark = ".sourced"   // where the data is was said; the chain shows it in an account of its own
)

// created tells the round from one of the same number and model on a chain that was set up
// again; marks hold it.
func (r *run) created() string { return fmt.Sprintln(r.round.CreatedAt.Unix()) }

// set notes that it was done.
func (r *run) set(m mark) error {
	return atomicfile.Write(r.dir+string(m), func(w io.Writer) error {
		_, err := io.WriteString(w, r.created())
		return err
	})
}

// has reports whether it was done, and how long ago.
func (r *run) has(m mark) (ago time.Duration, ok bool) {
	info, err := os.Stat(r.dir + string(m))
	if err != nil {
		return 0, false
	}
	text, err := os.ReadFile(r.dir + string(m))
	return time.Since(info.ModTime()), err == nil && string(text) == r.created()
}

// published reports whether the head of a sealed round was published.
func (r *run) published() bool {
	_, ok := r.has(published)
	return ok
}

// finished reports whether the trained head is on disk. One that another wallet trained, or
// that does not say whose it is, would score 0: it is removed. Data says nothing of whose it
// is, and is submitted as it is.
func (r *run) finished() (bool, error) {
	if r.isData() {
		return r.copied()
	}
	text, err := os.ReadFile(filepath.Join(r.dir, packagefmt.ConfigFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if config, err := packagefmt.ParseConfig(text); err == nil && config.Owner != nil && *config.Owner == r.owner {
		return true, nil
	}
	return false, os.RemoveAll(r.dir)
}

// remove removes the files of the run but for the mark of its submission, which goes with
// the leftovers.
func (r *run) remove() error {
	return errors.Join(os.RemoveAll(r.dir), os.RemoveAll(r.checkpointPath()), os.RemoveAll(r.dir+string(published)),
		os.RemoveAll(r.dir+string(source)), os.RemoveAll(r.dir+string(sourced)))
}

// saveCheckpoint replaces the checkpoint on disk.
func (r *run) saveCheckpoint(c fit.Checkpoint) error {
	return atomicfile.Write(r.checkpointPath(), func(w io.Writer) error {
		_, err := c.WriteTo(w)
		return err
	})
}

// loadCheckpoint returns what an interrupted run has reached; nil if there is
// nothing that can be read: then it starts over.
func (r *run) loadCheckpoint() *fit.Checkpoint {
	f, err := os.Open(r.checkpointPath())
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	c, err := fit.ReadCheckpoint(f, info.Size())
	if err != nil {
		return nil
	}
	return &c
}

// localTimeout bounds reading what should be in the store.
const localTimeout = time.Minute

// local reads what was fetched before.
func (w *Worker) local(ctx context.Context, root cid.Cid) (fs.FS, error) {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	return w.cfg.Store.Fetch(ctx, root)
}

// write writes the trained head, all of it or nothing.
func (r *run) write(head packagefmt.Network, pkg *packagefmt.Package) error {
	if err := packagefmt.WriteGradient(r.dir, head, pkg, packagefmt.OwnedBy(r.owner)); err != nil {
		return err
	}
	_ = os.Remove(r.checkpointPath())
	return nil
}

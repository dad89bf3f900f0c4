package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

func trainCommand() app.Command {
	return app.Command{Name: "train", Summary: "take part in a run until it is finished and paid, or Ctrl-C", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		t := &training{common: o}
		fs.StringVar(&t.data, "data", "", "`path` of the samples, a file or a directory, in any format that the package's data set may have: .csv, .npz, .jsonl, IDX, a folder for each class …; default: a share of the built-in digits")
		t.options, t.metrics = app.BindDataOptions(fs), app.MetricsFlag(fs)
		fs.IntVar(&t.share, "share", 0, "`number` of the share of the built-in digits to train on, from 0")
		fs.IntVar(&t.shares, "shares", 6, "`number` of shares that the built-in digits are divided into")
		fs.Uint64Var(&t.stake, "stake", 0, "base `units` to have at stake")
		fs.IntVar(&t.poll, "ms-interval", 2000, "`milliseconds` between two looks at the chain")
		fs.BoolVar(&t.live, "live", false, "show the run as it goes on, as live does, instead of what this member does")
		t.report = reportFlag(fs)
		notNeeded(fs, "authorizer", "the authorization is found without it")
		return t.run
	}}
}

// training is what train's flags say.
type training struct {
	*common
	data                string
	report              *string
	options             *dataset.Options // of data
	share, shares, poll int
	stake               uint64
	live                bool
	metrics             *string // address
}

func (t *training) run(ctx context.Context, c *app.Call) error {
	if err := t.needRun(); err != nil {
		return err
	}
	samples, err := builtinShare(t.share, t.shares)
	if err != nil {
		return err
	}
	t.signAttempts = 1 // a member looks at the run before it signs again
	client, err := t.client(c)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	r, err := client.Runs.Run(ctx, t.runID)
	if err != nil {
		return err
	}
	if t.data != "" {
		if samples, err = t.openData(ctx, c, client.Store, r); err != nil {
			return fmt.Errorf("--data %s: %w", t.data, err)
		}
	}
	if err := warnOfFreezing(ctx, c, client.Runs, r.Mint); err != nil {
		return err
	}
	if c.Dry() {
		return t.joins(ctx, c, client.Runs, r)
	}
	w := &watcher{t: t, c: c, client: client}
	defer w.close()
	if err := w.open(); err != nil {
		return err
	}
	observer := t.observer(c)
	meter, err := c.Meter(*t.metrics, client.Store, client.Chain)
	if err != nil {
		return err
	}
	if meter != nil {
		observer = meter.Member(observer)
	}
	over, paid := context.WithCancel(ctx)
	defer paid()
	wg.Go(func() { w.untilPaid(ctx, r, paid) })
	wg.Go(func() {
		if err := app.Metering(meter, *t.metrics)(over); err != nil {
			c.Note("metrics: %v", err)
		}
	})
	err = client.Join(over, member.Config{
		RunID: t.runID, Data: samples, Stake: t.stake, Poll: time.Duration(max(50, t.poll)) * time.Millisecond, Observer: observer,
	})
	if err == nil && ctx.Err() == nil {
		c.Note("run %s is finished, and nothing is due", t.runID)
	}
	return err
}

// joins tries to join, as the member's worker does first.
func (t *training) joins(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
	if t.stake < r.Settings.MinStake {
		return fmt.Errorf("run %s wants a stake of %d, and --stake is %d", r.ID, r.Settings.MinStake, t.stake)
	}
	v, m, err := runs.Look(ctx, r, runs.Wallet())
	if err != nil {
		return err
	}
	has, slot, _ := totalsIn(v, m, runs.Wallet())
	if slot != nil && (slot.Status == run.Joined || slot.Status == run.Active) {
		return c.Print(map[string]any{"member": true}, func(w io.Writer) { fmt.Fprintln(w, "the wallet is a member of the run already") })
	}
	stake := has.Stake
	if slot != nil {
		stake = slot.Effective()
	}
	_, err = runs.Join(ctx, r, t.stake-min(t.stake, stake), [32]byte{})
	return err
}

// observer tells what the member does.
func (t *training) observer(c *app.Call) func(member.Event) {
	return func(e member.Event) {
		switch {
		case e.Err != nil:
			c.Note("%s: %v", e.Kind, e.Err)
		case e.Kind != member.EventTraining && !t.live:
			c.Note("%s: %s", e.Kind, e.Step)
			c.NotePublished(e.Published)
		}
	}
}

// watcher follows the run beside the member's worker.
type watcher struct {
	t      *training
	c      *app.Call
	client *decloud.Client
	view   *live // nil: nothing is shown or drawn
}

func (w *watcher) open() (err error) {
	if !w.t.live && *w.t.report == "" {
		return nil
	}
	w.view = &live{c: w.c, runs: w.client.Runs}
	if w.t.live {
		w.view.picture = newPicture(w.c)
	}
	if *w.t.report != "" {
		w.view.meter, err = newMeter(w.client.Store, *w.t.report)
	}
	return err
}

// close leaves the last picture where it is.
func (w *watcher) close() {
	if w.view != nil && w.view.picture != nil {
		w.view.picture.end()
	}
}

// untilPaid calls paid once the run is finished and owes the wallet nothing.
func (w *watcher) untilPaid(ctx context.Context, r *run.Run, paid func()) {
	for {
		if v, err := w.client.Runs.Refresh(ctx, r); err == nil {
			w.look(ctx, v)
			if v.Run.State == run.Finished && w.nothingDue(v) {
				paid()
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

func (w *watcher) look(ctx context.Context, v *run.View) {
	switch {
	case w.view == nil:
	case w.t.live:
		if err := w.view.show(ctx, v); err != nil {
			w.c.Note("%v", err)
		}
	default:
		if err := w.view.meter.see(ctx, v); err != nil && ctx.Err() == nil {
			w.c.Note("the model cannot be measured: %v", err)
		}
	}
}

func (w *watcher) nothingDue(v *run.View) bool {
	slot := v.Roster.Find(w.client.Runs.Wallet())
	return v.Run.Treasury == run.Points || slot < 0 || v.Roster.Slots[slot].Due() == 0
}

// openData opens the member's own samples, as the run's package takes them.
func (t *training) openData(ctx context.Context, c *app.Call, store *storage.Store, r *run.Run) (dataset.Dataset, error) {
	file, err := fetchFile(ctx, store, r)
	if err != nil {
		return nil, err
	}
	pkg, err := fetchPackage(ctx, store, file.Model.Head.Package)
	if err != nil {
		return nil, fmt.Errorf("the run's package: %w", err)
	}
	id, err := dataset.Parse(pkg.Config.Metadata.Dataset)
	if err != nil {
		return nil, fmt.Errorf("the run's package: %w", err)
	}
	if len(t.options.Classes) == 0 && pkg.Config.Preprocessing != nil {
		t.options.Classes = pkg.Config.Preprocessing.Classes
	}
	ds, err := dataset.Open(id, t.data, dataset.Train, *t.options)
	if err != nil {
		return nil, err
	}
	if _, err := pkg.Adapt(ds); err != nil {
		return nil, err
	}
	c.Note("%d samples of %s", ds.Len(), t.data)
	return ds, nil
}

func builtinShare(share, shares int) (dataset.Dataset, error) {
	if shares < 1 || share < 0 || share >= shares {
		return nil, app.Usagef("--share is 0 to --shares - 1")
	}
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return nil, err
	}
	parts, err := dataset.Shares(digits.Train, shares, 1)
	if err != nil {
		return nil, err
	}
	return parts[share], nil
}

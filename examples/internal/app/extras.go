package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Extras are what an app can do only where modules are linked that the root does not
// have: in the commands of module examples/cmd.
type Extras struct {
	// Meter makes a Meter.
	Meter func() Meter
	// Unpack is package dataset/parquet's.
	Unpack func(path string, part dataset.Part, dir string, opts dataset.Options) (Unpacked, error)
	// Runner loads ONNX Runtime: from a path, or from where it is found; nil if it is not found there. gpu
	// says whether a GPU may be used.
	Runner func(path string, gpu bool) (EncoderRunner, error)
}

// Meter counts what workers do, for Prometheus; it is package metrics'.
type Meter interface {
	Trainer(next func(trainer.Event)) func(trainer.Event)
	Validator(next func(validator.Event)) func(validator.Event)
	Member(next func(member.Event)) func(member.Event)
	WatchStore(*storage.Store)
	WatchChain(*chain.Client)
	// Serve serves /metrics on an address until ctx is done.
	Serve(ctx context.Context, address string) error
}

// Unpacked says what Unpack wrote: a table dir + ".csv", or a folder of pictures by class.
type Unpacked struct {
	Files   []string
	Rows    int
	Label   string
	Classes []string
	Texts   []string
	Table   bool
	Notes   []string
}

// elsewhere says which program does what this one was built without.
func (a *App) elsewhere(what string) string {
	return fmt.Sprintf("this program was built without %s; one that has it: go install %s/examples/cmd/%s@latest, or in a clone: cd examples/cmd && go install ./%[3]s", what, module, a.Name)
}

// Meter of this call, with the store and the chain watched; nil if the address is empty.
func (c *Call) Meter(address string, store *storage.Store, client *chain.Client) (Meter, error) {
	if address == "" {
		return nil, nil
	}
	if c.App.Extras.Meter == nil {
		return nil, usageError{c.App.elsewhere("metrics")}
	}
	m := c.App.Extras.Meter()
	m.WatchStore(store)
	m.WatchChain(client)
	c.Note("metrics for Prometheus: http://%s/metrics", address)
	return m, nil
}

// unpacked makes of Parquet files at own.path what package dataset reads, in the app's own
// directory, and fills in what the files say of themselves. Other paths are left alone.
func (c *Call) unpacked(id dataset.ID, own owned) (owned, error) {
	if !holdsParquet(own.path) {
		return own, nil
	}
	if c.App.Extras.Unpack == nil {
		return own, nil // which package dataset refuses
	}
	dir := filepath.Join(c.Home, "unpacked")
	if err := mkdirPrivate(dir); err != nil {
		return own, err
	}
	dir, err := os.MkdirTemp(dir, id.String()+"-*")
	if err != nil {
		return own, err
	}
	from := own.path
	for _, part := range []dataset.Part{own.part, other(own.part)} {
		u, err := c.App.Extras.Unpack(from, part, filepath.Join(dir, string(part)), own.opts)
		if errors.Is(err, dataset.ErrNoPart) && part != own.part {
			continue
		}
		if err != nil {
			return own, errors.Join(err, os.RemoveAll(dir))
		}
		c.Note("%s: %d rows of %s, unpacked to %s", part, u.Rows, from, dir)
		for _, note := range u.Notes {
			c.Note("%s: %s", part, note)
		}
		own.fill(u)
		if info, err := os.Stat(from); err == nil && !info.IsDir() {
			break // a file is one part
		}
	}
	own.path = dir
	return own, nil
}

// fill sets the options that the user left open.
func (o *owned) fill(u Unpacked) {
	if u.Table {
		o.opts.Header = dataset.HeaderYes
		if o.opts.Label == "" {
			o.opts.Label = u.Label
		}
		if len(o.opts.Text) == 0 {
			o.opts.Text = u.Texts
		}
	}
	if len(o.opts.Classes) == 0 {
		o.opts.Classes = u.Classes
	}
}

func other(part dataset.Part) dataset.Part {
	if part == dataset.Train {
		return dataset.Test
	}
	return dataset.Train
}

// holdsParquet reports whether a path is a Parquet file, or a folder whose first files are.
func holdsParquet(path string) bool {
	is := func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".parquet") }
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return err == nil && is(path)
	}
	for _, pattern := range []string{"*", "*/*"} { // train-00000-of-00001.parquet, data/train-…, train/0000.parquet
		files, err := filepath.Glob(filepath.Join(path, pattern))
		if err == nil && slices.ContainsFunc(files, is) {
			return true
		}
	}
	return false
}

// MetricsFlag binds --metrics.
func MetricsFlag(fs *flag.FlagSet) *string {
	return fs.String("metrics", "", "serve metrics for Prometheus on this `address`, such as 127.0.0.1:9464 (only the commands of examples/cmd)")
}

// Metering is a daemon's part that serves a meter; it does nothing for nil.
func Metering(m Meter, address string) func(context.Context) error {
	return func(ctx context.Context) error {
		if m == nil {
			return nil
		}
		return m.Serve(ctx, address)
	}
}

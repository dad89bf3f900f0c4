package cli

import (
	"context"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/run/demo"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/validator"
)

// meter measures a run's models on test data, each once, and reports on the run.
type meter struct {
	store  *storage.Store
	test   dataset.Dataset
	report string // .html or .svg file; empty: none
	stood  string // how the run stood when that was written

	file   config.File
	pkg    *packagefmt.Package // nil: not fetched yet
	x      safetensors.Tensor
	y      []int
	last   run.Digest
	points []demo.Point
}

// newMeter measures on the built-in test digits.
func newMeter(store *storage.Store, report string) (*meter, error) {
	digits, err := dataset.Builtin(dataset.Mnist)
	return &meter{store: store, test: digits.Test, report: report}, err
}

// see measures the run's model, if it is a new one, and writes the report where something
// has changed.
func (m *meter) see(ctx context.Context, v *run.View) error {
	err := m.measure(ctx, v.Run)
	if stands := status(v, m.points); m.report != "" && stands != m.stood {
		if err := chart.Write(m.report, runPage(v, m.points)); err != nil {
			return err
		}
		m.stood = stands
	}
	return err
}

func (m *meter) measure(ctx context.Context, r *run.Run) error {
	if r.Model == m.last || r.Model.IsZero() || !r.Configured() {
		return nil
	}
	if m.pkg == nil {
		if err := m.open(ctx, r); err != nil {
			return err
		}
	}
	files, err := m.store.Fetch(ctx, member.CID(r.Model), storage.AtMost(aggregate.ModelLimit(m.pkg)), storage.KeepInMemory())
	if err != nil {
		return err
	}
	model, err := aggregate.ReadModel(files, m.pkg, m.file.Server())
	if err != nil {
		return err
	}
	hundredths, err := validator.Accuracy(ctx, model.Head, m.x, m.y, 0)
	if err != nil {
		return err
	}
	m.last = r.Model
	m.points = append(m.points, demo.Point{Step: r.Step, Round: r.Round, Accuracy: float64(hundredths) / 10_000})
	return nil
}

// open fetches what models are measured with.
func (m *meter) open(ctx context.Context, r *run.Run) (err error) {
	if m.file, err = fetchFile(ctx, m.store, r); err != nil {
		return err
	}
	root, err := storage.ParseCID(r.PackageCID)
	if err != nil {
		return err
	}
	files, err := m.store.Fetch(ctx, root)
	if err != nil {
		return err
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return err
	}
	if m.x, m.y, err = pkg.Embed(ctx, m.test); err != nil {
		return err
	}
	m.pkg = pkg
	return nil
}

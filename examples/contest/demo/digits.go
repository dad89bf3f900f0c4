package demo

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/launch/model"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

const (
	pixels    = 28 * 28
	testSize  = 300 // digits that submissions are scored on
	fewTests  = 30  // of a public test beside which there is a sealed one
	noise     = 0.2 // standard deviation of what the jitterer adds to a pixel, of 1
	mostRows  = 300 // of a submission
	fewRows   = 40  // of who has little
	otherRows = 100 // that the copy has in place of the copied one's
)

// digits is a contest about handwritten digits: the base model has seen 100 of them.
type digits struct {
	tests  int // public ones
	sets   dataset.Sets
	schema submission.Schema
}

func (*digits) id() dataset.ID          { return dataset.Mnist }
func (d *digits) test() dataset.Dataset { return d.sets.Test }

// prepare implements subject.
func (d *digits) prepare(ctx context.Context) (pkg *packagefmt.Package, err error) {
	if d.sets, err = dataset.Builtin(dataset.Mnist); err != nil {
		return nil, err
	}
	m, err := packagefmt.LoadPyTorch(bytes.NewReader(model.Digits), int64(len(model.Digits)), packagefmt.PyTorchOptions{})
	if err != nil {
		return nil, err
	}
	pkg, _, err = packagefmt.Build(ctx, m, d.sets.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Limit: d.tests,
		Preprocessing: packagefmt.Preprocessing{Shape: []int{1, 28, 28}, Mean: []float32{0.1307}, Std: []float32{0.3081}},
		Task: &packagefmt.Task{
			Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Pictures}, Rows: packagefmt.TaskRows{Min: 10, Max: mostRows, Bytes: 1 << 20},
			Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 8, Alpha: 16, Targets: []string{"encoder.layers.1", "head"}},
			Training: packagefmt.TaskTraining{Epochs: 5, BatchSize: 32, LearningRate: 2e-3, Optimizer: "adam", Schedule: "linear", Seed: 7},
			Metric:   packagefmt.MetricAccuracy,
		},
	})
	if err == nil {
		d.schema, err = pkg.Submission()
	}
	return pkg, err
}

// parts are the honest miners' digits: the first of them and how many, of those that the base model has not seen, in an
// order by the seed.
var parts = map[string][2]int{clean: {0, mostRows}, small: {mostRows, fewRows}, careless: {500, mostRows}}

// write implements subject.
func (d *digits) write(dir, miner string, epoch int, seed uint64) (int, error) {
	rows, err := d.rows(miner, epoch, seed)
	if err != nil {
		return 0, err
	}
	m, err := submission.Build(dir, rows, d.schema, submission.About{License: "CC0-1.0", Source: "the demonstration's " + miner})
	return m.Rows, err
}

// rows are what a miner submits.
func (d *digits) rows(miner string, epoch int, seed uint64) (*dataset.Memory, error) {
	switch miner {
	case leaker:
		return pictures(d.sets.Test, 0, d.tests, nil)
	case jitterer:
		return d.jittered(seed)
	case offTopic:
		return barCharts()
	}
	part, ok := parts[miner]
	if !ok {
		return nil, fmt.Errorf("%s has no digits", miner)
	}
	if miner == small && epoch > 1 {
		part[1] *= 2
	}
	pool, err := dataset.Shares(unseen{d.sets.Train}, 1, seed)
	if err != nil {
		return nil, err
	}
	wrong := rand.New(rand.NewPCG(seed, 3))
	return pictures(pool[0], part[0], part[1], func(label int) int {
		if miner == careless && wrong.IntN(3) == 0 {
			return (label + 1 + wrong.IntN(9)) % 10
		}
		return label
	})
}

// hidden implements hider: digits that no miner has.
func (d *digits) hidden(seed uint64) (dataset.Dataset, error) {
	pool, err := dataset.Shares(unseen{d.sets.Train}, 1, seed)
	if err != nil {
		return nil, err
	}
	return pictures(pool[0], 1200, testSize, nil)
}

// jittered are the digits of the public test with some noise.
func (d *digits) jittered(seed uint64) (*dataset.Memory, error) {
	rng := rand.New(rand.NewPCG(seed, 4))
	x, y := make([]float32, d.tests*pixels), make([]int, d.tests)
	for i := range y {
		var err error
		if y[i], err = d.sets.Test.Sample(i, x[i*pixels:(i+1)*pixels]); err != nil {
			return nil, err
		}
	}
	for i := range x {
		x[i] = min(max(x[i]+float32(noise*rng.NormFloat64()), 0), 1)
	}
	return dataset.New([]int{1, 28, 28}, 10, x, y)
}

// unseen is a training set without what the base model has seen.
type unseen struct{ dataset.Dataset }

func (u unseen) Len() int { return u.Dataset.Len() - model.Seen }

// Sample implements dataset.Dataset.
func (u unseen) Sample(i int, dst []float32) (int, error) { return u.Dataset.Sample(i+model.Seen, dst) }

// pictures are n samples of a set from one on; label, if set, changes labels.
func pictures(from dataset.Dataset, first, n int, label func(int) int) (*dataset.Memory, error) {
	x, y := make([]float32, n*pixels), make([]int, n)
	for i := range n {
		var err error
		if y[i], err = from.Sample(first+i, x[i*pixels:(i+1)*pixels]); err != nil {
			return nil, err
		}
		if label != nil {
			y[i] = label(y[i])
		}
	}
	return dataset.New([]int{1, 28, 28}, 10, x, y)
}

// barCharts are pictures of other real data: measurements of tumours, a bar each, under the labels 0 and 1.
func barCharts() (*dataset.Memory, error) {
	sets, err := dataset.Builtin(dataset.BreastCancer)
	if err != nil {
		return nil, err
	}
	const features = 30
	values, most := make([]float32, mostRows*features), make([]float32, features)
	x, y := make([]float32, mostRows*pixels), make([]int, mostRows)
	for i := range mostRows {
		row := values[i*features : (i+1)*features]
		if y[i], err = sets.Train.Sample(i, row); err != nil {
			return nil, err
		}
		for j, v := range row {
			most[j] = max(most[j], v)
		}
	}
	for i := range mostRows {
		for column := range 28 { // two measurements have no room
			height := int(28 * values[i*features+column] / max(most[column], 1e-9))
			for line := 28 - min(height, 28); line < 28; line++ {
				x[i*pixels+28*line+column] = 1
			}
		}
	}
	return dataset.New([]int{1, 28, 28}, 10, x, y)
}

// copied implements subject.
func (d *digits) copied(dir string, from fs.FS, seed uint64) (int, error) {
	theirs, err := submission.Read(from, d.schema)
	if err != nil {
		return 0, err
	}
	pool, err := dataset.Shares(unseen{d.sets.Train}, 1, seed)
	if err != nil {
		return 0, err
	}
	rows, err := pictures(replaced{theirs.Dataset(), pool[0], theirs.Len() - otherRows}, 0, theirs.Len(), nil)
	if err != nil {
		return 0, err
	}
	m, err := submission.Build(dir, rows, d.schema, submission.About{License: "CC0-1.0", Source: "the demonstration's " + copier})
	return m.Rows, err
}

// replaced is a set whose rows from one on are those of another.
type replaced struct {
	dataset.Dataset
	other dataset.Dataset
	from  int
}

// Sample implements dataset.Dataset.
func (r replaced) Sample(i int, dst []float32) (int, error) {
	if i < r.from {
		return r.Dataset.Sample(i, dst)
	}
	return r.other.Sample(900+i-r.from, dst)
}

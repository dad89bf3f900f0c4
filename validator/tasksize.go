package validator

import (
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// What a row that was compared takes in memory, in bytes, besides the direction of a sample.
const (
	textRowBytes   = 800
	sampleRowBytes = 200
)

// taskSize is what the submissions of a data round take, at most.
type taskSize struct {
	sample   int64 // bytes of a sample, and of its labels if it has one for every token
	test     int64 // samples of the test
	rows     int64 // of a submission
	files    int64 // bytes of a submission's files together
	rowBytes int64 // of a row that is kept for comparing
	training int64 // bytes of a training besides the samples and the model; 0 until the package is read
}

// taskSizeOf is that of a package with a task.
func taskSizeOf(c *packagefmt.Config) taskSize {
	t := taskSize{sample: 4, test: int64(c.Metadata.NumSamples), rows: int64(c.Task.Rows.Max), files: c.Task.Rows.Bytes, rowBytes: textRowBytes}
	if t.files == 0 {
		t.files = datasub.DefaultBytes
	}
	if c.Preprocessing != nil {
		for _, d := range c.Preprocessing.Shape {
			t.sample *= int64(d)
		}
	}
	if c.Task.Schema.Kind == datasub.Conversations {
		t.sample *= 3 // a token is a float32, its label an int
	}
	if k := c.Task.Schema.Kind; k == datasub.Values || k == datasub.Pictures {
		// The encoder's output may have more values than the embedding that is pooled from it.
		t.rowBytes = sampleRowBytes + max(2*int64(c.Metadata.EmbeddingDim), t.sample)
	}
	return t
}

// work is what scoring one submission takes: its samples twice, the files they are read from,
// the weights of base and copies, and batches, or a training.
func (t taskSize) work(model, batch int64) int64 {
	return 2*t.rows*t.sample + 4*t.files + 4*model + max(4*batch, t.training)
}

// held is what the test takes, and the rows of so many submissions.
func (t taskSize) held(submissions int) int64 {
	return t.test*(t.sample+t.rowBytes) + int64(submissions)*t.rows*t.rowBytes
}

// trainingCost is what an adapter of the package's task takes.
func trainingCost(p *packagefmt.Package) (fit.AdapterCost, error) {
	model, err := p.Whole()
	if err != nil {
		return fit.AdapterCost{}, err
	}
	config, err := adapterOf(p)
	if err != nil {
		return fit.AdapterCost{}, err
	}
	t := p.Config.Task
	return fit.CostOfAdapter(model, config, p.Config.Preprocessing.Shape, t.Rows.Max, t.Training.BatchSize)
}

// adapterOf is the configuration of the adapter that a task names.
func adapterOf(p *packagefmt.Package) (lora.Config, error) {
	targets, err := p.Targets()
	a := p.Config.Task.Adapter
	c := lora.Config{Rank: a.Rank, Alpha: a.Alpha, Dropout: a.Dropout}
	for _, m := range targets {
		c.Targets = append(c.Targets, m.Path)
	}
	return c, err
}

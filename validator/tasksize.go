package validator

import (
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
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
	batch    int64 // rows of a step
	between  int64 // bytes of a row between the model's layers; 0 until the package is read
}

// taskSizeOf is that of a package with a task.
func taskSizeOf(c *packagefmt.Config) taskSize {
	t := taskSize{sample: 4, test: int64(c.Metadata.NumSamples), rows: int64(c.Task.Rows.Max), files: c.Task.Rows.Bytes, rowBytes: textRowBytes,
		batch: int64(c.Task.Training.BatchSize)}
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
// the weights of base, copy and optimizer, batches, and a step's rows between the layers, with their gradients.
func (t taskSize) work(model, batch int64) int64 {
	return 2*t.rows*t.sample + 4*t.files + 4*model + max(4*batch, 2*t.batch*t.between)
}

// kept is what the rows of so many submissions take.
func (t taskSize) kept(submissions int) int64 { return int64(submissions) * t.rows * t.rowBytes }

// trainingOps are the multiply-adds of one training.
func trainingOps(cost packagefmt.Cost, t packagefmt.Task) float64 {
	return 3 * (cost.EncoderOps + cost.HeadOps) * float64(t.Steps()) * float64(t.Training.BatchSize)
}

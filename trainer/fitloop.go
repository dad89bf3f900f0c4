package trainer

import (
	"context"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Progress is what [Options.OnProgress] is told after a batch.
type Progress struct {
	Epoch, Epochs    int     // from 1
	Batch, Batches   int     // in this epoch, from 1
	Samples          int     // seen in all epochs so far
	Loss             float64 // cross-entropy in nats, mean over this epoch so far
	Accuracy         float64 // 0 … 1, of the batches of this epoch as they were trained on
	SamplesPerSecond float64
	Elapsed          time.Duration
	Remaining        time.Duration // at this speed
}

// Epoch is what came of one pass over the samples.
type Epoch struct {
	Loss            float64 // cross-entropy in nats, mean over the epoch, as trained on
	Accuracy        float64 // 0 … 1, of the batches as they were trained on
	HeldOutLoss     float64 // of the held-out part after the epoch, 0 without one
	HeldOutAccuracy float64
}

// Result is what came of training.
type Result struct {
	Epochs   []Epoch
	Best     int // the epoch (from 0) whose head was returned
	Steps    int // optimizer steps
	Samples  int // samples seen, counted once per epoch
	Duration time.Duration

	// Privacy is what the returned head gives away at most; nil without
	// Options.Privacy.
	Privacy *PrivacyBudget `json:",omitempty"`
	// UpdateNorm is the norm of the update before Options.Privacy clipped it: to
	// choose MaxNorm by on other samples. It is not to be published.
	UpdateNorm float64 `json:",omitempty"`
}

// fit is one training under way.
type fit struct {
	opts    Options
	base    packagefmt.Network // the head as it came
	net     *nn.Net
	t       *nn.Trainer
	n       int // samples
	size    int // values in a sample
	shape   []int
	x       []float32
	y       []int     // a classifier's labels
	targets []float32 // or values
	outputs int       // of which a sample has so many
	train   []int     // the samples trained on
	held    []int     // the others
	began   time.Time
	fresh   struct{ samples, steps int } // since began
	result  Result
	best    best

	batch  []int // samples
	batchV []float32
	batchY []int
}

// best is the head of the epoch that did best on the held-out part.
type best struct {
	weights map[string]safetensors.Tensor
	loss    float64
	epoch   int
}

func (f *fit) run(ctx context.Context) error {
	for epoch := len(f.result.Epochs); epoch < f.opts.Epochs && !f.stale(); epoch++ {
		if err := f.epoch(ctx, epoch); err != nil {
			return err
		}
		if err := f.measure(); err != nil {
			return err
		}
		if f.opts.OnCheckpoint != nil {
			if err := f.opts.OnCheckpoint(f.checkpoint()); err != nil {
				return fmt.Errorf("checkpoint after epoch %d: %w", epoch+1, err)
			}
		}
	}
	return nil
}

// batches is how many there are in an epoch. BatchNorm cannot learn from one
// sample alone, so a last batch of one is left out there; the next epoch's order
// leaves out another.
func (f *fit) batches() int {
	n := (len(f.train) + f.opts.BatchSize - 1) / f.opts.BatchSize
	if n > 1 && f.opts.BatchSize > 1 && len(f.train)%f.opts.BatchSize == 1 && f.net.HasBatchNorm() {
		n--
	}
	if f.opts.MaxBatches > 0 {
		n = min(n, f.opts.MaxBatches)
	}
	return n
}

func (f *fit) epoch(ctx context.Context, epoch int) error {
	order, size, batches := shuffled(len(f.train), f.opts.Seed, epoch), f.opts.BatchSize, f.batches()
	loss, correct, seen := 0.0, 0, 0
	for b := range batches {
		if ctx.Err() != nil {
			return fmt.Errorf("training stopped in epoch %d, batch %d: %w", epoch+1, b+1, context.Cause(ctx))
		}
		indices := order[b*size : min((b+1)*size, len(order))]
		got, err := f.step(indices)
		if err != nil {
			return fmt.Errorf("epoch %d, batch %d: %w", epoch+1, b+1, err)
		}
		loss += got.Loss * float64(len(indices))
		correct += got.Correct
		seen += len(indices)
		f.result.Steps++
		f.result.Samples += len(indices)
		f.fresh.samples += len(indices)
		f.fresh.steps++
		f.report(epoch, b, batches, loss/float64(seen), float64(correct)/float64(seen))
	}
	f.result.Best = epoch
	f.result.Epochs = append(f.result.Epochs, Epoch{Loss: loss / float64(seen), Accuracy: float64(correct) / float64(seen)})
	return nil
}

// step copies the samples of a batch next to each other and learns from them.
func (f *fit) step(indices []int) (nn.Batch, error) {
	rate := f.opts.LearningRate * f.opts.Schedule(f.result.Steps, f.opts.Epochs*f.batches())
	if !(rate >= 0 && rate <= maxRate) {
		return nn.Batch{}, fmt.Errorf("%w: the schedule made the learning rate %v", ErrOptions, rate)
	}
	f.batch, f.batchY, f.batchV = f.batch[:0], f.batchY[:0], f.batchV[:0]
	for _, i := range indices {
		s := f.train[i]
		f.batch = append(f.batch, s)
		if f.y != nil {
			f.batchY = append(f.batchY, f.y[s])
		} else {
			f.batchV = append(f.batchV, f.targets[s*f.outputs:(s+1)*f.outputs]...)
		}
	}
	x := f.t.Gather(f.x, f.batch)
	if f.y != nil {
		return f.t.Step(x, f.batchY, rate)
	}
	return f.t.StepValues(x, f.batchV, rate)
}

func (f *fit) report(epoch, batch, batches int, loss, accuracy float64) {
	if f.opts.OnProgress == nil {
		return
	}
	p := Progress{
		Epoch: epoch + 1, Epochs: f.opts.Epochs, Batch: batch + 1, Batches: batches,
		Samples: f.result.Samples, Loss: loss, Accuracy: accuracy,
		Elapsed: f.opts.Now().Sub(f.began),
	}
	if p.Elapsed > 0 {
		p.SamplesPerSecond = float64(f.fresh.samples) / p.Elapsed.Seconds()
		left := f.opts.Epochs*batches - f.result.Steps
		p.Remaining = time.Duration(float64(p.Elapsed) * float64(left) / float64(f.fresh.steps))
	}
	f.opts.OnProgress(p)
}

package trainer

import (
	"context"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/nn"
)

// fit is one training under way.
type fit struct {
	opts   Options
	t      *nn.Trainer
	x      []float32
	y      []int
	size   int // values in a sample
	began  time.Time
	result Result

	batchX []float32
	batchY []int
}

func (f *fit) run(ctx context.Context) error {
	for epoch := range f.opts.Epochs {
		if err := f.epoch(ctx, epoch); err != nil {
			return err
		}
	}
	return nil
}

func (f *fit) epoch(ctx context.Context, epoch int) error {
	order := shuffled(len(f.y), f.opts.Seed, epoch)
	size := min(f.opts.BatchSize, len(order))
	batches := (len(order) + size - 1) / size
	if f.opts.MaxBatches > 0 {
		batches = min(batches, f.opts.MaxBatches)
	}
	loss, correct, seen := 0.0, 0, 0
	for b := range batches {
		if ctx.Err() != nil {
			return fmt.Errorf("training stopped in epoch %d, batch %d: %w", epoch+1, b+1, context.Cause(ctx))
		}
		f.gather(order[b*size : min((b+1)*size, len(order))])
		got, err := f.t.Step(f.batchX, f.batchY, f.opts.LearningRate)
		if err != nil {
			return fmt.Errorf("epoch %d, batch %d: %w", epoch+1, b+1, err)
		}
		loss += got.Loss * float64(len(f.batchY))
		correct += got.Correct
		seen += len(f.batchY)
		f.result.Steps++
		f.result.Samples += len(f.batchY)
		f.report(epoch, b, batches, loss/float64(seen), float64(correct)/float64(seen))
	}
	f.result.Epochs = append(f.result.Epochs, Epoch{Loss: loss / float64(seen), Accuracy: float64(correct) / float64(seen)})
	return nil
}

// gather copies the samples of a batch next to each other.
func (f *fit) gather(indices []int) {
	f.batchX, f.batchY = f.batchX[:0], f.batchY[:0]
	for _, i := range indices {
		f.batchX = append(f.batchX, f.x[i*f.size:(i+1)*f.size]...)
		f.batchY = append(f.batchY, f.y[i])
	}
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
		p.SamplesPerSecond = float64(p.Samples) / p.Elapsed.Seconds()
		done := float64(epoch*batches + batch + 1)
		p.Remaining = time.Duration(float64(p.Elapsed) * (float64(f.opts.Epochs*batches) - done) / done)
	}
	f.opts.OnProgress(p)
}

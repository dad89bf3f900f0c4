package fit

import (
	"context"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// training is one call of [Train] or [TrainRegression] under way.
type training struct {
	opts    Options
	base    packagefmt.Network // the head as it came
	net     *nn.Net
	trainer *nn.Trainer

	n       int       // samples
	size    int       // values of a sample
	shape   []int     // of a sample
	x       []float32 // the samples one after another
	y       []int     // labels; nil in a regression
	targets []float32 // of a regression
	outputs int       // targets of a sample
	learnt  []int     // the samples that are trained on
	heldOut []int     // the others

	began  time.Time
	saved  time.Time                    // when OnCheckpoint was last called
	fresh  struct{ samples, steps int } // since began: without those of Resume
	result Result
	best   best

	// The current batch.
	samples      []int
	labels       []int
	batchTargets []float32
}

// best is the head of the epoch with the lowest held-out loss.
type best struct {
	weights map[string]safetensors.Tensor
	loss    float64
	epoch   int
}

func (t *training) run(ctx context.Context) error {
	for epoch := len(t.result.Epochs); epoch < t.opts.Epochs && !t.stale(); epoch++ {
		if err := t.epoch(ctx, epoch); err != nil {
			return err
		}
		if err := t.measure(); err != nil {
			return err
		}
		if t.checkpointDue() {
			if err := t.opts.OnCheckpoint(t.checkpoint()); err != nil {
				return fmt.Errorf("checkpoint after epoch %d: %w", epoch+1, err)
			}
		}
	}
	return nil
}

// checkpointDue reports whether OnCheckpoint is to be called after this epoch.
func (t *training) checkpointDue() bool {
	if t.opts.OnCheckpoint == nil {
		return false
	}
	if t.opts.CheckpointEvery == 0 {
		return true
	}
	now := t.opts.Now()
	if now.Sub(t.saved) < t.opts.CheckpointEvery || len(t.result.Epochs) == t.opts.Epochs {
		return false
	}
	t.saved = now
	return true
}

// batches is the number of batches in an epoch. BatchNorm cannot learn from a
// single sample, so with it a last batch of one is left out; the next epoch's
// order leaves out another sample.
func (t *training) batches() int {
	n := (len(t.learnt) + t.opts.BatchSize - 1) / t.opts.BatchSize
	if n > 1 && t.opts.BatchSize > 1 && len(t.learnt)%t.opts.BatchSize == 1 && t.net.HasBatchNorm() {
		n--
	}
	if t.opts.MaxBatches > 0 {
		n = min(n, t.opts.MaxBatches)
	}
	return n
}

func (t *training) epoch(ctx context.Context, epoch int) error {
	order, size, batches := shuffled(len(t.learnt), t.opts.Seed, epoch), t.opts.BatchSize, t.batches()
	loss, correct, seen := 0.0, 0, 0
	for b := range batches {
		if ctx.Err() != nil {
			return fmt.Errorf("training stopped in epoch %d, batch %d: %w", epoch+1, b+1, context.Cause(ctx))
		}
		indices := order[b*size : min((b+1)*size, len(order))]
		got, err := t.step(indices)
		if err != nil {
			return fmt.Errorf("epoch %d, batch %d: %w", epoch+1, b+1, err)
		}
		loss += got.Loss * float64(len(indices))
		correct += got.Correct
		seen += len(indices)
		t.result.Steps++
		t.result.Samples += len(indices)
		t.fresh.samples += len(indices)
		t.fresh.steps++
		t.report(epoch, b, batches, loss/float64(seen), float64(correct)/float64(seen))
	}
	t.result.Best = epoch
	t.result.Epochs = append(t.result.Epochs, Epoch{Loss: loss / float64(seen), Accuracy: float64(correct) / float64(seen)})
	return nil
}

// step copies the samples of a batch next to each other and learns from them.
func (t *training) step(indices []int) (nn.Batch, error) {
	rate := t.opts.LearningRate * t.opts.Schedule(t.result.Steps, t.opts.Epochs*t.batches())
	if !(rate >= 0 && rate <= maxRate) {
		return nn.Batch{}, fmt.Errorf("%w: the schedule made the learning rate %v", ErrOptions, rate)
	}
	t.samples, t.labels, t.batchTargets = t.samples[:0], t.labels[:0], t.batchTargets[:0]
	for _, i := range indices {
		s := t.learnt[i]
		t.samples = append(t.samples, s)
		if t.y != nil {
			t.labels = append(t.labels, t.y[s])
		} else {
			t.batchTargets = append(t.batchTargets, t.targets[s*t.outputs:(s+1)*t.outputs]...)
		}
	}
	x := t.trainer.Gather(t.x, t.samples)
	if t.y != nil {
		return t.trainer.Step(x, t.labels, rate)
	}
	return t.trainer.StepValues(x, t.batchTargets, rate)
}

func (t *training) report(epoch, batch, batches int, loss, accuracy float64) {
	if t.opts.OnProgress == nil {
		return
	}
	p := Progress{
		Epoch: epoch + 1, Epochs: t.opts.Epochs, Batch: batch + 1, Batches: batches,
		Samples: t.result.Samples, Loss: loss, Accuracy: accuracy,
		Elapsed: t.opts.Now().Sub(t.began),
	}
	if p.Elapsed > 0 {
		p.SamplesPerSecond = float64(t.fresh.samples) / p.Elapsed.Seconds()
		left := t.opts.Epochs*batches - t.result.Steps
		p.Remaining = time.Duration(float64(p.Elapsed) * float64(left) / float64(t.fresh.steps))
	}
	t.opts.OnProgress(p)
}

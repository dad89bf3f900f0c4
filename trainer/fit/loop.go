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
	part   part // of the current epoch

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
		if err := t.measure(ctx); err != nil {
			return err
		}
		if len(t.result.Epochs) < t.opts.Epochs || t.opts.CheckpointEvery == 0 {
			if err := t.save(t.opts.CheckpointEvery); err != nil {
				return fmt.Errorf("checkpoint after epoch %d: %w", epoch+1, err)
			}
		}
	}
	return nil
}

// save calls OnCheckpoint unless it was called within the time given.
func (t *training) save(every time.Duration) error {
	if t.opts.OnCheckpoint == nil {
		return nil
	}
	if every > 0 {
		now := t.opts.Now()
		if now.Sub(t.saved) < every {
			return nil
		}
		t.saved = now
	}
	return t.opts.OnCheckpoint(t.checkpoint())
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

// part is what an epoch has come to.
type part struct {
	Batches int
	Samples int
	Correct int
	Loss    float64 // summed over the samples
}

// mean is the average over the samples so far.
func (p part) mean() Epoch {
	return Epoch{Loss: p.Loss / float64(p.Samples), Accuracy: float64(p.Correct) / float64(p.Samples)}
}

// epoch trains one epoch, or what is left of it after the checkpoint.
func (t *training) epoch(ctx context.Context, epoch int) error {
	order, size, batches := shuffled(len(t.learnt), t.opts.Seed, epoch), t.opts.BatchSize, t.batches()
	for b := t.part.Batches; b < batches; b++ {
		if ctx.Err() != nil {
			return fmt.Errorf("training stopped in epoch %d, batch %d: %w", epoch+1, b+1, context.Cause(ctx))
		}
		if err := t.batch(order[b*size : min((b+1)*size, len(order))]); err != nil {
			return fmt.Errorf("epoch %d, batch %d: %w", epoch+1, b+1, err)
		}
		t.report(epoch, b, batches, t.part.mean())
		if b+1 < batches && t.opts.CheckpointEvery > 0 {
			if err := t.save(t.opts.CheckpointEvery); err != nil {
				return fmt.Errorf("checkpoint in epoch %d, after batch %d: %w", epoch+1, b+1, err)
			}
		}
	}
	t.result.Best = epoch
	t.result.Epochs = append(t.result.Epochs, t.part.mean())
	t.part = part{}
	return nil
}

// batch learns from the samples of one batch and counts them.
func (t *training) batch(indices []int) error {
	got, err := t.step(indices)
	if err != nil {
		return err
	}
	t.part.Batches++
	t.part.Samples += len(indices)
	t.part.Correct += got.Correct
	t.part.Loss += got.Loss * float64(len(indices))
	t.result.Steps++
	t.result.Samples += len(indices)
	t.fresh.samples += len(indices)
	t.fresh.steps++
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

func (t *training) report(epoch, batch, batches int, mean Epoch) {
	if t.opts.OnProgress == nil {
		return
	}
	p := Progress{
		Epoch: epoch + 1, Epochs: t.opts.Epochs, Batch: batch + 1, Batches: batches,
		Samples: t.result.Samples, Loss: mean.Loss, Accuracy: mean.Accuracy,
		Elapsed: t.opts.Now().Sub(t.began),
	}
	if p.Elapsed > 0 {
		p.SamplesPerSecond = float64(t.fresh.samples) / p.Elapsed.Seconds()
		left := t.opts.Epochs*batches - t.result.Steps
		p.Remaining = time.Duration(float64(p.Elapsed) * float64(left) / float64(t.fresh.steps))
	}
	t.opts.OnProgress(p)
}

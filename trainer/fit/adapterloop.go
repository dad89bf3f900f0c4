package fit

import (
	"context"
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// order is the samples, one pass behind the other, each shuffled anew.
type order struct {
	samples []int
	seed    uint64
	pass    int
	left    []int // of the pass
}

// next returns the n samples that come next.
func (o *order) next(n int) []int {
	batch := make([]int, 0, n)
	for len(batch) < n {
		if len(o.left) == 0 {
			o.left = shuffled(len(o.samples), o.seed, o.pass)
			o.pass++
		}
		taken := min(n-len(batch), len(o.left))
		for _, i := range o.left[:taken] {
			batch = append(batch, o.samples[i])
		}
		o.left = o.left[taken:]
	}
	return batch
}

const (
	// keptBytes bounds what is kept of the model's part before the first adapter.
	keptBytes = 512 << 20
	// worthKeeping is which share of the model's work that part has at least.
	worthKeeping = 0.05
	// ahead is how many samples that part is run on at a time: ctx is checked between them.
	ahead = 64
)

func (t *adapting) close() {
	if t.trainer != nil {
		t.trainer.Close()
	}
}

// run trains all steps.
func (t *adapting) run(ctx context.Context) error {
	rest, err := t.computeFront(ctx)
	if err != nil {
		return err
	}
	in := t.x.Shape[1:]
	config := t.opts.config(t.opts.BatchSize, rest.Work(in))
	if adam, ok := config.Optimizer.(*nn.Adam); ok {
		adam.Exact = true // adapters are small
	}
	t.trainer, err = rest.NewTrainer(in, config)
	if err != nil {
		return err
	}
	labels := make([]int, 0, t.opts.BatchSize*t.rows)
	for step := range t.steps {
		if ctx.Err() != nil {
			return fmt.Errorf("training stopped before step %d: %w", step+1, context.Cause(ctx))
		}
		samples := t.order.next(t.opts.BatchSize)
		labels = labels[:0]
		for _, s := range samples {
			labels = append(labels, t.y[s*t.rows:(s+1)*t.rows]...)
		}
		if err := t.step(step, samples, labels); err != nil {
			return fmt.Errorf("step %d: %w", step+1, err)
		}
	}
	return nil
}

func (t *adapting) step(step int, samples, labels []int) error {
	rate := t.opts.LearningRate * t.opts.Schedule(step, t.steps)
	if !(rate >= 0 && rate <= maxRate) {
		return fmt.Errorf("%w: the schedule made the learning rate %v", ErrOptions, rate)
	}
	got, err := t.trainer.Step(t.trainer.Gather(t.x.Data, samples), labels, rate)
	if err != nil {
		return err
	}
	t.result.Losses = append(t.result.Losses, got.Loss)
	t.result.Samples += len(samples)
	if t.onStep != nil {
		t.onStep(step+1, got.Loss)
	}
	return nil
}

// computeFront replaces the samples by what the part of the network before the first adapter makes of
// them, if that saves work and fits, and returns the rest. The bits are the same.
func (t *adapting) computeFront(ctx context.Context) (*nn.Net, error) {
	in, n := t.x.Shape[1:], t.x.Shape[0]
	front, rest, out, err := divide(t.net, in)
	if err != nil || front == nil || keeping(n, out) > keptBytes {
		return t.net, err
	}
	// Of many samples only some are seen: those that the first steps take.
	used := t.order.samples
	if seen := t.steps * t.opts.BatchSize; seen < len(used) {
		peek := t.order
		used = slices.Clone(peek.next(seen))
	}
	size := tensor.Size(out)
	kept := safetensors.Tensor{Shape: append([]int{n}, out...), Data: make([]float32, n*size)}
	inLen := len(t.x.Data) / n
	for some := range slices.Chunk(used, atOnce(size)) {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("training stopped before step 1: %w", context.Cause(ctx))
		}
		x := safetensors.Tensor{Shape: append([]int{len(some)}, in...)}
		for _, s := range some {
			x.Data = append(x.Data, t.x.Data[s*inLen:(s+1)*inLen]...)
		}
		y, err := front.Forward(x)
		if err != nil {
			return nil, err
		}
		for i, s := range some {
			copy(kept.Data[s*size:(s+1)*size], y.Data[i*size:])
		}
	}
	t.x = kept
	return rest, nil
}

// divide cuts an adapted network where it is worth it to run the part before the first adapter once, and returns the shape of
// what that makes of a sample of shape in. front is nil where it is not.
func divide(net *nn.Net, in []int) (front, rest *nn.Net, out []int, err error) {
	front, rest = net.Divide()
	if front == nil || front.Work(in) < worthKeeping*net.Work(in) {
		return nil, net, nil, nil
	}
	out, err = front.OutputShape(in)
	return front, rest, out, err
}

// keeping is how many bytes n values of a shape take.
func keeping(n int, shape []int) int64 { return 4 * int64(n) * int64(tensor.Size(shape)) }

// atOnce is how many samples are run at a time whose outputs have so many values: fewer where these are large.
func atOnce(values int) int { return max(1, min(ahead, outputBytes/(4*values))) }

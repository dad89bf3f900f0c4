package fit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// divide splits off the held-out part, which the seed draws.
func (t *training) divide() {
	order := shuffled(t.n, t.opts.Seed, -1)
	held := int(t.opts.HoldOut * float64(t.n))
	t.heldOut, t.learnt = order[:held], order[held:]
	if held == 0 {
		for i := range t.learnt { // in the caller's order: each epoch shuffles them anyway
			t.learnt[i] = i
		}
	}
}

// stale reports whether patience has run out.
func (t *training) stale() bool {
	return t.opts.Patience > 0 && len(t.result.Epochs) > 0 && len(t.result.Epochs)-1-t.best.epoch >= t.opts.Patience
}

// measure measures the head on the held-out part and keeps it if it is the best.
func (t *training) measure(ctx context.Context) error {
	if len(t.heldOut) == 0 {
		return nil
	}
	if err := t.net.CheckFinite(); err != nil {
		return fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	last := len(t.result.Epochs) - 1
	loss, accuracy, err := t.evaluate(ctx)
	if err != nil {
		return err
	}
	t.result.Epochs[last].HeldOutLoss, t.result.Epochs[last].HeldOutAccuracy = loss, accuracy
	if math.IsNaN(loss) {
		return fmt.Errorf("%w: on the held-out part", ErrDiverged)
	}
	if t.best.weights == nil || loss < t.best.loss {
		t.best = best{t.net.Weights(), loss, last}
	}
	t.result.Best = t.best.epoch
	return nil
}

// evaluated is how many samples are evaluated at a time: ctx is checked between them.
const evaluated = 256

// evaluate runs the held-out part in eval mode.
func (t *training) evaluate(ctx context.Context) (loss, accuracy float64, err error) {
	correct := 0
	for held := range slices.Chunk(t.heldOut, evaluated) {
		if ctx.Err() != nil {
			return 0, 0, fmt.Errorf("training stopped while the held-out part was measured after epoch %d: %w", len(t.result.Epochs), context.Cause(ctx))
		}
		x := safetensors.Tensor{Shape: append([]int{len(held)}, t.shape...), Data: make([]float32, 0, len(held)*t.size)}
		for _, s := range held {
			x.Data = append(x.Data, t.x[s*t.size:(s+1)*t.size]...)
		}
		out, err := t.net.Forward(x)
		if err != nil {
			return 0, 0, err
		}
		n := t.trainer.Outputs()
		for i, s := range held {
			l, right := t.lossOf(out.Data[i*n:][:n], s)
			loss += l
			if right {
				correct++
			}
		}
	}
	return loss / float64(len(t.heldOut)), float64(correct) / float64(len(t.heldOut)), nil
}

// lossOf is what the outputs for a sample cost, and whether its class is right.
func (t *training) lossOf(outputs []float32, sample int) (loss float64, right bool) {
	if t.y != nil {
		return nn.CrossEntropy(outputs, t.y[sample]), nn.Argmax(outputs) == t.y[sample]
	}
	for j, v := range outputs {
		d := float64(v) - float64(t.targets[sample*len(outputs)+j])
		loss += d * d / float64(len(outputs))
	}
	return loss, false
}

// addNoise adds Gaussian noise to every weight but BatchNorm's counters.
func addNoise(head packagefmt.Network, scale float64, seed uint64) {
	if scale == 0 {
		return
	}
	rng := rand.New(rand.NewPCG(seed, noiseStream))
	for _, name := range sortedNames(head.Weights) {
		data, squares := head.Weights[name].Data, 0.0
		for _, v := range data {
			squares += float64(v) * float64(v)
		}
		deviation := scale * math.Sqrt(squares/float64(max(len(data), 1)))
		if packagefmt.Learned(name) {
			for i := range data {
				data[i] += float32(deviation * rng.NormFloat64())
			}
		}
	}
}

// noiseStream keeps the noise apart from the epochs' shuffles.
const noiseStream = 1 << 63

package trainer

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// divide cuts the held-out part off, drawn by the seed.
func (f *fit) divide() {
	order := shuffled(f.n, f.opts.Seed, -1)
	held := int(f.opts.HoldOut * float64(f.n))
	f.held, f.train = order[:held], order[held:]
	if held == 0 {
		for i := range f.train { // in the caller's order: shuffled anew in each epoch anyway
			f.train[i] = i
		}
	}
}

// stale reports whether patience has run out.
func (f *fit) stale() bool {
	return f.opts.Patience > 0 && len(f.result.Epochs) > 0 && len(f.result.Epochs)-1-f.best.epoch >= f.opts.Patience
}

// measure measures the head on the held-out part and keeps it if it is the best.
func (f *fit) measure() error {
	if len(f.held) == 0 {
		return nil
	}
	if err := f.net.CheckFinite(); err != nil {
		return fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	last := len(f.result.Epochs) - 1
	loss, accuracy, err := f.evaluate()
	if err != nil {
		return err
	}
	f.result.Epochs[last].HeldOutLoss, f.result.Epochs[last].HeldOutAccuracy = loss, accuracy
	if math.IsNaN(loss) {
		return fmt.Errorf("%w: on the held-out part", ErrDiverged)
	}
	if f.best.weights == nil || loss < f.best.loss {
		f.best = best{f.net.Weights(), loss, last}
	}
	f.result.Best = f.best.epoch
	return nil
}

// evaluate runs the held-out part in eval mode.
func (f *fit) evaluate() (loss, accuracy float64, err error) {
	x := safetensors.Tensor{Shape: append([]int{len(f.held)}, f.shape...), Data: make([]float32, 0, len(f.held)*f.size)}
	for _, s := range f.held {
		x.Data = append(x.Data, f.x[s*f.size:(s+1)*f.size]...)
	}
	out, err := f.net.Forward(x)
	if err != nil {
		return 0, 0, err
	}
	n := f.t.Outputs()
	correct := 0
	for i, s := range f.held {
		row := out.Data[i*n:][:n]
		if f.y == nil {
			for j, v := range row {
				d := float64(v) - float64(f.targets[s*n+j])
				loss += d * d / float64(n)
			}
			continue
		}
		loss += nn.CrossEntropy(row, f.y[s])
		if nn.Argmax(row) == f.y[s] {
			correct++
		}
	}
	return loss / float64(len(f.held)), float64(correct) / float64(len(f.held)), nil
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
		if learned(name) {
			for i := range data {
				data[i] += float32(deviation * rng.NormFloat64())
			}
		}
	}
}

// noiseStream keeps the noise apart from the epochs' shuffles.
const noiseStream = 1 << 63

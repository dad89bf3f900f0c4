package nn

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestTrainingMatchesPyTorch follows PyTorch through whole trainings: logits
// and gradients of the first batch, the weights after one step, every loss, and
// the weights at the end.
func TestTrainingMatchesPyTorch(t *testing.T) {
	for _, f := range readFixtures(t, "training") {
		t.Run(strings.ReplaceAll(f.Name, " ", "_"), func(t *testing.T) {
			eachClass(t, func(t *testing.T) {
				one := f.fit(t, 1)
				require.Equal(t, one, f.fit(t, 2), "the number of threads shows")
				require.Equal(t, one, f.fit(t, 5), "the number of threads shows")
			})
		})
	}
}

func optimizerFor(t *testing.T, name string) Optimizer {
	adam := NewAdam()
	switch name {
	case "adam", "adam class weights", "adam clip", "mse":
		return adam
	case "adam decay":
		adam.WeightDecay = 0.1
		return adam
	case "adamw":
		adam.WeightDecay, adam.Decoupled = 0.1, true
		return adam
	case "adam options":
		adam.Beta1, adam.Beta2, adam.Epsilon = 0.8, 0.99, 1e-3
		return adam
	case "sgd":
		return &SGD{}
	case "sgd decay":
		return &SGD{WeightDecay: 0.1}
	case "sgd momentum":
		return &SGD{Momentum: 0.9, WeightDecay: 0.01}
	case "sgd nesterov":
		return &SGD{Momentum: 0.9, Nesterov: true}
	}
	t.Fatalf("no optimizer for fixture %q", name)
	return nil
}

func (f fixture) fit(t *testing.T, threads int) map[string][]float32 {
	n, err := New(f.specs(), f.weights())
	require.NoError(t, err)
	x := f.X.tensor()
	tr, err := n.NewTrainer(x.Shape[1:], TrainConfig{
		Batch: f.Batch, Threads: threads, Optimizer: optimizerFor(t, f.Name), ClassWeights: f.ClassWeights,
		ClipNorm: f.Clip, Prox: f.Prox,
	})
	require.NoError(t, err)
	defer tr.Close()
	got := map[string][]float32{}
	for range f.Epochs {
		for lo := 0; lo < len(f.Labels); lo += f.Batch {
			hi := min(lo+f.Batch, len(f.Labels))
			b, err := tr.Gradients(x.Data[lo*tr.inLen:hi*tr.inLen], f.Labels[lo:hi])
			require.NoError(t, err)
			first := len(got["losses"]) == 0
			if first {
				got["logits"] = append([]float32{}, tr.run.bufs[len(n.layers)][:(hi-lo)*tr.outLen]...)
				n.eachParam(func(name string, p *param) { got["grad."+name] = p.tensorOf(p.g).Data })
			}
			got["losses"] = append(got["losses"], float32(b.Loss))
			require.NoError(t, tr.update(f.Rate))
			if first {
				n.eachParam(func(name string, p *param) { got["step."+name] = p.tensor().Data })
			}
		}
	}
	n.eachParam(func(name string, p *param) { got["final."+name] = p.tensor().Data })
	for name, want := range f.Want {
		limit := want.tolerance()
		if strings.HasPrefix(name, "final.") || name == "losses" {
			limit = max(limit, 1e-5*want.Top) // rounding adds up over the steps
		}
		want.within(t, name, got[name], limit)
	}
	return got
}

func (n *Net) eachParam(f func(name string, p *param)) {
	for i, l := range n.layers {
		for _, p := range l.params() {
			f(layerName(i)+p.name, p)
		}
	}
}

func newTrainer(t *testing.T, cfg TrainConfig) *Trainer {
	t.Helper()
	specs, w := twoLayers()
	specs[3] = linearSpec(3, 2)
	w["layers.3.weight"] = tensorOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	w["layers.3.bias"] = tensorOf([]float32{0, 1}, 2)
	n, err := New(specs, w)
	require.NoError(t, err)
	tr, err := n.NewTrainer([]int{2}, cfg)
	require.NoError(t, err)
	t.Cleanup(tr.Close)
	return tr
}

func TestStepRefuses(t *testing.T) {
	tr := newTrainer(t, TrainConfig{Batch: 2, Threads: 1})
	for name, c := range map[string]struct {
		x      []float32
		labels []int
	}{
		"no samples":   {nil, nil},
		"too many":     {make([]float32, 6), []int{0, 1, 0}},
		"short inputs": {make([]float32, 3), []int{0, 1}},
		"label over":   {make([]float32, 4), []int{0, 2}},
		"label under":  {make([]float32, 4), []int{-1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tr.Step(c.x, c.labels, 0.001)
			require.Error(t, err)
		})
	}
}

func TestDivergenceLeavesWeights(t *testing.T) {
	tr := newTrainer(t, TrainConfig{Batch: 2, Threads: 2})
	before := tr.net.Weights()
	_, err := tr.Step([]float32{float32(math.NaN()), 1, 2, 3}, []int{0, 1}, 0.001)
	require.ErrorIs(t, err, ErrDiverged)
	require.Equal(t, before, tr.net.Weights())
}

// TestPanicsBecomeErrors breaks a slot so that a layer panics within spago's
// own goroutine, where nobody else could catch it.
func TestPanicsBecomeErrors(t *testing.T) {
	tr := newTrainer(t, TrainConfig{Batch: 2, Threads: 2})
	tr.params[0].g = nil
	_, err := tr.Step(make([]float32, 4), []int{0, 1}, 0.001)
	require.ErrorContains(t, err, "internal error")
}

func TestTrainerRefuses(t *testing.T) {
	specs, w := twoLayers()
	n, err := New(specs, w)
	require.NoError(t, err)
	_, err = n.NewTrainer([]int{3}, TrainConfig{Batch: 1})
	require.ErrorContains(t, err, "layer 0 (Linear)")
	_, err = n.NewTrainer([]int{2}, TrainConfig{})
	require.ErrorContains(t, err, "batch size 0")
	_, err = n.NewTrainer([]int{2}, TrainConfig{Batch: 1, ClassWeights: []float32{1, 2}})
	require.ErrorContains(t, err, "2 class weights for 1 classes")
	n, err = New([]Spec{{Type: "ReLU"}}, nil)
	require.NoError(t, err)
	_, err = n.NewTrainer([]int{2}, TrainConfig{Batch: 1})
	require.ErrorContains(t, err, "anything to learn")
}

func TestBatchNormNeedsTwo(t *testing.T) {
	specs := []Spec{{Type: "BatchNorm1d", Params: map[string]any{"num_features": 2.0}}}
	w := map[string][]float32{"weight": {1, 1}, "bias": {0, 0}, "running_mean": {0, 0}, "running_var": {1, 1}}
	weights := fixture{}.weights()
	for name, data := range w {
		weights["layers.0."+name] = tensorOf(data, 2)
	}
	n, err := New(specs, weights) // num_batches_tracked may be missing
	require.NoError(t, err)
	tr, err := n.NewTrainer([]int{2}, TrainConfig{Batch: 2, Threads: 2})
	require.NoError(t, err)
	defer tr.Close()
	_, err = tr.Step([]float32{1, 2}, []int{0}, 0.001)
	require.ErrorContains(t, err, "more than one value per channel")
	_, err = tr.Step([]float32{1, 2, 3, 5}, []int{0, 1}, 0.001)
	require.NoError(t, err)
}

func TestDropMaskShare(t *testing.T) {
	const n = 100_000
	whole := make([]float32, n)
	kernel.DropMask(whole, 0.3, 7, 0)
	zeros := 0
	for _, v := range whole {
		if v == 0 {
			zeros++
		} else {
			require.InDelta(t, 1/0.7, v, 1e-6)
		}
	}
	require.InDelta(t, 0.3, float64(zeros)/n, 5*math.Sqrt(0.21/n))

	part := make([]float32, 101)
	kernel.DropMask(part, 0.3, 7, 333)
	require.Equal(t, whole[333:434], part, "an element does not depend on where a part begins")
	other := make([]float32, n)
	kernel.DropMask(other, 0.3, 8, 0)
	require.NotEqual(t, whole, other)

	for p, want := range map[float64]float32{0: 1, 1: 0} {
		kernel.DropMask(part, p, 7, 0)
		for _, v := range part {
			require.Equal(t, want, v)
		}
	}
}

func TestSameSpec(t *testing.T) {
	base := linearSpec(2, 3)
	same := func(b Spec) bool {
		ok, err := SameSpec(base, b)
		require.NoError(t, err)
		return ok
	}
	written := linearSpec(2, 3)
	written.Params["bias"], written.Params["device"] = true, "cuda"
	require.True(t, same(written))
	written.Params["bias"] = false
	require.False(t, same(written))
	require.False(t, same(linearSpec(3, 2)))
	require.False(t, same(Spec{Type: "ReLU"}))
	_, err := SameSpec(base, Spec{Type: "Nonsense"})
	require.ErrorIs(t, err, ErrUnsupported)
}

// TestWideLayersShareOut: every member has work in a wide layer, however many
// there are, and the sums are covered once.
func TestWideLayersShareOut(t *testing.T) {
	n, err := New([]Spec{linearSpec(600, 64)}, map[string]tensor.Tensor{
		"layers.0.weight": tensorOf(make([]float32, 64*600), 64, 600), "layers.0.bias": tensorOf(make([]float32, 64), 64)})
	require.NoError(t, err)
	l := n.layers[0].(*linear)
	for i := range l.weight.w {
		l.weight.w[i] = float32(i*31%17) - 8
	}
	const batch = 33
	x := make([]float32, batch*600)
	for i := range x {
		x[i] = float32(i*13%7) - 3
	}
	var want []float32
	for parts := 1; parts <= 16; parts++ {
		s := &slot{in: []int{600}, out: []int{64}, inLen: 600, outLen: 64, n: batch, train: true, wide: true, x: x}
		require.True(t, l.wide(s, batch))
		s.sums = make([]float32, l.blocks()*batch*64)
		for i := range s.sums {
			s.sums[i] = float32(math.NaN())
		}
		next := 0
		for part := range parts {
			before := append([]float32{}, s.sums...)
			l.forwardRows(s, part, parts)
			fresh := 0
			for i, v := range s.sums {
				if v == v && before[i] != before[i] {
					fresh++
				}
			}
			require.Positive(t, fresh, "part %d of %d has nothing to do", part, parts)
			lo, hi := l.share(s, part, parts)
			require.Equal(t, next, lo)
			require.Greater(t, hi, lo)
			next = hi
		}
		require.Equal(t, 600, next)
		require.NoError(t, tensor.CheckFinite(s.sums), "%d parts", parts)
		if want == nil {
			want = s.sums
		}
		require.Equal(t, want, s.sums, "%d parts", parts)
	}
}

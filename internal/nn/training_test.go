package nn

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
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
	optimizer, _, _ := strings.Cut(name, ":")
	switch optimizer {
	case "adam", "adam gpt", "adam class weights", "adam clip", "mse":
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
	case "sgd", "sgd gpt":
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
	n, err := NewGraph(f.nodes(), f.weights())
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
		for lo := 0; lo < x.Shape[0]; lo += f.Batch {
			hi := min(lo+f.Batch, x.Shape[0])
			b, err := tr.Gradients(x.Data[lo*tr.inLen:hi*tr.inLen], f.Labels[lo*tr.rows:hi*tr.rows])
			require.NoError(t, err)
			first := len(got["losses"]) == 0
			if first {
				got["logits"] = append([]float32{}, tr.run.values[len(n.nodes)].x...)
				eachNamed(n, func(name string, p *layers.Param) { got["grad."+name] = p.TensorOf(p.G).Data })
			}
			got["losses"] = append(got["losses"], float32(b.Loss))
			require.NoError(t, tr.update(f.Rate))
			if first {
				eachNamed(n, func(name string, p *layers.Param) { got["step."+name] = p.Tensor().Data })
			}
		}
	}
	eachNamed(n, func(name string, p *layers.Param) { got["final."+name] = p.Tensor().Data })
	for name, want := range f.Want {
		limit := want.tolerance()
		if f.Epochs > 1 && (strings.HasPrefix(name, "final.") || name == "losses") {
			limit = max(limit, 1e-5*want.Top) // rounding adds up over the steps
		}
		want.within(t, name, got[name], limit)
	}
	return got
}

// eachNamed calls f for every parameter and buffer with its full name.
func eachNamed(n *Net, f func(name string, p *layers.Param)) {
	_ = n.eachParam(func(owner int, p *layers.Param) error {
		f(weightName(owner, p.Name), p)
		return nil
	})
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

// TestPanicsBecomeErrors breaks a parameter so that a layer panics within spago's
// own goroutine, where nobody else could catch it.
func TestPanicsBecomeErrors(t *testing.T) {
	tr := newTrainer(t, TrainConfig{Batch: 2, Threads: 2})
	tr.params[0].G = nil
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

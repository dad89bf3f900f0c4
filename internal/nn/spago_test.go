package nn

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/losses"
	"github.com/nlpodyssey/spago/mat"
	spago "github.com/nlpodyssey/spago/nn"
	"github.com/nlpodyssey/spago/optimizers"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// These tests compare with spago's own passes, which the package does not use (see
// its documentation).

// sample is a batch of vectors with labels.
func sample(rows, width, classes int) (x []float32, labels []int) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range rows * width {
		x = append(x, rng.Float32()-0.5)
	}
	for range rows {
		labels = append(labels, rng.IntN(classes))
	}
	return x, labels
}

// TestSpagosBackwardPass: the trainer calls the backward functions of its two
// operators itself; ag.Backward computes the same gradients.
func TestSpagosBackwardPass(t *testing.T) {
	for name, nodes := range blocks() {
		t.Run(name, func(t *testing.T) {
			weights := randomGraphWeights(t, nodes)
			x, labels := sample(6, 24, 5)
			grads := map[bool][][]float32{}
			for _, own := range []bool{false, true} {
				n, err := NewGraph(nodes, weights)
				require.NoError(t, err)
				tr, err := n.NewTrainer([]int{4, 6}, TrainConfig{Batch: 6, Threads: 2, Seed: 3})
				require.NoError(t, err)
				if own {
					_, err = tr.Gradients(x, labels)
				} else {
					err = spagoGradients(tr, x, labels)
				}
				require.NoError(t, err)
				for _, p := range n.learnable() {
					grads[own] = append(grads[own], slices.Clone(p.G))
				}
				tr.Close()
			}
			require.Equal(t, grads[false], grads[true])
		})
	}
}

func spagoGradients(tr *Trainer, x []float32, labels []int) error {
	tr.run.seed(tr.stepKey())
	net := &netFunction{run: tr.run, team: tr.team, params: tr.params, x: x, n: len(labels)}
	loss := &crossEntropy{logits: ag.NewOperator(net).Run(), labels: labels, team: tr.team}
	return ag.Backward(ag.NewOperator(loss).Run())
}

// TestSpagosOperators: a residual head as spago writes it, an operator for every
// product, sum and sample, has the same gradients but for rounding.
func TestSpagosOperators(t *testing.T) {
	nodes := []Node{at(linearSpec(6, 6), 0), at(layer("ReLU", nil), 1), at(layer("Add", nil), 2, 0), at(linearSpec(6, 5), 3)}
	weights := randomGraphWeights(t, nodes)
	x, labels := sample(7, 6, 5)

	param := func(name string) *spago.Param {
		w := weights[name]
		return spago.NewParam(mat.NewDense[float32](mat.WithShape(w.Shape...), mat.WithBacking(slices.Clone(w.Data))))
	}
	w1, b1, w2, b2 := param("layers.0.weight"), param("layers.0.bias"), param("layers.3.weight"), param("layers.3.bias")
	var logits []mat.Tensor
	for i := range labels {
		v := mat.NewDense[float32](mat.WithBacking(slices.Clone(x[i*6 : i*6+6])))
		logits = append(logits, ag.Affine(b2, w2, ag.Add(ag.ReLU(ag.Affine(b1, w1, v)), v)))
	}
	loss := losses.CrossEntropySeq(logits, labels, true)
	require.NoError(t, ag.Backward(loss))

	n, err := NewGraph(nodes, weights)
	require.NoError(t, err)
	tr, err := n.NewTrainer([]int{6}, TrainConfig{Batch: 7, Threads: 2})
	require.NoError(t, err)
	defer tr.Close()
	b, err := tr.Gradients(x, labels)
	require.NoError(t, err)
	require.InDelta(t, loss.Value().Item().F64(), b.Loss, 1e-6)
	want := map[string]*spago.Param{"layers.0.weight": w1, "layers.0.bias": b1, "layers.3.weight": w2, "layers.3.bias": b2}
	eachNamed(n, func(name string, p *layers.Param) {
		require.InDeltaSlice(t, want[name].Grad().Data().F32(), p.TensorOf(p.G).Data, 1e-6, name)
	})
}

// TestSpagosOptimizers: the trainer gives every member of its team a share of
// every parameter; the same strategy called by spago's interface, a parameter at a
// time, computes the same weights.
func TestSpagosOptimizers(t *testing.T) {
	for name, optimizer := range map[string]func() Optimizer{
		"adam": func() Optimizer { return NewAdam() },
		"adamw": func() Optimizer {
			return &Adam{Beta1: 0.8, Beta2: 0.9, Epsilon: 1e-6, WeightDecay: 0.1, Decoupled: true}
		},
		"sgd": func() Optimizer { return &SGD{Momentum: 0.9, WeightDecay: 0.1, Nesterov: true} },
	} {
		t.Run(name, func(t *testing.T) {
			weights := randomGraphWeights(t, blocks()["residual"])
			x, labels := sample(6, 24, 5)
			after := map[bool]map[string]tensor.Tensor{}
			for _, own := range []bool{false, true} {
				n, err := NewGraph(blocks()["residual"], weights)
				require.NoError(t, err)
				strategy := optimizer()
				tr, err := n.NewTrainer([]int{4, 6}, TrainConfig{Batch: 6, Threads: 3, Optimizer: strategy})
				require.NoError(t, err)
				for range 3 {
					_, err := tr.Gradients(x, labels)
					require.NoError(t, err)
					if own {
						require.NoError(t, tr.update(0.01))
						continue
					}
					strategy.Step(0.01)
					for _, p := range tr.params {
						require.NoError(t, optimizers.OptimizationStrategy(strategy).OptimizeParams(p.Spago))
					}
				}
				after[own] = n.Weights()
				tr.Close()
			}
			require.Equal(t, after[false], after[true])
		})
	}
}

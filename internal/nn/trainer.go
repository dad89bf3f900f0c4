package nn

import (
	"errors"
	"fmt"
	"math"

	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/mat"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// ErrDiverged is returned if the loss is no longer finite. The weights are those
// from before the step.
var ErrDiverged = errors.New("the loss is not a finite number")

// TrainConfig says how a Trainer trains.
type TrainConfig struct {
	Batch        int       // largest mini-batch, at least 1
	Threads      int       // at least 1; the result does not depend on it
	Seed         uint64    // of the dropout masks
	Optimizer    Optimizer // nil: NewAdam()
	ClassWeights []float32 // of the cross-entropy, by class; nil for none
	ClipNorm     float64   // largest norm of all gradients together; 0 for any
	Prox         float64   // FedProx's μ; 0 for none
}

// Trainer trains a network in place. It belongs to one goroutine.
type Trainer struct {
	net     *Net
	cfg     TrainConfig
	run     *run
	team    *kernel.Team
	params  []*layers.Param
	start   [][]float32 // the weights that Prox pulls towards
	entropy crossEntropy
	square  meanSquare
	fn      netFunction
	steps   uint64
	inLen   int
	rows    int // of outputs for a sample: 1, or one for each token of a sequence
	outLen  int // classes

	gathered []float32
}

// NewTrainer prepares to train the network on inputs of shape in. It fails if the
// layers cannot take such inputs, do not end in one row of numbers for each sample or each
// token of a sample, or have nothing to learn. It must be closed.
func (n *Net) NewTrainer(in []int, cfg TrainConfig) (*Trainer, error) {
	if n.frozen {
		return nil, errors.New("a frozen network cannot be trained: make one with NewGraph")
	}
	shapes, err := n.shapes(in)
	if err != nil {
		return nil, err
	}
	out := shapes[len(n.nodes)]
	params := n.learnable()
	switch {
	case len(out) != 1 && len(out) != 2:
		return nil, fmt.Errorf("outputs of shape %v are not one number per class, for a sample or for each of its tokens", out)
	case len(params) == 0:
		return nil, errors.New("no layer has anything to learn")
	case cfg.Batch < 1:
		return nil, fmt.Errorf("batch size %d: want at least 1", cfg.Batch)
	case cfg.ClassWeights != nil && len(cfg.ClassWeights) != out[len(out)-1]:
		return nil, fmt.Errorf("%d class weights for %d classes", len(cfg.ClassWeights), out[len(out)-1])
	}
	if cfg.Optimizer == nil {
		cfg.Optimizer = NewAdam()
	}
	for _, p := range params {
		p.NeedGrad()
		if err := cfg.Optimizer.Prepare(p.Spago); err != nil {
			return nil, err
		}
	}
	for _, p := range n.tied {
		p.NeedGrad()
	}
	t := &Trainer{net: n, cfg: cfg, params: params, inLen: tensor.Size(in), rows: tensor.Size(out[:len(out)-1]), outLen: out[len(out)-1]}
	t.run = n.newRun(shapes, cfg.Batch, true, false)
	t.keepStart()
	t.team = kernel.NewTeam(cfg.Threads)
	return t, nil
}

// Close ends the trainer's goroutines.
func (t *Trainer) Close() { t.team.Close() }

// Outputs is the number of outputs: the classes of a classifier.
func (t *Trainer) Outputs() int { return t.outLen }

// Rows is the number of rows of outputs for a sample, each with a label of its own: 1,
// or the number of its tokens.
func (t *Trainer) Rows() int { return t.rows }

// Batch is the result of one step.
type Batch struct {
	Loss    float64 // mean over the rows that have an answer, before the step
	Correct int     // rows whose largest output was their label's
	Counted int     // rows that have an answer: all without [Ignore]
}

// Step takes one optimizer step on the cross-entropy of the samples x
// [n, …] at the given learning rate. There are n·Rows() labels, each in 0 …
// Outputs()-1 or [Ignore], though not all of them; n is in 1 … Batch.
func (t *Trainer) Step(x []float32, labels []int, rate float64) (Batch, error) {
	b, err := t.Gradients(x, labels)
	if err != nil {
		return b, err
	}
	return b, t.update(rate)
}

// Gradients runs forward and backward, and leaves the gradients in the
// parameters.
func (t *Trainer) Gradients(x []float32, labels []int) (Batch, error) {
	counted := len(labels)
	for i, l := range labels {
		switch {
		case l == Ignore:
			counted--
		case l < 0 || l >= t.outLen:
			return Batch{}, fmt.Errorf("sample %d has label %d: the network has classes 0 to %d", i/t.rows, l, t.outLen-1)
		}
	}
	if counted == 0 || len(labels)%t.rows != 0 {
		return Batch{}, fmt.Errorf("%d labels, %d of them counted: want %d for each sample, and at least one that counts", len(labels), counted, t.rows)
	}
	loss, err := t.gradients(x, len(labels)/t.rows, func(outputs mat.Tensor) (ag.AutoGradFunction, *float64, *error) {
		t.entropy.logits, t.entropy.labels, t.entropy.weights, t.entropy.team = outputs, labels, t.cfg.ClassWeights, t.team
		return &t.entropy, &t.entropy.loss, &t.entropy.err
	})
	return Batch{Loss: loss, Correct: t.entropy.correct, Counted: counted}, err
}

// StepValues takes one optimizer step on the mean squared difference between
// the outputs and the targets [n, Outputs()].
func (t *Trainer) StepValues(x, targets []float32, rate float64) (Batch, error) {
	size := t.rows * t.outLen
	n := len(targets) / size
	if len(targets) != n*size {
		return Batch{}, fmt.Errorf("%d targets: want %d for each sample", len(targets), size)
	}
	loss, err := t.gradients(x, n, func(outputs mat.Tensor) (ag.AutoGradFunction, *float64, *error) {
		t.square.outputs, t.square.targets = outputs, targets
		return &t.square, &t.square.loss, new(error)
	})
	if err != nil {
		return Batch{Loss: loss}, err
	}
	return Batch{Loss: loss}, t.update(rate)
}

// gradients runs n samples and the loss that makeLoss adds after the network.
func (t *Trainer) gradients(x []float32, n int, makeLoss func(mat.Tensor) (ag.AutoGradFunction, *float64, *error)) (value float64, err error) {
	defer catch(&err)
	if n < 1 || n > t.run.capacity || len(x) != n*t.inLen {
		return 0, fmt.Errorf("a batch of %d samples and %d values: want 1 to %d samples of %d values", n, len(x), t.run.capacity, t.inLen)
	}
	t.run.seed(t.stepKey())
	t.steps++
	t.fn = netFunction{run: t.run, team: t.team, params: t.params, x: x, n: n}
	outputs := ag.NewOperator(&t.fn).Run()
	if t.fn.err != nil {
		return 0, t.fn.err
	}
	lossFn, at, lossErr := makeLoss(outputs)
	ag.NewOperator(lossFn).Run()
	if value = *at; math.IsNaN(value) || math.IsInf(value, 0) {
		return value, fmt.Errorf("%w in step %d (%v): try a lower learning rate, and check the data for NaN", ErrDiverged, t.steps, value)
	}
	// ag.Backward would start a goroutine for each of the two, and the scheduler
	// would move the step to another core, away from its caches. The gradients are
	// the same: TestSpagosBackwardPass.
	err = errors.Join(lossFn.Backward(mat.Scalar[float32](1)), *lossErr)
	if err != nil {
		return value, err
	}
	return value, errors.Join(t.fn.Backward(outputs.Grad()), t.fn.err)
}

// stepKey seeds the random numbers of the next step.
func (t *Trainer) stepKey() uint64 { return kernel.Stream(t.cfg.Seed, t.steps) }

// update lets the optimizer use the gradients, every member of the team on its
// share of every parameter.
func (t *Trainer) update(rate float64) (err error) {
	defer catch(&err)
	t.prepareGradients()
	t.cfg.Optimizer.Step(rate)
	t.team.Run(func(part, parts int) {
		for i := range t.run.steps {
			t.run.steps[i].update(t.cfg.Optimizer, part, parts)
		}
	})
	for _, p := range t.net.tied {
		p.Refresh()
	}
	return nil
}

// update changes a member's share of the parameters: those whose gradients it has
// computed.
func (st *step) update(o Optimizer, part, parts int) {
	for i, p := range st.layer.Params() {
		if !p.Learned() || p.Tied != nil {
			continue
		}
		lo, hi := kernel.Span(len(p.W), part, parts)
		if st.sharer != nil {
			lo, hi = st.sharer.ParamShare(&st.state, i, part, parts)
		}
		o.Update(p.Spago, lo, hi)
	}
}

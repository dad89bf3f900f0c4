package nn

import (
	"errors"
	"fmt"
	"math"

	"github.com/nlpodyssey/spago/ag"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// ErrDiverged is returned where the loss is no longer a finite number. The
// weights are those from before the step.
var ErrDiverged = errors.New("the loss is not a finite number")

// TrainConfig says how a Trainer trains.
type TrainConfig struct {
	Batch        int       // largest mini-batch, at least 1
	Threads      int       // at least 1; the result does not depend on it
	Seed         uint64    // of the dropout masks
	Optimizer    Optimizer // NewAdam() where nil
	ClassWeights []float32 // of the loss, by class; nil for none
}

// Trainer trains a network in place. It belongs to one goroutine.
type Trainer struct {
	net    *Net
	cfg    TrainConfig
	run    *run
	team   *kernel.Team
	params []*param
	loss   crossEntropy
	fn     netFunction
	steps  uint64
	inLen  int
	class  int
}

// NewTrainer prepares to train the network as a classifier of inputs of shape
// in. It fails where the layers cannot take such inputs, do not end in one
// number per class, or have nothing to learn. It must be closed.
func (n *Net) NewTrainer(in []int, cfg TrainConfig) (*Trainer, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return nil, err
	}
	out := shapes[len(n.layers)]
	params := n.learnable()
	switch {
	case len(out) != 1:
		return nil, fmt.Errorf("outputs of shape %v are not one number per class", out)
	case len(params) == 0:
		return nil, errors.New("no layer has anything to learn")
	case cfg.Batch < 1:
		return nil, fmt.Errorf("batch size %d: want at least 1", cfg.Batch)
	case cfg.ClassWeights != nil && len(cfg.ClassWeights) != out[0]:
		return nil, fmt.Errorf("%d class weights for %d classes", len(cfg.ClassWeights), out[0])
	}
	if cfg.Optimizer == nil {
		cfg.Optimizer = NewAdam()
	}
	for _, p := range params {
		p.needGrad()
		if err := cfg.Optimizer.Prepare(p.spago); err != nil {
			return nil, err
		}
	}
	t := &Trainer{net: n, cfg: cfg, params: params, inLen: elements(in), class: out[0]}
	t.run = n.newRun(shapes, cfg.Batch, true)
	t.team = kernel.NewTeam(cfg.Threads)
	return t, nil
}

// Close ends the trainer's goroutines.
func (t *Trainer) Close() { t.team.Close() }

// Classes is the number of outputs.
func (t *Trainer) Classes() int { return t.class }

// Batch is what one step saw.
type Batch struct {
	Loss    float64 // mean over the batch, before the step
	Correct int     // samples whose largest output was their label's
}

// Step takes one optimizer step on the samples x [len(labels), …] at the given
// learning rate. Labels must be in 0 … Classes()-1 and len(labels) in 1 …
// Batch.
func (t *Trainer) Step(x []float32, labels []int, rate float64) (Batch, error) {
	b, err := t.Gradients(x, labels)
	if err != nil {
		return b, err
	}
	return b, t.update(rate)
}

// Gradients runs forward and backward, and leaves the gradients in the
// parameters.
func (t *Trainer) Gradients(x []float32, labels []int) (b Batch, err error) {
	defer catch(&err)
	n := len(labels)
	if n < 1 || n > t.run.capacity || len(x) != n*t.inLen {
		return b, fmt.Errorf("a batch of %d labels and %d values: want 1 to %d labels and %d values for each", n, len(x), t.run.capacity, t.inLen)
	}
	for i, l := range labels {
		if l < 0 || l >= t.class {
			return b, fmt.Errorf("sample %d has label %d: the network has classes 0 to %d", i, l, t.class-1)
		}
	}
	t.run.seed(stream(t.cfg.Seed, t.steps))
	t.steps++
	t.fn = netFunction{run: t.run, team: t.team, params: t.params, x: x, n: n}
	logits := ag.NewOperator(&t.fn).Run()
	if t.fn.err != nil {
		return b, t.fn.err
	}
	t.loss.logits, t.loss.labels, t.loss.weights, t.loss.team = logits, labels, t.cfg.ClassWeights, t.team
	loss := ag.NewOperator(&t.loss).Run()
	b = Batch{Loss: t.loss.loss, Correct: t.loss.correct}
	if math.IsNaN(b.Loss) || math.IsInf(b.Loss, 0) {
		return b, fmt.Errorf("%w in step %d (%v): try a lower learning rate, and check the data for NaN", ErrDiverged, t.steps, b.Loss)
	}
	if err := ag.Backward(loss); err != nil {
		return b, err
	}
	return b, errors.Join(t.loss.err, t.fn.err)
}

// update lets the optimizer use the gradients, every member of the team on its
// share of every parameter.
func (t *Trainer) update(rate float64) (err error) {
	defer catch(&err)
	t.cfg.Optimizer.Step(rate)
	t.team.Run(func(part, parts int) {
		for _, p := range t.params {
			lo, hi := span(len(p.w), part, parts)
			t.cfg.Optimizer.Update(p.spago, lo, hi)
		}
	})
	return nil
}

package nn

import (
	"fmt"

	spago "github.com/nlpodyssey/spago/nn"
	"github.com/nlpodyssey/spago/optimizers"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

// Optimizer changes parameters by their gradients. It is spago's strategy (one
// parameter at a time) that can also work on a part of a parameter, so that a
// team can divide a step; TestSpagosOptimizers compares the two. Step begins
// a step; Update must see every element of every parameter once per step, in any
// order and from any goroutine.
type Optimizer interface {
	optimizers.OptimizationStrategy
	Step(rate float64)
	Prepare(p *spago.Param) error
	Update(p *spago.Param, lo, hi int)
	// States is the memory of what the optimizer keeps for a prepared parameter,
	// and SetSteps sets how many steps it has taken: a training that is resumed
	// from a checkpoint sets both.
	States(p *spago.Param) [][]float32
	SetSteps(n int)
}

// Adam is torch.optim.Adam, or AdamW if Decoupled is set. spago's own adds ε before
// the bias correction, so its results differ from PyTorch's.
type Adam struct {
	Beta1, Beta2, Epsilon float64
	WeightDecay           float64
	Decoupled             bool // AdamW: decay the weights, not the gradient
	// Exact gives the same bits on every processor and with every class of kernels, but takes
	// several times as long.
	Exact bool

	steps int
	step  kernel.AdamStep
}

// NewAdam has PyTorch's defaults: β 0.9 and 0.999, ε 1e-8, no weight decay.
func NewAdam() *Adam { return &Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// moments is what Adam keeps in a spago parameter's State.
type moments struct{ m, v []float32 }

// Step begins the next step, with the given learning rate.
func (a *Adam) Step(rate float64) {
	a.steps++
	a.step = kernel.NewAdamStep(rate, a.Beta1, a.Beta2, a.Epsilon, a.steps)
	if a.Decoupled {
		a.step.Decay = float32(1 - float64(rate*a.WeightDecay))
	} else {
		a.step.L2 = float32(a.WeightDecay)
	}
}

// Prepare gives the parameter its moments.
func (a *Adam) Prepare(p *spago.Param) error {
	switch p.State.(type) {
	case *moments:
	case nil:
		p.State = &moments{m: make([]float32, p.Size()), v: make([]float32, p.Size())}
	default:
		return fmt.Errorf("parameter belongs to another optimizer: its state is %T", p.State)
	}
	return nil
}

// Update applies the step to elements lo … hi-1.
func (a *Adam) Update(p *spago.Param, lo, hi int) {
	st := p.State.(*moments)
	w, g := layers.Backing(p.Value()), layers.Backing(p.Grad())
	step := kernel.Adam
	if a.Exact {
		step = kernel.AdamExact
	}
	step(w[lo:hi], g[lo:hi], st.m[lo:hi], st.v[lo:hi], &a.step)
}

// OptimizeParams applies the step to a whole parameter (spago's interface).
func (a *Adam) OptimizeParams(p *spago.Param) error {
	if err := a.Prepare(p); err != nil {
		return err
	}
	a.Update(p, 0, p.Size())
	return nil
}

// States are the two moments.
func (a *Adam) States(p *spago.Param) [][]float32 {
	if st, ok := p.State.(*moments); ok {
		return [][]float32{st.m, st.v}
	}
	return nil
}

// SetSteps says how many steps were taken before.
func (a *Adam) SetSteps(n int) { a.steps = n }

package nn

import (
	"fmt"

	spago "github.com/nlpodyssey/spago/nn"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

// SGD is torch.optim.SGD without dampening: v = μv + g, w −= η·v, or
// w −= η·(g + μv) with Nesterov; weight decay adds λw to the gradient. Every product is
// rounded, so that the bits are the same on every processor.
type SGD struct {
	Momentum, WeightDecay float64
	Nesterov              bool

	rate float32
}

// velocity is what SGD keeps in a spago parameter's State.
type velocity struct{ v []float32 }

// Step begins the next step, with the given learning rate.
func (o *SGD) Step(rate float64) { o.rate = float32(rate) }

// Prepare gives the parameter its velocity, if there is momentum.
func (o *SGD) Prepare(p *spago.Param) error {
	switch p.State.(type) {
	case *velocity:
	case nil:
		st := &velocity{}
		if o.Momentum != 0 {
			st.v = make([]float32, p.Size())
		}
		p.State = st
	default:
		return fmt.Errorf("parameter belongs to another optimizer: its state is %T", p.State)
	}
	return nil
}

// Update applies the step to elements lo … hi-1.
func (o *SGD) Update(p *spago.Param, lo, hi int) {
	w, g := layers.Backing(p.Value())[lo:hi], layers.Backing(p.Grad())[lo:hi]
	mu, decay := float32(o.Momentum), float32(o.WeightDecay)
	if o.Momentum == 0 {
		for i := range w {
			w[i] -= float32(o.rate * (g[i] + float32(decay*w[i])))
		}
		return
	}
	v := p.State.(*velocity).v[lo:hi]
	for i := range w {
		d := g[i] + float32(decay*w[i])
		v[i] = float32(mu*v[i]) + d
		if o.Nesterov {
			d += float32(mu * v[i])
		} else {
			d = v[i]
		}
		w[i] -= float32(o.rate * d)
	}
}

// OptimizeParams applies the step to a whole parameter (spago's interface).
func (o *SGD) OptimizeParams(p *spago.Param) error {
	if err := o.Prepare(p); err != nil {
		return err
	}
	o.Update(p, 0, p.Size())
	return nil
}

// States are the velocities.
func (o *SGD) States(p *spago.Param) [][]float32 {
	if st, ok := p.State.(*velocity); ok && st.v != nil {
		return [][]float32{st.v}
	}
	return nil
}

// SetSteps does nothing: SGD does not count.
func (o *SGD) SetSteps(int) {}

package layers

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// vectored is a layer that maps every value by itself, in vectors: y = f(x), and dx = grad(dy, x).
type vectored struct {
	noParams
	elementwise
	sameAsInput
	f    func(y, x []float32)
	grad func(dx, dy, x []float32)
}

func (l *vectored) Forward(s *State, lo, hi int)  { l.f(s.ys(lo, hi), s.xs(lo, hi)) }
func (l *vectored) Backward(s *State, lo, hi int) { l.grad(s.dxs(lo, hi), s.dys(lo, hi), s.xs(lo, hi)) }

func init() {
	gate := func(g kernel.Gate) Plan {
		return single(nil, func([]*Param) Layer { return &vectored{f: g.Exact, grad: g.GradExact} })
	}
	register("SiLU", func(*args) Plan { return gate(kernel.Gate{A: 1}) })
	register("GELU", func(a *args) Plan {
		if a.choice("approximate", "none", "tanh") == "tanh" {
			return gate(kernel.GELUTanhGate)
		}
		return single(nil, func([]*Param) Layer { return &vectored{f: kernel.GELUExact, grad: kernel.GELUGradExact} })
	})
}

package layers

import (
	"github.com/decloud-sdk/decloud-go/internal/elementary"
)

// pointwise is a layer that maps every value by itself: y = f(x), and
// dy/dx = slope(x, y). Both are computed in float64. The activations of transformers are [vectored] instead.
type pointwise struct {
	noParams
	elementwise
	sameAsInput
	f     func(x float64) float64
	slope func(x, y float64) float64
}

func (p *pointwise) Forward(s *State, lo, hi int) {
	y := s.ys(lo, hi)
	for i, v := range s.xs(lo, hi) {
		y[i] = float32(p.f(float64(v)))
	}
}

func (p *pointwise) Backward(s *State, lo, hi int) {
	y, dy, dx := s.ys(lo, hi), s.dys(lo, hi), s.dxs(lo, hi)
	for i, v := range s.xs(lo, hi) {
		dx[i] = float32(float64(dy[i]) * p.slope(float64(v), float64(y[i])))
	}
}

func registerPointwise(name string, read func(a *args) (f func(float64) float64, slope func(x, y float64) float64)) {
	register(name, func(a *args) Plan {
		f, slope := read(a)
		return single(nil, func([]*Param) Layer { return &pointwise{f: f, slope: slope} })
	})
}

func sigmoid(x float64) float64 { return 1 / (1 + elementary.Exp(-x)) }

func init() {
	registerPointwise("Tanh", func(*args) (func(float64) float64, func(x, y float64) float64) {
		return elementary.Tanh, func(_, y float64) float64 { return 1 - float64(y*y) }
	})
	registerPointwise("Sigmoid", func(*args) (func(float64) float64, func(x, y float64) float64) {
		return sigmoid, func(_, y float64) float64 { return y * (1 - y) }
	})
	registerPointwise("LeakyReLU", func(a *args) (func(float64) float64, func(x, y float64) float64) {
		k := a.float("negative_slope", 0.01)
		return piecewise(func(x float64) float64 { return k * x }), func(x, _ float64) float64 {
			if x > 0 {
				return 1
			}
			return k
		}
	})
	registerPointwise("ELU", func(a *args) (func(float64) float64, func(x, y float64) float64) {
		alpha := a.float("alpha", 1)
		return piecewise(func(x float64) float64 { return alpha * elementary.Expm1(x) }), func(x, _ float64) float64 {
			if x > 0 {
				return 1
			}
			return alpha * elementary.Exp(x)
		}
	})
	registerPointwise("Mish", func(*args) (func(float64) float64, func(x, y float64) float64) {
		return func(x float64) float64 { return x * elementary.Tanh(softplus(x)) }, func(x, _ float64) float64 {
			t := elementary.Tanh(softplus(x))
			return t + float64(x*(1-float64(t*t))*sigmoid(x))
		}
	})
	registerPointwise("Hardswish", func(*args) (func(float64) float64, func(x, y float64) float64) {
		return func(x float64) float64 { return x * relu6(x+3) / 6 }, func(x, _ float64) float64 {
			switch {
			case x < -3:
				return 0
			case x <= 3:
				return x/3 + 0.5
			}
			return 1
		}
	})
	registerPointwise("Hardsigmoid", func(*args) (func(float64) float64, func(x, y float64) float64) {
		return func(x float64) float64 { return relu6(x+3) / 6 }, func(x, _ float64) float64 {
			if x > -3 && x < 3 {
				return 1.0 / 6
			}
			return 0
		}
	})
}

// piecewise is x above 0 and f(x) from there down.
func piecewise(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x > 0 {
			return x
		}
		return f(x)
	}
}

func relu6(x float64) float64 { return min(max(x, 0), 6) }

// softplus is log(1 + eˣ).
func softplus(x float64) float64 {
	if x > 30 { // e⁻³⁰ is beyond float32
		return x
	}
	return elementary.Log1p(elementary.Exp(x))
}

package layers

import (
	"github.com/decloud-sdk/decloud-go/internal/elementary"
)

// The activations of torch.nn that clip, or that are scaled forms of others.
func init() {
	registerPointwise("ReLU6", func(*args) (func(float64) float64, func(x, y float64) float64) { return clip(0, 6) })
	registerPointwise("Hardtanh", func(a *args) (func(float64) float64, func(x, y float64) float64) {
		lo, hi := a.float("min_val", -1), a.float("max_val", 1)
		if lo >= hi {
			a.failf("min_val %v is not below max_val %v", lo, hi)
		}
		return clip(lo, hi)
	})
	registerPointwise("SELU", func(*args) (func(float64) float64, func(x, y float64) float64) { return selu, seluSlope })
	registerPointwise("CELU", func(a *args) (func(float64) float64, func(x, y float64) float64) {
		alpha := a.float("alpha", 1)
		if alpha == 0 {
			a.failf("argument \"alpha\" is 0: want another number")
		}
		return piecewise(func(x float64) float64 { return alpha * elementary.Expm1(x/alpha) }), func(x, _ float64) float64 {
			if x > 0 {
				return 1
			}
			return elementary.Exp(x / alpha)
		}
	})
	registerPointwise("Softplus", func(a *args) (func(float64) float64, func(x, y float64) float64) {
		beta, threshold := a.float("beta", 1), a.float("threshold", 20)
		if beta == 0 {
			a.failf("argument \"beta\" is 0: want another number")
		}
		return scaledSoftplus(beta, threshold)
	})
}

// clip is x within lo … hi; its slope is 0 at both bounds, as PyTorch has it.
func clip(lo, hi float64) (f func(float64) float64, slope func(x, y float64) float64) {
	return func(x float64) float64 { return min(max(x, lo), hi) }, func(x, _ float64) float64 {
		if x > lo && x < hi {
			return 1
		}
		return 0
	}
}

// The constants of SELU: Klambauer et al.: "Self-Normalizing Neural Networks".
const seluScale, seluAlpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717

func selu(x float64) float64 {
	if x > 0 {
		return seluScale * x
	}
	return seluScale * seluAlpha * elementary.Expm1(x)
}

func seluSlope(x, _ float64) float64 {
	if x > 0 {
		return seluScale
	}
	return seluScale * seluAlpha * elementary.Exp(x)
}

// scaledSoftplus is log(1 + e^(βx))/β, and x itself where βx is over threshold.
func scaledSoftplus(beta, threshold float64) (f func(float64) float64, slope func(x, y float64) float64) {
	return func(x float64) float64 {
			if beta*x > threshold {
				return x
			}
			return elementary.Log1p(elementary.Exp(beta*x)) / beta
		}, func(x, _ float64) float64 {
			if beta*x > threshold {
				return 1
			}
			return sigmoid(beta * x)
		}
}

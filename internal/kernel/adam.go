package kernel

import "math"

// AdamStep holds the coefficients of one step of Adam, computed in float64 once
// per step: in float32, 1−β₂ alone would be 5e-5 off.
type AdamStep struct {
	Beta1, Beta2       float32 // decay of the moments
	Rest1, Rest2       float32 // 1−β₁, 1−β₂
	InvSqrtCorrection2 float32 // 1/√(1−β₂ᵗ)
	StepSize           float32 // η/(1−β₁ᵗ)
	Epsilon            float32
	Decay              float32 // 1−ηλ (AdamW), 1 for none
	L2                 float32 // added to the gradient as L2·w (Adam's weight_decay)
}

// NewAdamStep returns the coefficients of step t (from 1). As in
// torch.optim.Adam, ε is added after the bias correction.
func NewAdamStep(rate, beta1, beta2, epsilon float64, t int) AdamStep {
	c1, c2 := 1-power(beta1, t), 1-power(beta2, t)
	return AdamStep{
		Beta1: float32(beta1), Beta2: float32(beta2),
		Rest1: float32(1 - beta1), Rest2: float32(1 - beta2),
		InvSqrtCorrection2: float32(1 / math.Sqrt(c2)),
		StepSize:           float32(rate / c1),
		Epsilon:            float32(epsilon),
		Decay:              1,
	}
}

// power is bⁿ by squaring: unlike math.Pow's its bits are the same on every processor.
func power(b float64, n int) float64 {
	result := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result *= b
		}
		b *= b
	}
	return result
}

// Adam updates the weights w and the moments m and v by the gradient g:
//
//	g += L2·w;  w *= Decay
//	m = β₁m + (1−β₁)g;  v = β₂v + (1−β₂)g²
//	w −= StepSize · m / (√v·InvSqrtCorrection2 + ε)
func Adam(w, g, m, v []float32, s *AdamStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	if class := Current(); class != Portable && len(w) > 0 {
		adamVector(w, g, m, v, s, class)
		return
	}
	AdamExact(w, g, m, v, s)
}

// AdamExact is Adam with every product rounded before it is added: the same bits with every Class and on
// every processor.
func AdamExact(w, g, m, v []float32, s *AdamStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i := range w {
		gi := g[i] + float32(s.L2*w[i])
		mi := float32(s.Beta1*m[i]) + float32(s.Rest1*gi)
		vi := float32(s.Beta2*v[i]) + float32(s.Rest2*float32(gi*gi))
		m[i], v[i] = mi, vi
		d := float32(float32(math.Sqrt(float64(vi)))*s.InvSqrtCorrection2) + s.Epsilon
		w[i] = float32(w[i]*s.Decay) - float32(s.StepSize*(mi/d))
	}
}

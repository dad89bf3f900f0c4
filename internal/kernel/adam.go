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
	c1, c2 := 1-math.Pow(beta1, float64(t)), 1-math.Pow(beta2, float64(t))
	return AdamStep{
		Beta1: float32(beta1), Beta2: float32(beta2),
		Rest1: float32(1 - beta1), Rest2: float32(1 - beta2),
		InvSqrtCorrection2: float32(1 / math.Sqrt(c2)),
		StepSize:           float32(rate / c1),
		Epsilon:            float32(epsilon),
		Decay:              1,
	}
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
	adamPortable(w, g, m, v, s)
}

func adamPortable(w, g, m, v []float32, s *AdamStep) {
	for i := range w {
		gi := g[i] + s.L2*w[i]
		mi := s.Beta1*m[i] + s.Rest1*gi
		vi := s.Beta2*v[i] + s.Rest2*(gi*gi)
		m[i], v[i] = mi, vi
		d := float32(math.Sqrt(float64(vi)))*s.InvSqrtCorrection2 + s.Epsilon
		w[i] = w[i]*s.Decay - s.StepSize*(mi/d)
	}
}

package fit

import "math"

// GaussianEpsilon is the ε, at the given δ, of several releases trained on the
// same samples, if each adds Gaussian noise whose standard deviation is
// noiseMultiplier times the sensitivity (the most that a data set can change what
// is released). It is the smallest ε of the Gaussian mechanism, not a bound on it
// (Balle, Wang: "Improving the Gaussian mechanism for differential privacy:
// analytical calibration and optimal denoising", ICML 2018, theorem 8), rounded
// up. Several releases, even if each depends on those before, count as one whose
// noise is √releases smaller (Dong, Roth, Su: "Gaussian differential privacy",
// 2022, corollary 3.3).
//
// It is +Inf if nothing is promised: without noise, or at a δ of 0.
func GaussianEpsilon(noiseMultiplier, delta float64, releases int) (epsilon float64) {
	switch {
	case !(noiseMultiplier > 0) || !(delta > 0): // NaN too
		return math.Inf(1)
	case releases < 1 || delta >= 1:
		return 0
	}
	mu := math.Sqrt(float64(releases)) / noiseMultiplier
	if math.IsInf(mu, 1) {
		return mu
	}
	if mu == 0 || gaussianDelta(mu, 0) <= delta {
		return 0
	}
	low, high := 0.0, 1.0
	for gaussianDelta(mu, high) > delta {
		low, high = high, 2*high
	}
	for range 200 { // until no float64 is left between the two
		if mid := low + (high-low)/2; gaussianDelta(mu, mid) > delta {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// gaussianDelta is the δ at ε of the Gaussian mechanism that moves its output by
// μ standard deviations: Φ(μ/2 − ε/μ) − exp(ε)·Φ(−μ/2 − ε/μ).
func gaussianDelta(mu, epsilon float64) float64 {
	a, b := mu/2-epsilon/mu, -mu/2-epsilon/mu
	return math.Exp(logPhi(a)) - math.Exp(epsilon+logPhi(b))
}

// logPhi is the logarithm of the normal distribution function. Where erfc
// underflows it uses the asymptotic series (Abramowitz, Stegun 26.2.12), whose
// error there is below the last bit.
func logPhi(x float64) float64 {
	if x > -30 {
		return math.Log(math.Erfc(-x/math.Sqrt2) / 2)
	}
	sum, term := 0.0, 1.0
	for n := 1; n <= 8; n++ {
		term *= -float64(2*n-1) / (x * x)
		sum += term
	}
	return -x*x/2 - math.Log(-x*math.Sqrt(2*math.Pi)) + math.Log1p(sum)
}

package kernel

import "math"

// LayerNorm writes (x − mean)/√(variance + eps)·weight + bias to y, which may be x
// itself; the variance is the biased one. It returns the mean and the inverse of the
// root. weight and bias are as long as y.
func LayerNorm(y, x, weight, bias []float32, eps float64) (mean, inverse float64) {
	n := len(y)
	if n == 0 {
		return 0, 0
	}
	x, weight, bias = x[:n], weight[:n], bias[:n]
	mean = sum(x) / float64(n)
	inverse = 1 / math.Sqrt(squares(x, float32(mean))/float64(n)+eps)
	standardize(y, x, weight, bias, float32(mean), float32(inverse))
	return mean, inverse
}

func standardize(y, x, weight, bias []float32, mean, inverse float32) {
	if class := Current(); class != Portable {
		standardizeVector(y, x, weight, bias, mean, inverse, class)
		return
	}
	for i, v := range x {
		y[i] = (v-mean)*inverse*weight[i] + bias[i]
	}
}

// accumulators are as many as the lanes of the largest vector.
type accumulators [16]float32

// sum adds up x: in float32 within a lane, in float64 across lanes.
func sum(x []float32) (total float64) {
	var lanes accumulators
	done := sumVector(&lanes, x)
	for _, v := range lanes {
		total += float64(v)
	}
	for _, v := range x[done:] {
		total += float64(v)
	}
	return total
}

// squares adds up (x − mean)².
func squares(x []float32, mean float32) (total float64) {
	var lanes accumulators
	done := squaresVector(&lanes, x, mean)
	for _, v := range lanes {
		total += float64(v)
	}
	for _, v := range x[done:] {
		d := float64(v - mean)
		total += d * d
	}
	return total
}

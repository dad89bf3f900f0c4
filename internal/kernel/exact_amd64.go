package kernel

// Processors with AVX-512 use the same vectors as those with AVX2.

//go:noescape
func geluExactAVX2(y, x *float32, n int)

//go:noescape
func geluGradExactAVX2(dx, dy, x *float32, n int)

//go:noescape
func gateExactAVX2(y, x *float32, n int, a, b float32)

//go:noescape
func gateGradExactAVX2(dx, dy, x *float32, n int, a, b, c float32)

//go:noescape
func expSumExactAVX2(y, x *float32, n int, sums *float64, top, scale float32)

//go:noescape
func dotExactAVX2(a, b *float32, n int, sums *float64)

//go:noescape
func softmaxGradExactAVX2(dx, p *float32, n int, dot, scale float32)

func geluExactVector(y, x []float32)          { geluExactAVX2(&y[0], &x[0], len(y)) }
func geluGradExactVector(dx, dy, x []float32) { geluGradExactAVX2(&dx[0], &dy[0], &x[0], len(dx)) }
func (g Gate) exactVector(y, x []float32)     { gateExactAVX2(&y[0], &x[0], len(y), g.A, g.B) }

func (g Gate) gradExactVector(dx, dy, x []float32, triple float32) {
	gateGradExactAVX2(&dx[0], &dy[0], &x[0], len(dx), g.A, g.B, triple)
}

func expSumExactVector(y, x []float32, sums *eightSums, top, scale float32) {
	expSumExactAVX2(&y[0], &x[0], len(y), &sums[0], top, scale)
}

func dotExactVector(a, b []float32, sums *eightSums) {
	dotExactAVX2(&a[0], &b[0], len(a), &sums[0])
}

func softmaxGradExactVector(d, p []float32, dot, scale float32) {
	softmaxGradExactAVX2(&d[0], &p[0], len(d), dot, scale)
}

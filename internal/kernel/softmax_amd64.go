package kernel

//go:noescape
func largestAVX2(x *float32, n int) float32

//go:noescape
func largestAVX512(x *float32, n int) float32

//go:noescape
func scaleMaskAVX2(y, x, mask *float32, n int, scale float32) float32

//go:noescape
func scaleMaskAVX512(y, x, mask *float32, n int, scale float32) float32

//go:noescape
func expSumAVX2(lanes, y, x *float32, n int, a, b float32)

//go:noescape
func expSumAVX512(lanes, y, x *float32, n int, a, b float32)

// largestVector is the largest of the whole vectors of x, and how many elements those
// are.
func largestVector(x []float32) (top float32, n int) {
	class := Current()
	switch n = whole(len(x), class); {
	case n == 0:
		return lowest, 0
	case class == AVX512:
		return largestAVX512(&x[0], n), n
	default:
		return largestAVX2(&x[0], n), n
	}
}

// scaleMaskVector sets whole vectors of y to scale·x + mask; likewise.
func scaleMaskVector(y, x, mask []float32, scale float32) (top float32, n int) {
	class := Current()
	switch n = whole(len(y), class); {
	case n == 0:
		return lowest, 0
	case class == AVX512:
		return scaleMaskAVX512(&y[0], &x[0], &mask[0], n, scale), n
	default:
		return scaleMaskAVX2(&y[0], &x[0], &mask[0], n, scale), n
	}
}

// expSumVector sets whole vectors of y to exp(a·(x − b)), adds them up and returns how many
// elements those are.
func expSumVector(y, x []float32, a, b float32) (total float64, n int) {
	class := Current()
	if n = whole(len(y), class); n == 0 {
		return 0, 0
	}
	var lanes accumulators
	used := lanes[:8]
	if class == AVX512 {
		expSumAVX512(&lanes[0], &y[0], &x[0], n, a, b)
		used = lanes[:]
	} else {
		expSumAVX2(&lanes[0], &y[0], &x[0], n, a, b)
	}
	for _, v := range used {
		total += float64(v)
	}
	return total, n
}

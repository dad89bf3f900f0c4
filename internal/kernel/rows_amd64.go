package kernel

//go:noescape
func addAVX2(dst, a, b *float32, n int)

//go:noescape
func addAVX512(dst, a, b *float32, n int)

func addVector(dst, a, b []float32, class Class) {
	if class == AVX512 {
		addAVX512(&dst[0], &a[0], &b[0], len(dst))
	} else {
		addAVX2(&dst[0], &a[0], &b[0], len(dst))
	}
}

//go:noescape
func standardizeAVX2(y, x, weight, bias *float32, n int, mean, inverse float32)

//go:noescape
func standardizeAVX512(y, x, weight, bias *float32, n int, mean, inverse float32)

func standardizeVector(y, x, weight, bias []float32, mean, inverse float32, class Class) {
	if class == AVX512 {
		standardizeAVX512(&y[0], &x[0], &weight[0], &bias[0], len(y), mean, inverse)
	} else {
		standardizeAVX2(&y[0], &x[0], &weight[0], &bias[0], len(y), mean, inverse)
	}
}

//go:noescape
func sumLanesAVX2(lanes, x *float32, n int)

//go:noescape
func sumLanesAVX512(lanes, x *float32, n int)

//go:noescape
func squareLanesAVX2(lanes, x *float32, n int, mean float32)

//go:noescape
func squareLanesAVX512(lanes, x *float32, n int, mean float32)

// whole is how many of n floats fill whole vectors.
func whole(n int, class Class) int {
	switch class {
	case AVX512:
		return n / 16 * 16
	case AVX2:
		return n / 8 * 8
	}
	return 0
}

// sumVector adds whole vectors of x to the lanes and returns how many elements those
// are.
func sumVector(lanes *accumulators, x []float32) int {
	class := Current()
	n := whole(len(x), class)
	switch {
	case n == 0:
	case class == AVX512:
		sumLanesAVX512(&lanes[0], &x[0], n)
	default:
		sumLanesAVX2(&lanes[0], &x[0], n)
	}
	return n
}

// squaresVector adds (x − mean)² likewise.
func squaresVector(lanes *accumulators, x []float32, mean float32) int {
	class := Current()
	n := whole(len(x), class)
	switch {
	case n == 0:
	case class == AVX512:
		squareLanesAVX512(&lanes[0], &x[0], n, mean)
	default:
		squareLanesAVX2(&lanes[0], &x[0], n, mean)
	}
	return n
}

package kernel

// ReLU writes max(x, 0) to y, which may be x itself. NaN and −0 stay what they are.
func ReLU(y, x []float32) {
	x = x[:len(y)]
	if class := Current(); class != Portable && len(y) > 0 {
		reluVector(y, x, class)
		return
	}
	reluPortable(y, x)
}

func reluPortable(y, x []float32) {
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		y[i] = v
	}
}

// ReLUGrad writes dy if y > 0, else 0, to dx, which may be dy itself.
func ReLUGrad(dx, dy, y []float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	if class := Current(); class != Portable && len(dx) > 0 {
		reluGradVector(dx, dy, y, class)
		return
	}
	reluGradPortable(dx, dy, y)
}

func reluGradPortable(dx, dy, y []float32) {
	for i, v := range y {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = 0
		}
	}
}

// Max writes the elementwise maximum of a and b to dst, which may be a or b
// itself; NaN if either is NaN.
func Max(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	if class := Current(); class != Portable && len(dst) > 0 {
		maxVector(dst, a, b, class)
		return
	}
	maxPortable(dst, a, b)
}

func maxPortable(dst, a, b []float32) {
	for i := range dst {
		dst[i] = larger(a[i], b[i])
	}
}

// larger is the maximum as vectors have it: NaN if either is NaN, and the second of two zeros,
// whatever their signs.
func larger(a, b float32) float32 {
	if a > b || a != a {
		return a
	}
	return b
}

// Mul writes the elementwise product of a and b to dst, which may be a or b
// itself.
func Mul(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	if class := Current(); class != Portable && len(dst) > 0 {
		mulVector(dst, a, b, class)
		return
	}
	mulPortable(dst, a, b)
}

func mulPortable(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// one is a row of ones of any length, viewed with a stride of 0.
var one = []float32{1}

// ColSums writes the sum of each column of m to dst, adding rows in order.
func ColSums(dst []float32, m Mat) {
	if m.Cols == 0 {
		return
	}
	ones := Mat{Data: one, Rows: 1, Cols: m.Rows}
	Gemm(Dense(dst, 1, m.Cols), ones, m, Epilogue{})
}

// MaxPairs writes max(src[2i], src[2i+1]) to dst[i]; NaN if either is NaN. src
// must have twice the length of dst.
func MaxPairs(dst, src []float32) {
	src = src[:2*len(dst)]
	done := 0
	if class := Current(); class != Portable {
		done = maxPairsVector(dst, src, class)
	}
	for i := done; i < len(dst); i++ {
		dst[i] = larger(src[2*i], src[2*i+1])
	}
}

package layers

import "math"

// float32Epsilon is the distance of 1 from the next float32: the ε of an RMSNorm
// that names none.
const float32Epsilon = 1.0 / (1 << 23)

func init() {
	register("RMSNorm", func(a *args) Plan {
		shape := a.ints("normalized_shape", -1, nil, 1)
		if shape == nil {
			a.failf("argument \"normalized_shape\" is missing")
			shape = []int{1}
		}
		n, err := Elements(shape)
		if err != nil {
			a.failf("argument \"normalized_shape\": %w", err)
		}
		l := &rmsNorm{layerNorm{shape: shape, n: n, eps: a.float("eps", float32Epsilon)}}
		var specs []ParamSpec
		if a.bool("elementwise_affine", true) {
			specs = append(specs, ParamSpec{Name: "weight", Shape: shape})
		}
		return single(specs, func(p []*Param) Layer {
			l := *l
			l.affine = newAffine(p)
			return &l
		})
	})
}

// rmsNorm is torch.nn.RMSNorm: each run of the last dimensions is divided by the
// root of its mean square. Zhang, Sennrich: "Root Mean Square Layer Normalization".
type rmsNorm struct{ layerNorm }

func (l *rmsNorm) Forward(s *State, lo, hi int) {
	runs := s.inLen / l.n
	for r := lo * runs; r < hi*runs; r++ {
		x, y := s.x[r*l.n:][:l.n], s.y[r*l.n:][:l.n]
		squares := 0.0
		for _, v := range x {
			squares += float64(float64(v) * float64(v))
		}
		inv := 1 / math.Sqrt(squares/float64(l.n)+l.eps)
		s.moments[2*r], s.moments[2*r+1] = 0, inv // layerNorm's ParamGrads takes a mean, too
		for i, v := range x {
			y[i] = float32(float64(v) * inv * l.scale(i))
		}
	}
}

func (l *rmsNorm) Backward(s *State, lo, hi int) {
	runs := s.inLen / l.n
	for r := lo * runs; r < hi*runs; r++ {
		x, dy, dx := s.x[r*l.n:][:l.n], s.dy[r*l.n:][:l.n], s.dx[r*l.n:][:l.n]
		inv, dot := s.moments[2*r+1], 0.0
		for i, g := range dy {
			dot += float64(float64(g) * l.scale(i) * float64(x[i]) * inv)
		}
		dot /= float64(l.n)
		for i, g := range dy {
			dx[i] = float32(inv * (float64(float64(g)*l.scale(i)) - float64(float64(x[i])*inv*dot)))
		}
	}
}

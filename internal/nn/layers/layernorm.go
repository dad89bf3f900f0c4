package layers

import (
	"fmt"
	"math"
	"slices"
)

func init() {
	register("LayerNorm", func(a *args) Plan {
		shape := a.ints("normalized_shape", -1, nil, 1)
		if shape == nil {
			a.failf("argument \"normalized_shape\" is missing")
			shape = []int{1}
		}
		n, err := Elements(shape)
		if err != nil {
			a.failf("argument \"normalized_shape\": %w", err)
		}
		l := &layerNorm{shape: shape, n: n, eps: a.float("eps", 1e-5)}
		affine, bias := a.bool("elementwise_affine", true), a.bool("bias", true)
		var specs []ParamSpec
		if affine {
			specs = append(specs, ParamSpec{Name: "weight", Shape: shape})
			if bias {
				specs = append(specs, ParamSpec{Name: "bias", Shape: shape})
			}
		}
		return single(specs, func(p []*Param) Layer {
			l := *l
			l.affine = newAffine(p)
			return &l
		})
	})
}

// affine is a normalisation's weight and bias, either of which may be missing.
type affine struct {
	elementwise
	all          []*Param
	weight, bias *Param
}

func newAffine(p []*Param) affine {
	a := affine{all: p}
	if len(p) > 0 {
		a.weight = p[0]
	}
	if len(p) > 1 {
		a.bias = p[1]
	}
	return a
}

func (a *affine) Params() []*Param { return a.all }

func (a *affine) scale(i int) float64 {
	if a.weight == nil {
		return 1
	}
	return float64(a.weight.W[i])
}

func (a *affine) shift(i int) float64 {
	if a.bias == nil {
		return 0
	}
	return float64(a.bias.W[i])
}

// layerNorm is torch.nn.LayerNorm: from each run of the last dimensions, whose
// shape is given, its mean is subtracted, and it is divided by its deviation.
type layerNorm struct {
	affine
	shape []int
	n     int // values in a run
	eps   float64
}

func (l *layerNorm) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) < len(l.shape) || !slices.Equal(in[len(in)-len(l.shape):], l.shape) {
		return nil, fmt.Errorf("want the last dimensions to be %v", l.shape)
	}
	return slices.Clone(in), nil
}

// alloc makes room for the mean and inverse deviation of each run.
func (l *layerNorm) Allocate(s *State, capacity int) {
	s.moments = make([]float64, 2*capacity*s.inLen/l.n)
}

func (l *layerNorm) Forward(s *State, lo, hi int) {
	runs := s.inLen / l.n
	for r := lo * runs; r < hi*runs; r++ {
		x, y := s.x[r*l.n:][:l.n], s.y[r*l.n:][:l.n]
		mean, inv := normalise(x, l.eps)
		s.moments[2*r], s.moments[2*r+1] = mean, inv
		for i, v := range x {
			y[i] = float32(float64((float64(v)-mean)*inv*l.scale(i)) + l.shift(i))
		}
	}
}

// normalise returns the mean of x and 1/√(variance + ε), with the biased variance.
func normalise(x []float32, eps float64) (mean, inv float64) {
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	squares := 0.0
	for _, v := range x {
		d := float64(v) - mean
		squares += float64(d * d)
	}
	return mean, 1 / math.Sqrt(squares/float64(len(x))+eps)
}

func (l *layerNorm) Backward(s *State, lo, hi int) {
	runs := s.inLen / l.n
	for r := lo * runs; r < hi*runs; r++ {
		x, dy, dx := s.x[r*l.n:][:l.n], s.dy[r*l.n:][:l.n], s.dx[r*l.n:][:l.n]
		mean, inv := s.moments[2*r], s.moments[2*r+1]
		sum, sumX := 0.0, 0.0
		for i, g := range dy {
			d := float64(float64(g) * l.scale(i))
			sum += d
			sumX += float64(d * (float64(x[i]) - mean) * inv)
		}
		sum, sumX = sum/float64(l.n), sumX/float64(l.n)
		for i, g := range dy {
			dx[i] = float32(inv * (float64(float64(g)*l.scale(i)) - sum - float64((float64(x[i])-mean)*inv*sumX)))
		}
	}
}

func (l *layerNorm) ParamGrads(s *State, part, parts int) {
	if l.weight == nil {
		return
	}
	runs := s.n * s.inLen / l.n
	lo, hi := span(l.n, part, parts)
	for i := lo; i < hi; i++ {
		sum, sumX := 0.0, 0.0
		for r := range runs {
			g := float64(s.dy[r*l.n+i])
			sum += g
			sumX += float64(g * (float64(s.x[r*l.n+i]) - s.moments[2*r]) * s.moments[2*r+1])
		}
		l.weight.G[i] = float32(sumX)
		if l.bias != nil {
			l.bias.G[i] = float32(sum)
		}
	}
}

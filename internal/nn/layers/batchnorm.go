package layers

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

func init() {
	register("BatchNorm1d", func(a *args) Plan { return batchNormPlan(a, 1, 2) })
	register("BatchNorm2d", func(a *args) Plan { return batchNormPlan(a, 3, 3) })
}

// batchNormPlan takes samples of minDims … maxDims dimensions, channels first.
func batchNormPlan(a *args, minDims, maxDims int) Plan {
	c := a.size("num_features")
	l := &batchNorm{channels: c, minDims: minDims, maxDims: maxDims, eps: a.float("eps", 1e-5)}
	l.momentum = a.float("momentum", 0.1)
	if v, set := a.spec.Params["momentum"]; set && v == nil {
		l.cumulative = true
		keep(a, "momentum", "cumulative")
	}
	l.affine = a.bool("affine", true)
	a.refuse("track_running_stats", true)
	if !(l.eps > 0) {
		a.failf("argument \"eps\" is %v: want a number over 0", l.eps)
	}
	var specs []ParamSpec
	if l.affine {
		specs = append(specs, ParamSpec{Name: "weight", Shape: []int{c}}, ParamSpec{Name: "bias", Shape: []int{c}})
	}
	specs = append(specs,
		ParamSpec{Name: "running_mean", Shape: []int{c}, Buffer: true},
		ParamSpec{Name: "running_var", Shape: []int{c}, Buffer: true},
		ParamSpec{Name: "num_batches_tracked", Shape: []int{}, Buffer: true, Optional: true})
	return single(specs, func(p []*Param) Layer {
		l := *l
		l.all = p
		if l.affine {
			l.weight, l.bias, p = p[0], p[1], p[2:]
		}
		l.mean, l.variance, l.batches = p[0], p[1], p[2]
		return &l
	})
}

// batchNorm is torch.nn.BatchNorm1d to 3d: in eval each channel is normalised
// by its running mean and variance, in training by those of the batch, which then
// update the running ones (by momentum, with the unbiased variance).
type batchNorm struct {
	elementwise
	channels, minDims, maxDims int
	eps, momentum              float64
	cumulative, affine         bool
	all                        []*Param
	weight, bias               *Param // nil without affine
	mean, variance, batches    *Param
}

func (l *batchNorm) Params() []*Param { return l.all }

func (l *batchNorm) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) < l.minDims || len(in) > l.maxDims || in[0] != l.channels {
		return nil, fmt.Errorf("want %d channels and %d to %d dimensions", l.channels, l.minDims, l.maxDims)
	}
	return slices.Clone(in), nil
}

// normState is what a training step keeps for each channel.
type normState struct{ mean, inv, sumDy, sumDyX []float64 }

func (l *batchNorm) PrepareBatch(s *State) error {
	if !s.train {
		return nil
	}
	if s.n*s.inLen/l.channels < 2 {
		return errors.New("training needs more than one value per channel: use batches of at least 2")
	}
	if s.work == nil {
		c := l.channels
		s.work = &normState{make([]float64, c), make([]float64, c), make([]float64, c), make([]float64, c)}
	}
	l.batches.W[0]++
	return nil
}

func (l *batchNorm) ForwardStatistics(s *State, part, parts int) {
	st, size := s.work.(*normState), s.inLen/l.channels
	momentum := l.momentum
	if l.cumulative {
		momentum = 1 / float64(l.batches.W[0])
	}
	count := float64(s.n * size)
	lo, hi := span(l.channels, part, parts)
	for c := lo; c < hi; c++ {
		sum := 0.0
		eachOf(s.x, s, c, size, func(v float32) { sum += float64(v) })
		mean, squares := sum/count, 0.0
		eachOf(s.x, s, c, size, func(v float32) { d := float64(v) - mean; squares += float64(d * d) })
		st.mean[c], st.inv[c] = mean, 1/math.Sqrt(squares/count+l.eps)
		move(&l.mean.W[c], mean, momentum)
		move(&l.variance.W[c], squares/(count-1), momentum)
	}
}

func move(to *float32, v, momentum float64) {
	*to = float32(float64((1-momentum)*float64(*to)) + float64(momentum*v))
}

// eachOf calls f for every value of channel c in the batch, in order.
func eachOf(data []float32, s *State, c, size int, f func(float32)) {
	for i := range s.n {
		for _, v := range data[i*s.inLen+c*size:][:size] {
			f(v)
		}
	}
}

// scale is the factor of channel c, and the summand after it.
func (l *batchNorm) scale(s *State, c int) (mul, add float64) {
	if !s.train {
		return l.running(c)
	}
	st := s.work.(*normState)
	return l.affineOf(c, st.mean[c], st.inv[c])
}

// running is scale by the running statistics.
func (l *batchNorm) running(c int) (mul, add float64) {
	return l.affineOf(c, float64(l.mean.W[c]), 1/math.Sqrt(float64(l.variance.W[c])+l.eps))
}

func (l *batchNorm) affineOf(c int, mean, inv float64) (mul, add float64) {
	if l.affine {
		inv *= float64(l.weight.W[c])
		add = float64(l.bias.W[c])
	}
	return inv, add - float64(mean*inv)
}

func (l *batchNorm) Forward(s *State, lo, hi int) {
	l.apply(s, s.x, s.y, lo, hi, func(c int) (mul, add float64) { return l.scale(s, c) })
}

// apply writes from·mul + add to `to`, samples lo … hi-1, with the two of each channel.
func (l *batchNorm) apply(s *State, from, to []float32, lo, hi int, scale func(c int) (mul, add float64)) {
	size := s.inLen / l.channels
	for c := range l.channels {
		mul, add := scale(c)
		for i := lo; i < hi; i++ {
			at := i*s.inLen + c*size
			y := to[at:][:size]
			for j, v := range from[at:][:size] {
				y[j] = float32(float64(float64(v)*mul) + add)
			}
		}
	}
}

func (l *batchNorm) BackwardStatistics(s *State, part, parts int) {
	st, size := s.work.(*normState), s.inLen/l.channels
	lo, hi := span(l.channels, part, parts)
	for c := lo; c < hi; c++ {
		sum, sumX := 0.0, 0.0
		for i := range s.n {
			at := i*s.inLen + c*size
			x := s.x[at:][:size]
			for j, g := range s.dy[at:][:size] {
				sum += float64(g)
				sumX += float64(float64(g) * (float64(x[j]) - st.mean[c]) * st.inv[c])
			}
		}
		st.sumDy[c], st.sumDyX[c] = sum, sumX
	}
}

func (l *batchNorm) Backward(s *State, lo, hi int) {
	st, size := s.work.(*normState), s.inLen/l.channels
	count := float64(s.n * size)
	for c := range l.channels {
		mul := st.inv[c]
		if l.affine {
			mul *= float64(l.weight.W[c])
		}
		for i := lo; i < hi; i++ {
			at := i*s.inLen + c*size
			x, dx := s.x[at:][:size], s.dx[at:][:size]
			for j, g := range s.dy[at:][:size] {
				norm := (float64(x[j]) - st.mean[c]) * st.inv[c]
				dx[j] = float32(mul * (float64(g) - (st.sumDy[c]+float64(norm*st.sumDyX[c]))/count))
			}
		}
	}
}

func (l *batchNorm) ParamGrads(s *State, part, parts int) {
	if !l.affine {
		return
	}
	st := s.work.(*normState)
	lo, hi := span(l.channels, part, parts)
	for c := lo; c < hi; c++ {
		l.weight.G[c], l.bias.G[c] = float32(st.sumDyX[c]), float32(st.sumDy[c])
	}
}

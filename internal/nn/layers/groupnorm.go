package layers

import (
	"fmt"
	"slices"
)

func init() {
	register("GroupNorm", func(a *args) Plan {
		groups, channels := a.size("num_groups"), a.size("num_channels")
		if channels%groups != 0 {
			a.failf("%d groups do not divide %d channels", groups, channels)
		}
		l := &groupNorm{groups: groups, channels: channels, eps: a.float("eps", 1e-5), minDims: 1, maxDims: 8}
		return l.plan(a.bool("affine", true))
	})
	register("InstanceNorm1d", func(a *args) Plan { return instanceNormPlan(a, 2) })
	register("InstanceNorm2d", func(a *args) Plan { return instanceNormPlan(a, 3) })
}

// instanceNormPlan is a group norm with as many groups as channels, and no
// weights by default.
func instanceNormPlan(a *args, dims int) Plan {
	channels := a.size("num_features")
	a.float("momentum", 0.1) // of statistics that are not kept
	a.refuse("track_running_stats", false)
	l := &groupNorm{groups: channels, channels: channels, eps: a.float("eps", 1e-5), minDims: dims, maxDims: dims, instance: true}
	return l.plan(a.bool("affine", false))
}

// groupNorm is torch.nn.GroupNorm, InstanceNorm1d and 2d: each group of
// channels of a sample is normalised by its own mean and (biased) variance.
type groupNorm struct {
	affine
	groups, channels int
	eps              float64
	minDims, maxDims int
	instance         bool
}

func (l *groupNorm) plan(affine bool) Plan {
	var specs []ParamSpec
	if affine {
		specs = []ParamSpec{{Name: "weight", Shape: []int{l.channels}}, {Name: "bias", Shape: []int{l.channels}}}
	}
	return single(specs, func(p []*Param) Layer {
		l := *l
		l.affine = newAffine(p)
		return &l
	})
}

func (l *groupNorm) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) < l.minDims || len(in) > l.maxDims || in[0] != l.channels {
		return nil, fmt.Errorf("want %d channels and %d to %d dimensions", l.channels, l.minDims, l.maxDims)
	}
	return slices.Clone(in), nil
}

// alloc makes room for the mean and inverse deviation of each group.
func (l *groupNorm) Allocate(s *State, capacity int) {
	s.moments = make([]float64, 2*capacity*l.groups)
}

func (l *groupNorm) PrepareBatch(s *State) error {
	if s.train && l.instance && s.inLen == l.channels {
		return fmt.Errorf("training needs more than one value per channel, got samples of shape %v", s.in)
	}
	return nil
}

// each calls f for every group of samples lo … hi-1: its number, and the bounds
// of its values and of its channels.
func (l *groupNorm) each(s *State, lo, hi int, f func(group, start, end, channel int)) {
	size := s.inLen / l.groups
	for g := lo * l.groups; g < hi*l.groups; g++ {
		f(g, g*size, (g+1)*size, g%l.groups*(l.channels/l.groups))
	}
}

func (l *groupNorm) Forward(s *State, lo, hi int) {
	plane := s.inLen / l.channels
	l.each(s, lo, hi, func(g, start, end, channel int) {
		x, y := s.x[start:end], s.y[start:end]
		mean, inv := normalise(x, l.eps)
		s.moments[2*g], s.moments[2*g+1] = mean, inv
		for i, v := range x {
			c := channel + i/plane
			y[i] = float32(float64((float64(v)-mean)*inv*l.scale(c)) + l.shift(c))
		}
	})
}

func (l *groupNorm) Backward(s *State, lo, hi int) {
	plane := s.inLen / l.channels
	l.each(s, lo, hi, func(g, start, end, channel int) {
		x, dy, dx := s.x[start:end], s.dy[start:end], s.dx[start:end]
		mean, inv := s.moments[2*g], s.moments[2*g+1]
		sum, sumX := 0.0, 0.0
		for i, v := range dy {
			d := float64(float64(v) * l.scale(channel+i/plane))
			sum += d
			sumX += float64(d * (float64(x[i]) - mean) * inv)
		}
		n := float64(end - start)
		for i, v := range dy {
			d := float64(float64(v) * l.scale(channel+i/plane))
			dx[i] = float32(inv * (d - (sum+float64((float64(x[i])-mean)*inv*sumX))/n))
		}
	})
}

func (l *groupNorm) ParamGrads(s *State, part, parts int) {
	if l.weight == nil {
		return
	}
	plane, perGroup := s.inLen/l.channels, l.channels/l.groups
	lo, hi := span(l.channels, part, parts)
	for c := lo; c < hi; c++ {
		sum, sumX := 0.0, 0.0
		for i := range s.n {
			g := i*l.groups + c/perGroup
			at := i*s.inLen + c*plane
			x := s.x[at:][:plane]
			for j, v := range s.dy[at:][:plane] {
				sum += float64(v)
				sumX += float64(float64(v) * (float64(x[j]) - s.moments[2*g]) * s.moments[2*g+1])
			}
		}
		l.weight.G[c], l.bias.G[c] = float32(sumX), float32(sum)
	}
}

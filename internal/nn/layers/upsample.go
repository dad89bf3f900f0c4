package layers

import (
	"fmt"
	"math"
)

func init() {
	register("Upsample", func(a *args) Plan {
		l := &upsample{
			mode:    a.choice("mode", "nearest", "nearest-exact", "linear", "bilinear"),
			corners: a.bool("align_corners", false),
			size:    a.list("size"),
			factor:  a.list("scale_factor"),
		}
		a.refuse("recompute_scale_factor", false)
		if (l.size == nil) == (l.factor == nil) {
			a.failf("want either \"size\" or \"scale_factor\"")
		}
		for _, v := range append(l.size, l.factor...) {
			if !(v > 0 && v <= MaxElements) {
				a.failf("sizes and scale factors must be over 0, got %v", v)
			}
		}
		if l.corners && l.mode[:4] == "near" {
			a.failf("align_corners has no meaning for mode %q", l.mode)
		}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// list reads a number or a list of one or two.
func (a *args) list(name string) []float64 {
	v, ok := a.get(name)
	if !ok {
		return keep[[]float64](a, name, nil)
	}
	values, isList := v.([]any)
	if !isList {
		values = []any{v}
	}
	var out []float64
	for _, v := range values {
		f, ok := number(v)
		if !ok || math.IsNaN(f) || len(values) > 2 {
			a.failf("argument %q is %v: want one or two numbers", name, values)
			return nil
		}
		out = append(out, f)
	}
	return keep(a, name, out)
}

// upsample is torch.nn.Upsample for samples of [channels, length] and
// [channels, height, width]. Every output is a weighted sum of one or two
// inputs along each dimension.
type upsample struct {
	noParams
	mode         string
	corners      bool
	size, factor []float64 // of one value for all dimensions, or one for each
}

func (l *upsample) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	dims := len(in) - 1
	if dims < 1 || dims > 2 || l.mode == "linear" && dims != 1 || l.mode == "bilinear" && dims != 2 {
		return nil, fmt.Errorf("mode %q for samples of %d dimensions: %w", l.mode, len(in), ErrUnsupported)
	}
	out := []int{in[0]}
	for d := range dims {
		values := l.size
		if values == nil {
			values = l.factor
		}
		if len(values) != 1 && len(values) != dims {
			return nil, fmt.Errorf("%d sizes or scale factors for %d dimensions", len(values), dims)
		}
		v := values[d%len(values)]
		if l.size == nil {
			v = math.Floor(v * float64(in[1+d]))
		}
		if v != math.Trunc(v) || v < 1 || v > MaxElements {
			return nil, fmt.Errorf("an output of %v along one dimension", v)
		}
		out = append(out, int(v))
	}
	return out, nil
}

// tap says which inputs make an output along one dimension: a[i]·(1−t) + a[j]·t.
type tap struct {
	i, j int
	t    float64
}

// taps computes them; factor is 0 if a size was given.
func (l *upsample) taps(in, out int, factor float64) []tap {
	scale := float64(in) / float64(out)
	if factor > 0 {
		scale = 1 / factor
	}
	ts := make([]tap, out)
	for o := range ts {
		switch {
		case l.mode == "nearest":
			i := min(int(float32(o)*float32(scale)), in-1)
			ts[o] = tap{i, i, 0}
			continue
		case l.mode == "nearest-exact":
			i := min(int((float32(o)+0.5)*float32(scale)), in-1)
			ts[o] = tap{i, i, 0}
			continue
		}
		at := max(0, float64((float64(o)+0.5)*scale)-0.5)
		if l.corners {
			at = 0
			if out > 1 {
				at = float64(o) * float64(in-1) / float64(out-1)
			}
		}
		i := min(int(at), in-1)
		ts[o] = tap{i, min(i+1, in-1), at - float64(i)}
	}
	return ts
}

// Cost counts the taps along each dimension.
func (l *upsample) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	for _, d := range out[1:] {
		c.TableBytes += 24 * float64(d)
	}
	return c
}

// upsampleWork is the taps of both dimensions, and the input's size.
type upsampleWork struct {
	h, w       int
	rows, cols []tap
}

func (l *upsample) Allocate(s *State, _ int) {
	dims := len(s.in) - 1
	h, w := picture(s.in, dims)
	oh, ow := picture(s.out, dims)
	factor := func(d int) float64 {
		if l.factor == nil {
			return 0
		}
		return l.factor[d%len(l.factor)]
	}
	wk := &upsampleWork{h, w, []tap{{0, 0, 0}}, l.taps(w, ow, factor(dims-1))}
	if dims == 2 {
		wk.rows = l.taps(h, oh, factor(0))
	}
	s.work = wk
}

// each calls f for every output of samples lo … hi-1 and its four inputs.
func (l *upsample) each(s *State, lo, hi int, f func(out int, at [4]int, weight [4]float64)) {
	wk := s.work.(*upsampleWork)
	out := lo * s.outLen
	for p := lo * s.in[0]; p < hi*s.in[0]; p++ {
		plane := p * wk.h * wk.w
		for _, r := range wk.rows {
			for _, c := range wk.cols {
				f(out, [4]int{plane + r.i*wk.w + c.i, plane + r.i*wk.w + c.j, plane + r.j*wk.w + c.i, plane + r.j*wk.w + c.j},
					[4]float64{(1 - r.t) * (1 - c.t), (1 - r.t) * c.t, r.t * (1 - c.t), r.t * c.t})
				out++
			}
		}
	}
}

func (l *upsample) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(out int, at [4]int, weight [4]float64) {
		sum := 0.0
		for i, a := range at {
			if weight[i] != 0 {
				sum += float64(weight[i] * float64(s.x[a]))
			}
		}
		s.y[out] = float32(sum)
	})
}

func (l *upsample) Backward(s *State, lo, hi int) {
	clear(s.dxs(lo, hi))
	l.each(s, lo, hi, func(out int, at [4]int, weight [4]float64) {
		for i, a := range at {
			if weight[i] != 0 {
				s.dx[a] += float32(weight[i] * float64(s.dy[out]))
			}
		}
	})
}

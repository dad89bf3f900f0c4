package layers

import "fmt"

func init() {
	register("ZeroPad2d", func(a *args) Plan {
		pad := a.ints("padding", 4, nil, -MaxElements)
		if pad == nil {
			a.failf("argument \"padding\" is missing")
			pad = repeat(4, 0)
		}
		l := &rearrange{move: zeroPad{pad[0], pad[1], pad[2], pad[3]}}
		return single(nil, func([]*Param) Layer { return l })
	})
	register("PixelShuffle", func(a *args) Plan {
		l := &rearrange{move: pixelShuffle{a.size("upscale_factor")}}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// movement says where each output of a sample comes from.
type movement interface {
	outShape(in []int) ([]int, error)
	// source is the index of the input of output (c, y, x), −1 for a zero.
	source(in []int, c, y, x int) int
}

// rearrange is a layer on [channels, height, width] whose outputs are its inputs
// in other places, each at most once, and zeros.
type rearrange struct {
	noParams
	move movement
}

func (l *rearrange) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) != 3 {
		return nil, fmt.Errorf("want channels, height and width")
	}
	return l.move.outShape(in)
}

func (l *rearrange) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	c.TableBytes = 4 * float64(elements(out))
	return c
}

func (l *rearrange) Allocate(s *State, _ int) {
	s.index = make([]int32, 0, s.outLen)
	for c := range s.out[0] {
		for y := range s.out[1] {
			for x := range s.out[2] {
				s.index = append(s.index, int32(l.move.source(s.in, c, y, x)))
			}
		}
	}
}

func (l *rearrange) Forward(s *State, lo, hi int) {
	for n := lo; n < hi; n++ {
		x, y := s.xs(n, n+1), s.ys(n, n+1)
		for i, at := range s.index {
			y[i] = 0
			if at >= 0 {
				y[i] = x[at]
			}
		}
	}
}

func (l *rearrange) Backward(s *State, lo, hi int) {
	clear(s.dxs(lo, hi))
	for n := lo; n < hi; n++ {
		dx, dy := s.dxs(n, n+1), s.dys(n, n+1)
		for i, at := range s.index {
			if at >= 0 {
				dx[at] = dy[i]
			}
		}
	}
}

// zeroPad is torch.nn.ZeroPad2d; a negative number crops.
type zeroPad struct{ left, right, top, bottom int }

func (p zeroPad) outShape(in []int) ([]int, error) {
	h, w := in[1]+p.top+p.bottom, in[2]+p.left+p.right
	if h < 1 || w < 1 {
		return nil, fmt.Errorf("padding of %d, %d, %d, %d leaves nothing of %d×%d", p.left, p.right, p.top, p.bottom, in[1], in[2])
	}
	return []int{in[0], h, w}, nil
}

func (p zeroPad) source(in []int, c, y, x int) int {
	y, x = y-p.top, x-p.left
	if y < 0 || y >= in[1] || x < 0 || x >= in[2] {
		return -1
	}
	return (c*in[1]+y)*in[2] + x
}

// pixelShuffle is torch.nn.PixelShuffle: factor² channels become one of factor
// times the height and width.
type pixelShuffle struct{ factor int }

func (p pixelShuffle) outShape(in []int) ([]int, error) {
	if p.factor > in[0] || in[0]%(p.factor*p.factor) != 0 {
		return nil, fmt.Errorf("%d channels are no multiple of the factor %d squared", in[0], p.factor)
	}
	return []int{in[0] / (p.factor * p.factor), in[1] * p.factor, in[2] * p.factor}, nil
}

func (p pixelShuffle) source(in []int, c, y, x int) int {
	c = (c*p.factor+y%p.factor)*p.factor + x%p.factor
	return (c*in[1]+y/p.factor)*in[2] + x/p.factor
}

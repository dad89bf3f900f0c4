package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// panelCase is a random problem: panels, a grid, and data without slack.
type panelCase struct {
	p                 *Panels
	g                 *Grid
	at                func(o, k int) float32
	in, out, residual []float32
	runs              []Run
	outPixel          int
	outs, outBlock    int
}

// numbers are n random ones.
func numbers(n int) []float32 { return guarded(1, n, n, 0).Data[:n:n] }

func newPanelCase(outs, depth, taps, stride int, narrow bool, widths ...int) *panelCase {
	c := &panelCase{outs: outs}
	panels, each := (outs+Block-1)/Block, max(1, depth)
	weights := numbers(outs * taps * each)
	c.at = func(o, k int) float32 { return weights[o*taps*each+k] }
	offsets, far := make([]int32, taps), 0
	for i := range offsets {
		offsets[i] = int32(rng.IntN(3 * taps))
		far = max(far, int(offsets[i])+each)
	}
	inPixel, size := stride*max(1, depth), 0
	c.outPixel = Block
	if narrow {
		c.outPixel = outs + 3
	}
	if depth == Depthwise {
		inPixel, far = stride*Block, far+Block-1
	}
	end := 0
	for _, w := range widths {
		c.runs = append(c.runs, Run{From: size, To: end + 2*c.outPixel, N: w})
		size, end = size+w*inPixel+5, end+(2+w)*c.outPixel
	}
	last := c.runs[len(c.runs)-1]
	c.outBlock = end
	if narrow {
		c.outBlock = Block
	}
	bases := make([]int, panels)
	for i := range bases {
		if depth == Depthwise {
			bases[i] = i * 7
		} else if i > 2 {
			bases[i] = 5
		}
	}
	c.in = numbers(last.From + (last.N-1)*inPixel + far + bases[panels-1])
	c.out = numbers(end + panels*c.outBlock)
	c.residual = numbers(len(c.out))
	c.p = Pack(outs, depth, offsets, c.at, numbers(outs), bases)
	c.g = NewGrid(inPixel, c.outPixel, c.outBlock, narrow, c.runs)
	return c
}

// check compares with a plain loop, and that nothing else was written.
func (c *panelCase) check(t *testing.T, residual []float32, relu bool) {
	t.Helper()
	before := append([]float32{}, c.out...)
	c.p.Run(c.out, c.in, residual, c.g, 0, c.p.Blocks(), relu)
	each := max(1, c.p.depth)
	for _, r := range c.runs {
		for i := range r.N {
			for o := range c.outs {
				to := r.To + i*c.outPixel + o/Block*c.outBlock + o%Block
				want, size := float64(c.p.bias[o]), 1.0
				for k, tap := range c.p.taps {
					for d := range each {
						at := c.p.bases[o/Block] + r.From + i*c.g.inPixel + int(tap) + d
						if c.p.depth == Depthwise {
							at += o % Block
						}
						v := float64(c.at(o, k*each+d)) * float64(c.in[at])
						want, size = want+v, size+math.Abs(v)
					}
				}
				if residual != nil {
					want += float64(residual[to])
				}
				if relu {
					want = max(want, 0)
				}
				if !(math.Abs(float64(c.out[to])-want) <= 1e-6*size) {
					t.Fatalf("output %d of pixel %d in %+v is %v, want %v", o, i, r, c.out[to], want)
				}
				before[to] = c.out[to]
			}
		}
	}
	if c.g.narrow {
		require.Equal(t, before, c.out, "something else was written")
	}
}

// TestPanels compares every number of pixels, depth and width with a plain loop.
func TestPanels(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, depth := range []int{Depthwise, Single, Four} {
			for _, outs := range []int{1, 15, 16, 17, 40, 64} {
				for _, width := range []int{1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 24} {
					for _, narrow := range []bool{false, true} {
						c := newPanelCase(outs, depth, 1+(width+outs)%9, 1+width%3, narrow, width, 1+width%7, width)
						c.check(t, nil, false)
						c.check(t, c.residual, width%2 == 0)
					}
				}
			}
		}
	})
}

// TestPanelsDeep has so many inputs that they take several passes.
func TestPanelsDeep(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, depth := range []int{Single, Four} {
			for _, width := range []int{1, 13, 60} {
				c := newPanelCase(37, depth, 520/depth, 1, width > 1, width)
				c.check(t, nil, true)
				c.check(t, c.residual, false)
			}
		}
	})
}

// Any division gives the same bits, and all classes with a fused multiply-add the same.
func TestPanelsSameBits(t *testing.T) {
	for _, depth := range []int{Depthwise, Single, Four} {
		c := newPanelCase(71, depth, 90, 2, true, 23, 8, 49)
		var vector []float32
		eachClass(t, func(t *testing.T) {
			whole := make([]float32, len(c.out))
			c.p.Run(whole, c.in, c.residual, c.g, 0, c.p.Blocks(), true)
			if Current() == AVX2 {
				vector = whole
			} else if vector != nil {
				require.Equal(t, vector, whole)
			}
			for parts := 2; parts < 5; parts++ {
				got := make([]float32, len(c.out))
				for i := range parts {
					lo, hi := Span(c.p.Blocks(), i, parts)
					c.p.Run(got, c.in, c.residual, c.g, lo, hi, true)
				}
				require.Equal(t, whole, got)
			}
		})
	}
}

func TestMaxima(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for width := 1; width < 30; width++ {
			taps := []int32{3, 0, 40}[:1+width%3]
			in, out := numbers(40+(2*width-1)*Block), make([]float32, width*Block)
			g := NewGrid(2*Block, Block, 0, false, []Run{{N: width}})
			p := Maxima(taps)
			in = append(in, numbers(2*Block)...)
			p.Run(out, in, nil, g, 0, 1, false)
			for i := range out {
				at := i/Block*2*Block + i%Block
				want := in[at+int(taps[0])]
				for _, tap := range taps {
					want = max(want, in[at+int(tap)])
				}
				require.Equal(t, want, out[i])
			}
		}
	})
}

// A NaN reaches the result, also through ReLU.
func TestPanelsKeepNaN(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		c := newPanelCase(16, Four, 2, 1, true, 9)
		c.in[int(c.p.taps[1])+2] = float32(math.NaN())
		c.p.Run(c.out, c.in, nil, c.g, 0, 1, true)
		require.True(t, math.IsNaN(float64(c.out[c.runs[0].To+5])))
	})
}

func TestPanelsPanic(t *testing.T) {
	for name, spoil := range map[string]func(c *panelCase, to *int){
		"short input":    func(c *panelCase, _ *int) { c.in = c.in[1:] },
		"short output":   func(c *panelCase, _ *int) { c.out = c.out[:c.g.out+c.outs-1] },
		"short residual": func(c *panelCase, _ *int) { c.residual = c.residual[:c.g.out+c.outs-1] },
		"too many":       func(_ *panelCase, to *int) { *to++ },
	} {
		c := newPanelCase(20, Four, 3, 1, true, 8, 9)
		to := c.p.Blocks()
		c.p.Run(c.out, c.in, c.residual, c.g, 0, to, false)
		spoil(c, &to)
		require.Panics(t, func() { c.p.Run(c.out, c.in, c.residual, c.g, 0, to, false) }, name)
	}
	require.Panics(t, func() { NewGrid(1, 1, 1, false, []Run{{N: 0}}) })
	require.Panics(t, func() { Pack(1, Single, []int32{-1}, nil, nil, nil) })
}

// BenchmarkPanels has convolutions of ResNet-18, a depthwise one and products of a
// transformer.
func BenchmarkPanels(b *testing.B) {
	for c := Portable; c <= Best(); c++ {
		for _, s := range []struct{ kind, taps, outs, pixels int }{{Four, 144, 64, 3136}, {Four, 1152, 512, 49}, {Single, 147, 64, 12544}, {Depthwise, 9, 96, 3136}, {Four, 96, 1536, 128}, {Four, 384, 384, 128}} {
			b.Run(fmt.Sprintf("%v/%d×%d-%d-%d", c, s.taps, s.kind, s.outs, s.pixels), func(b *testing.B) {
				before, _ := Use(c)
				defer func() { _, _ = Use(before) }()
				taps := make([]int32, s.taps)
				for i := range taps {
					taps[i] = int32(i * s.kind)
				}
				p := Pack(s.outs, s.kind, taps, func(int, int) float32 { return 1 }, nil, nil)
				in, out := make([]float32, s.pixels*16+s.taps*16), make([]float32, s.pixels*s.outs)
				g := NewGrid(Block, Block, s.pixels*Block, false, []Run{{N: s.pixels}})
				for b.Loop() {
					p.Run(out, in, nil, g, 0, p.Blocks(), true)
				}
				b.ReportMetric(2*float64(s.pixels*s.outs*s.taps*max(1, s.kind))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

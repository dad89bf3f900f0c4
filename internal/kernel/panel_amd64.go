package kernel

import "unsafe"

//go:noescape
func panel4AVX2(t *panelTile)

//go:noescape
func panel4AVX512(t *panelTile)

//go:noescape
func panel1AVX2(t *panelTile)

//go:noescape
func panel1AVX512(t *panelTile)

//go:noescape
func panel0AVX2(t *panelTile)

//go:noescape
func panel0AVX512(t *panelTile)

//go:noescape
func panelMaxAVX2(t *panelTile)

//go:noescape
func panelMaxAVX512(t *panelTile)

var (
	panelKernels = [...][5]func(t *panelTile){AVX2: {panel0AVX2, panel1AVX2, 4: panel4AVX2}, AVX512: {panel0AVX512, panel1AVX512, 4: panel4AVX512}}
	panelMax     = [...]func(t *panelTile){AVX2: panelMaxAVX2, AVX512: panelMaxAVX512}
)

// vector computes a tile of n panels: with AVX2 half a panel at a time.
func (r *panelRun) vector(block, n int, t gridTile, out, residual []float32, outPixel int) {
	panel := len(r.taps) * max(1, r.depth) * Block
	base := r.bases[block]
	r.call = panelTile{
		in: &r.in[base+t.in], in2: &r.in[base+t.in2], w: &r.w[block*panel], out: &out[t.out], out2: &out[t.out2],
		taps: &r.taps[0], count: len(r.taps), bias: &r.bias[block*Block],
		inPixel: 4 * r.grid.inPixel, outPixel: 4 * outPixel, wBlock: 4 * panel, outBlock: 4 * r.grid.outBlock, n: t.n, blocks: n,
	}
	c := &r.call
	if residual != nil {
		c.residual, c.second = &residual[t.out], &residual[t.out2]
	}
	if r.relu {
		c.flags = flagReLU
	}
	f := panelKernels[r.class][r.depth]
	if r.maxima {
		f = panelMax[r.class]
	}
	f(c)
	if r.class == AVX512 {
		return
	}
	const half = Block / 2
	for i := range n {
		if i > 0 {
			c.shift(panel-half, r.grid.outBlock-half, half)
			f(c)
		}
		c.shift(half, half, half)
		if r.depth == Depthwise {
			c.in, c.in2 = ahead(c.in, half), ahead(c.in2, half)
		}
		f(c)
	}
}

// shift moves the pointers on by so many floats.
func (c *panelTile) shift(w, out, bias int) {
	c.w, c.bias = ahead(c.w, w), ahead(c.bias, bias)
	c.out, c.out2 = ahead(c.out, out), ahead(c.out2, out)
	if c.residual != nil {
		c.residual, c.second = ahead(c.residual, out), ahead(c.second, out)
	}
}

func ahead(p *float32, n int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*n)) }

package kernel

import "unsafe"

//go:noescape
func panel4AVX512(t *panelTile)

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

// vector computes a tile of n panels: with AVX2 one panel at a time, channel by channel.
func (r *panelRun) vector(block, n int, t gridTile, out, residual []float32, outPixel int) {
	panel := len(r.taps) * max(1, r.depth) * Block
	base := r.bases[block]
	call := panelTile{
		in: &r.in[base+t.in], in2: &r.in[base+t.in2], w: &r.w[block*panel], out: &out[t.out], out2: &out[t.out2],
		taps: &r.taps[0], count: len(r.taps), bias: &r.bias[block*Block],
		inPixel: 4 * r.grid.inPixel, outPixel: 4 * outPixel, wBlock: 4 * panel, outBlock: 4 * r.grid.outBlock, n: t.n, blocks: n,
	}
	c := &call
	if residual != nil {
		c.residual, c.second = &residual[t.out], &residual[t.out2]
	}
	if r.relu {
		c.flags = flagReLU
	}
	if r.class == AVX512 {
		r.avx512(c)
		return
	}
	for i := range n {
		if i > 0 {
			c.shift(panel, r.grid.outBlock, Block)
		}
		r.halves(*c)
	}
}

// halves computes a panel of a tile, half a panel at a time: channel by channel.
func (p *Panels) halves(c panelTile) {
	const half = Block / 2
	p.avx2(&c)
	c.shift(half, half, half)
	c.in, c.in2 = ahead(c.in, half), ahead(c.in2, half)
	p.avx2(&c)
}

// Calls by name, so that nothing escapes to the heap.
func (p *Panels) avx512(c *panelTile) {
	switch {
	case p.maxima:
		panelMaxAVX512(c)
	case p.depth == Four:
		panel4AVX512(c)
	case p.depth == Single:
		panel1AVX512(c)
	default:
		panel0AVX512(c)
	}
}

func (p *Panels) avx2(c *panelTile) {
	if p.maxima {
		panelMaxAVX2(c)
	} else {
		panel0AVX2(c)
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

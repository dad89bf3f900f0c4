package kernel

//go:noescape
func dense4AVX2(r *denseRun)

//go:noescape
func dense1AVX2(r *denseRun)

// denseRun is the argument of the dense kernels, which compute some taps of one panel for
// some tiles; gen/dense.go has its offsets.
type denseRun struct {
	in, w, out, residual *float32
	taps                 *int32
	bias                 *float32
	pixels               *densePixels
	tiles, count, n      int
	flags                int
	next                 *float32 // the weights of the next pass
}

// passFloats is about how many weights of a panel are used for all tiles before the next
// ones: they stay in the L1 cache.
const passFloats = 3 << 10

// dense computes one panel whose outputs see all inputs of a tap. Where that takes several
// passes, the output holds the sums from pass to pass.
func (r *panelRun) dense(block int) {
	d := r.grid.dense()
	if len(d.tiles) == 0 {
		return
	}
	if r.partial(block) {
		r.densePartial(block, d)
		return
	}
	out, residual := r.out[block*r.grid.outBlock:], r.residual
	if residual != nil {
		residual = residual[block*r.grid.outBlock:]
	}
	passes := (len(r.taps)*r.depth*Block + passFloats - 1) / passFloats
	for pass := range passes {
		from, to := Span(len(r.taps), pass, passes)
		r.densePass(block, from, to, d, out, residual)
	}
}

// densePass adds the products of taps from … to-1.
func (r *panelRun) densePass(block, from, to int, d denseTiles, out, residual []float32) {
	run := denseRun{
		in: &r.in[r.bases[block]], w: &r.w[(block*len(r.taps)+from)*r.depth*Block], out: &out[0],
		taps: &r.taps[from], bias: &r.bias[block*Block], count: to - from, next: &r.w[0],
	}
	if next := (block*len(r.taps) + to) * r.depth * Block; next < len(r.w) {
		run.next = &r.w[next]
	}
	if from > 0 {
		run.flags |= flagAccumulate
	}
	if to == len(r.taps) {
		if r.relu {
			run.flags |= flagReLU
		}
		if residual != nil {
			run.residual = &residual[0]
		}
	}
	for i, tiles := range [][]densePixels{d.tiles[:d.wide], d.tiles[d.wide:]} {
		if len(tiles) == 0 {
			continue
		}
		run.pixels, run.tiles, run.n = &tiles[0], len(tiles), d.most-i
		if r.depth == Four {
			dense4AVX2(&run)
		} else {
			dense1AVX2(&run)
		}
	}
}

// densePartial computes a panel with fewer outputs than it is wide: a tile at a time,
// through scratch memory.
func (r *panelRun) densePartial(block int, d denseTiles) {
	at, width := block*r.grid.outBlock, r.outs-block*Block
	for i, t := range d.tiles {
		n := d.most
		if i >= d.wide {
			n--
		}
		own := t.out
		var residual []float32
		for p := range n {
			t.out[p] = int32(p * Block)
			if r.residual != nil {
				residual = r.added
				copy(residual[p*Block:][:width], r.residual[at+int(own[p]):])
			}
		}
		r.densePass(block, 0, len(r.taps), denseTiles{n, 1, []densePixels{t}}, r.scratch, residual)
		for p := range n {
			copy(r.out[at+int(own[p]):][:width], r.scratch[p*Block:])
		}
	}
}

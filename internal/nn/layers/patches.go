package layers

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// patches lays the windows of a convolution of up to three dimensions over
// [channels, depth, height, width]; fewer dimensions are the last ones, the others
// have one value. A window at each of the positions becomes a column of a matrix
// [channels·kernel, positions].
type patches struct {
	channels     int
	kernel, size [3]int // of the window, of the volume
	positions    [3]int
	sources      [3][]int32 // convAxis.sources of each dimension
}

// volumeOf is the last three dimensions of a sample [channels, …].
func volumeOf(shape []int) (size [3]int) {
	size = [3]int{1, 1, 1}
	copy(size[4-len(shape):], shape[1:])
	return size
}

// newPatches has no sources yet: a shape is checked before there is room for it.
func newPatches(channels int, axes [3]convAxis, size, positions [3]int) *patches {
	return &patches{channels: channels, size: size, positions: positions, kernel: [3]int{axes[0].size, axes[1].size, axes[2].size}}
}

func (p *patches) findSources(axes [3]convAxis) {
	for d, axis := range axes {
		p.sources[d] = axis.sources(p.size[d], p.positions[d])
	}
}

// check bounds the matrix of a block; the number of positions was checked before.
func (p *patches) check() error {
	_, err := Elements([]int{p.rows(), p.block()})
	return err
}

func product(v [3]int) int { return v[0] * v[1] * v[2] }

// rows and cols are the size of the whole matrix, volume that of what it is made of.
func (p *patches) rows() int   { return p.channels * product(p.kernel) }
func (p *patches) cols() int   { return product(p.positions) }
func (p *patches) volume() int { return p.channels * product(p.size) }

// block is how many positions become columns at a time, so that their matrix stays
// in the second-level cache.
func (p *patches) block() int { return min(p.cols(), max(64, 1<<16/p.rows()/32*32)) }

// eachRun calls f for every run of positions with one depth and height, within rows
// k0 … k1-1 and positions p0 … p1-1 of the matrix, that is not all padding: its row
// and first position, the index of that line of the volume, and what of the line each
// position reads (−1 for padding).
func (p *patches) eachRun(k0, k1, p0, p1 int, f func(k, i, line int, from []int32)) {
	width := p.positions[2]
	for k := k0; k < k1; k++ {
		c, at := k/product(p.kernel), unravel(k%product(p.kernel), p.kernel)
		for i := p0; i < p1; {
			o := unravel(i, p.positions)
			n := min(width-o[2], p1-i)
			d, h := int(p.sources[0][at[0]*p.positions[0]+o[0]]), int(p.sources[1][at[1]*p.positions[1]+o[1]])
			if d >= 0 && h >= 0 {
				f(k, i, ((c*p.size[0]+d)*p.size[1]+h)*p.size[2], p.sources[2][at[2]*width+o[2]:][:n])
			}
			i += n
		}
	}
}

// unravel is the three indices of number i.
func unravel(i int, size [3]int) [3]int {
	return [3]int{i / size[2] / size[1], i / size[2] % size[1], i % size[2]}
}

// gather writes rows k0 … k1-1 of columns p0 … p1-1 of the matrix of x to dst,
// densely; transposed, a row of dst is a position.
func (p *patches) gather(dst, x []float32, k0, k1, p0, p1 int, transposed bool) {
	step, skip := p1-p0, 1
	if transposed {
		step, skip = 1, k1-k0
	}
	clear(dst[:(k1-k0)*(p1-p0)])
	p.eachRun(k0, k1, p0, p1, func(k, i, line int, from []int32) {
		to := (k-k0)*step + (i-p0)*skip
		for j, at := range from {
			if at >= 0 {
				dst[to+j*skip] = x[line+int(at)]
			}
		}
	})
}

// scatter adds columns p0 … p1-1 of the matrix to the values of x that they came from.
func (p *patches) scatter(x, src []float32, p0, p1 int) {
	p.eachRun(0, p.rows(), p0, p1, func(k, i, line int, from []int32) {
		for j, at := range from {
			if at >= 0 {
				x[line+int(at)] += src[k*(p1-p0)+i-p0+j]
			}
		}
	})
}

// cost is that of one pass over samples, for filters of other channels on the other
// side of the product and the given number of groups.
func (p *patches) cost(c Cost, filters, groups int) Cost {
	rows, cols := float64(p.rows()), float64(p.cols())
	blocks := float64(groups) * (cols/float64(p.block()) + 1)
	c.MultiplyAdds += float64(groups) * (rows*cols*float64(filters) + 2*costLoad*rows*cols)
	c.MultiplyAdds += costCall * blocks
	c.FLOPs = 2 * float64(groups) * rows * cols * float64(filters)
	for d := range 3 {
		c.TableBytes += 4 * float64(p.kernel[d]) * float64(p.positions[d])
	}
	c.TableBytes += 4 * rows * float64(p.block())
	return c
}

// eachBlock calls f for every block of positions.
func (p *patches) eachBlock(f func(p0, p1 int)) {
	for p0 := 0; p0 < p.cols(); p0 += p.block() {
		f(p0, min(p0+p.block(), p.cols()))
	}
}

// weightGrads computes one part of dw [filters, rows]: the sum over n samples of the
// product of one side [filters, positions] and the transposed matrix of a volume.
func (p *patches) weightGrads(dw kernel.Mat, part, parts, n int, sample func(i int) (side kernel.Mat, volume []float32)) {
	k0, k1 := span(p.rows(), part, parts)
	if k0 == k1 {
		return
	}
	buf, first := make([]float32, (k1-k0)*p.block()), true
	for i := range n {
		side, volume := sample(i)
		p.eachBlock(func(p0, p1 int) {
			p.gather(buf, volume, k0, k1, p0, p1, true)
			kernel.Gemm(dw.ColRange(k0, k1), side.ColRange(p0, p1), kernel.Dense(buf, p1-p0, k1-k0), kernel.Epilogue{Accumulate: !first})
			first = false
		})
	}
}

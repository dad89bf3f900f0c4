package layers

import "sync"

// convWork is what a state keeps: the sizes of a sample, the sources of both
// dimensions, and for each column of the kernel the outputs whose sources lie
// next to each other.
type convWork struct {
	h, w, oh, ow int
	rows, cols   []int32
	rowRuns      []outputRun   // by row of the kernel
	runs         []outputRun   // by column
	shifted      bool          // im2col of a plane is a copy of it, moved
	implicit     *implicitGEMM // nil if forward needs im2col
	scratch      sync.Pool     // of *[]float32: padded pictures, or patches
}

// borrow lends a scratch buffer of n floats, the same n every time: zeros, or
// what the last borrower left there. The handle goes back to wk.scratch.
func (wk *convWork) borrow(n int) (buf []float32, handle *[]float32) {
	if handle, ok := wk.scratch.Get().(*[]float32); ok && len(*handle) == n {
		return *handle, handle
	}
	buf = make([]float32, n)
	return buf, &buf
}

// outputRun is outputs start … end-1, whose sources begin at from.
type outputRun struct{ start, end, from int }

func (l *conv) Allocate(s *State, _ int) {
	h, w := picture(s.in, l.dims)
	oh, ow := picture(s.out, l.dims)
	wk := &convWork{h: h, w: w, oh: oh, ow: ow, rows: l.axes[0].sources(h, oh), cols: l.axes[1].sources(w, ow)}
	for ky := range l.axes[0].size {
		wk.rowRuns = append(wk.rowRuns, longestRun(wk.rows[ky*oh:][:oh]))
	}
	for kx := range l.axes[1].size {
		wk.runs = append(wk.runs, longestRun(wk.cols[kx*ow:][:ow]))
	}
	wk.shifted = ow == w && l.axes[0].stride == 1 && l.axes[1].stride == 1 && l.axes[0].mode == "zeros"
	wk.implicit = l.newImplicitGEMM(wk)
	s.work = wk
}

// longestRun finds the longest run of sources that count up by one.
func longestRun(sources []int32) outputRun {
	var best outputRun
	for start := 0; start < len(sources); {
		end := start + 1
		for end < len(sources) && sources[end] == sources[end-1]+1 && sources[start] >= 0 {
			end++
		}
		if sources[start] >= 0 && end-start > best.end-best.start {
			best = outputRun{start, end, int(sources[start])}
		}
		start = end
	}
	return best
}

// block is how many output positions become columns at a time, so that the
// matrix of their patches stays in the second-level cache.
func (l *conv) block() int { return max(64, 1<<16/l.patch()/32*32) }

// im2col writes rows k0 … k1-1 of the patches of output positions p0 … p1-1 to
// dst: element (k, p) goes to dst[(k−k0)·step + (p−p0)·skip]. x are the input
// channels of one group.
func (l *conv) im2col(dst, x []float32, wk *convWork, k0, k1, p0, p1, step, skip int) {
	kh, kw := l.axes[0].size, l.axes[1].size
	for k := k0; k < k1; k++ {
		c, ky, kx := k/(kh*kw), k/kw%kh, k%kw
		plane := x[c*wk.h*wk.w:][:wk.h*wk.w]
		out := dst[(k-k0)*step:]
		if wk.shifted && skip == 1 {
			wk.im2colPlane(out[:p1-p0], plane, ky, kx, p0, p1)
			continue
		}
		for p := p0; p < p1; {
			oy, ox := p/wk.ow, p%wk.ow
			end := min(wk.ow, ox+p1-p)
			into := out[(p-p0)*skip:]
			if iy := wk.rows[ky*wk.oh+oy]; iy >= 0 {
				wk.im2colRow(into, plane[int(iy)*wk.w:][:wk.w], kx, ox, end, skip)
			} else {
				for i := range end - ox {
					into[i*skip] = 0
				}
			}
			p += end - ox
		}
	}
}

// im2colPlane writes what one element of the kernel reads at outputs p0 … p1-1 if
// rows of input and output are equally long: the plane itself, moved by some rows
// and columns, with zeros outside of it.
func (wk *convWork) im2colPlane(dst, plane []float32, ky, kx, p0, p1 int) {
	rows, cols := wk.rowRuns[ky], wk.runs[kx]
	a, b := min(max(p0, rows.start*wk.ow), p1), max(min(p1, rows.end*wk.ow), p0)
	if a >= b || cols.start == cols.end {
		clear(dst)
		return
	}
	clear(dst[:a-p0])
	clear(dst[b-p0:])
	shift := (rows.from-rows.start)*wk.w + cols.from - cols.start
	lo, hi := max(a, -shift), min(b, len(plane)-shift)
	if lo < hi {
		copy(dst[lo-p0:hi-p0], plane[lo+shift:])
	}
	for row := a / wk.ow * wk.ow; row < b && cols.end-cols.start < wk.ow; row += wk.ow {
		for o := range cols.start {
			if p := row + o; p >= a && p < b {
				dst[p-p0] = 0
			}
		}
		for o := cols.end; o < wk.ow; o++ {
			if p := row + o; p >= a && p < b {
				dst[p-p0] = 0
			}
		}
	}
}

// im2colRow writes what column kx of the kernel reads at outputs ox … end-1 of a
// row.
func (wk *convWork) im2colRow(dst, row []float32, kx, ox, end, skip int) {
	cols := wk.cols[kx*wk.ow:][:wk.ow]
	at := func(o int) float32 {
		if ix := cols[o]; ix >= 0 {
			return row[ix]
		}
		return 0
	}
	if skip != 1 {
		for o := ox; o < end; o++ {
			dst[(o-ox)*skip] = at(o)
		}
		return
	}
	run := wk.runs[kx]
	start, stop := min(max(run.start, ox), end), max(min(run.end, end), ox)
	if start >= stop {
		start, stop = end, end
	}
	for o := ox; o < start; o++ {
		dst[o-ox] = at(o)
	}
	if start < stop {
		copy(dst[start-ox:stop-ox], row[run.from+start-run.start:])
	}
	for o := stop; o < end; o++ {
		dst[o-ox] = at(o)
	}
}

// col2im adds the gradient of the patches to that of what im2col read them from.
func (l *conv) col2im(dx, patches []float32, wk *convWork, p0, p1 int) {
	kh, kw := l.axes[0].size, l.axes[1].size
	for k := range l.patch() {
		c, ky, kx := k/(kh*kw), k/kw%kh, k%kw
		plane := dx[c*wk.h*wk.w:][:wk.h*wk.w]
		for p := p0; p < p1; p++ {
			iy, ix := wk.rows[ky*wk.oh+p/wk.ow], wk.cols[kx*wk.ow+p%wk.ow]
			if iy >= 0 && ix >= 0 {
				plane[int(iy)*wk.w+int(ix)] += patches[k*(p1-p0)+p-p0]
			}
		}
	}
}

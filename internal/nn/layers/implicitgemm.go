package layers

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// implicitGEMM multiplies the weights with patches without im2col: a convolution of
// stride 1 reads them in place, from a copy of the picture with its padding, since
// neighbouring outputs read neighbouring inputs.
type implicitGEMM struct {
	plane, width int     // floats from channel to channel and from row to row
	rows, cols   []int32 // the input that each padded row and column shows, or −1
	offsets      []int32 // of each element of a patch
	runs         []kernel.Run
}

// minLaneUse is the share of the vectors' lanes that outputs must fill; below it
// im2col costs less than the unused lanes.
const minLaneUse = 0.6

// newImplicitGEMM is nil if im2col is faster: for other strides, without vectors,
// for rows that fill them badly, and if the rows of the weights would evict each
// other from the first-level cache.
func (l *conv) newImplicitGEMM(wk *convWork) *implicitGEMM {
	y, x := l.axes[0], l.axes[1]
	vectors := (wk.ow + kernel.Slack - 1) / kernel.Slack * kernel.Slack
	switch {
	case kernel.Current() == kernel.Portable, y.stride != 1, x.stride != 1:
		return nil
	case float64(wk.ow) < minLaneUse*float64(vectors), 4*l.patch()%2048 == 0:
		return nil
	}
	d := &implicitGEMM{plane: l.paddedPlane(wk.h, wk.w), width: wk.w + x.before + x.after}
	if d.plane == 0 || d.plane > MaxElements/(l.in/l.groups) {
		return nil
	}
	height := wk.h + y.before + y.after
	for i := range height {
		d.rows = append(d.rows, int32(y.source(i-y.before, wk.h)))
	}
	for i := range d.width {
		d.cols = append(d.cols, int32(x.source(i-x.before, wk.w)))
	}
	for k := range l.patch() {
		c, ky, kx := k/(y.size*x.size), k/x.size%y.size, k%x.size
		d.offsets = append(d.offsets, int32(c*d.plane+ky*y.dilation*d.width+kx*x.dilation))
	}
	for oy := range wk.oh {
		d.runs = append(d.runs, kernel.Run{From: oy * d.width, To: oy * wk.ow, N: wk.ow})
	}
	return d
}

// scratchSize is how many floats the padded channels of a group take.
func (d *implicitGEMM) scratchSize(channels int) int { return channels*d.plane + 2*kernel.Slack }

// paddedPlane is how many floats a channel of h × w takes with its padding: an odd
// number of lines, so that channels fall into different sets of the cache. It is 0
// if there is so much padding that im2col is faster.
func (l *conv) paddedPlane(h, w int) int {
	y, x := l.axes[0], l.axes[1]
	padded := float64(h+y.before+y.after) * float64(w+x.before+x.after)
	if padded > float64(2*h*w+1<<7) {
		return 0
	}
	return 16 * (int(padded+15)/16 | 1)
}

// pad copies the channels of x to dst, and around them the inputs that the padding
// repeats, if it does. dst must be zero where the padding is.
func (d *implicitGEMM) pad(dst, x []float32, wk *convWork) {
	inner := longestRun(d.cols)
	for plane := 0; len(x) > 0; plane += d.plane {
		for i, from := range d.rows {
			if from < 0 {
				continue
			}
			row, to := x[int(from)*wk.w:][:wk.w], dst[plane+i*d.width:][:d.width]
			copy(to[inner.start:inner.end], row[inner.from:])
			for j, c := range d.cols[:inner.start] {
				if c >= 0 {
					to[j] = row[c]
				}
			}
			for j, c := range d.cols[inner.end:] {
				if c >= 0 {
					to[inner.end+j] = row[c]
				}
			}
		}
		x = x[wk.h*wk.w:]
	}
}

// forwardImplicit is Forward without im2col.
func (l *conv) forwardImplicit(s *State, lo, hi int) {
	wk := s.work.(*convWork)
	d := wk.implicit
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	buf, handle := wk.borrow(d.scratchSize(l.in / l.groups))
	defer wk.scratch.Put(handle)
	w := kernel.Im2col{Data: buf, Offsets: d.offsets, Runs: d.runs}
	for i := lo; i < hi; i++ {
		for g := range l.groups {
			d.pad(w.Data, s.xs(i, i+1)[g*ins:(g+1)*ins], wk)
			e := kernel.Epilogue{ReLU: s.fused.ReLU}
			if l.bias != nil {
				e.RowBias = l.bias.W[g*outs : (g+1)*outs]
			}
			y := kernel.Dense(s.ys(i, i+1), l.out, positions).RowRange(g*outs, (g+1)*outs)
			kernel.ImplicitGemm(y, kernel.Dense(l.weight.W[g*outs*patch:], outs, patch), w, e)
		}
	}
}

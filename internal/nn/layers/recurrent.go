package layers

import (
	"github.com/decloud-sdk/decloud-go/internal/elementary"
	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// recurrent is one direction of one layer of an LSTM, GRU or RNN, over samples
// of [time, features]. Its gates are those of PyTorch: LSTM i, f, g, o; GRU r,
// z, n with the reset after the product.
type recurrent struct {
	cell       cell
	in, hidden int
	reverse    bool
	wx, wh     *Param // [in, gates·hidden], [hidden, gates·hidden]
	bx, bh     *Param // nil without bias
	all        []*Param
}

// cell is the arithmetic of one sample at one step of time. Slices have one
// value for each hidden unit, those named gates one for each gate and unit.
type cell interface {
	gates() int
	// forward turns pre (from the input) and hid (from the hidden state, nil if it
	// was added to pre already) into activated gates, in pre, and writes the new
	// state to h and c; h0 and c0 are the state before.
	forward(pre, hid, h, c, h0, c0 []float32)
	// backward takes the gradient dh of h and, for the LSTM, dc of c. It writes
	// the gradients of both products to dpre and dhid and leaves in dh and dc the
	// gradients of the state before, without the products' share.
	backward(gates, hid, c, h0, c0, dh, dc, dpre, dhid []float32)
	// separate reports whether the two products must be kept apart.
	separate() bool
}

// recurrentPlan names its parameters as PyTorch does, with a suffix like
// _l0_reverse.
func recurrentPlan(c cell, in, hidden int, bias, reverse bool) Plan {
	g := c.gates() * hidden
	specs := []ParamSpec{
		{Name: "weight_ih", Shape: []int{g, in}, Transpose: true, Reread: true},
		{Name: "weight_hh", Shape: []int{g, hidden}, Transpose: true, Reread: true},
	}
	if bias {
		specs = append(specs, ParamSpec{Name: "bias_ih", Shape: []int{g}}, ParamSpec{Name: "bias_hh", Shape: []int{g}})
	}
	return single(specs, func(p []*Param) Layer {
		l := &recurrent{cell: c, in: in, hidden: hidden, reverse: reverse, wx: p[0], wh: p[1], all: p}
		if bias {
			l.bx, l.bh = p[2], p[3]
		}
		return l
	})
}

func (l *recurrent) Params() []*Param { return l.all }

func (l *recurrent) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if err := checkWidth(in, 2, l.in); err != nil {
		return nil, err
	}
	return []int{in[0], l.hidden}, nil
}

// ParamGradsFromBackward: the gradients of the weights are computed from what
// backward through time leaves.
func (l *recurrent) ParamGradsFromBackward() {}

func (l *recurrent) Cost(in [][]int, out []int) Cost {
	c, time := elementCost(in, out), float64(in[0][0])
	gates := time * float64(l.cell.gates()) * float64(l.hidden)
	products := gates * float64(l.in+l.hidden)
	c.MultiplyAdds += products + costElement*gates + costCall*time
	c.FLOPs = 2 * products
	c.Floats = 4 * gates
	c.BatchProduct = true
	return c
}

// recurrentWork: everything is [samples, time, …].
type recurrentWork struct {
	gates, hid, cells []float32
	dpre, dhid        []float32
}

func (l *recurrent) Allocate(s *State, capacity int) {
	n, g := capacity*s.in[0], l.cell.gates()*l.hidden
	w := &recurrentWork{gates: make([]float32, n*g), cells: make([]float32, n*l.hidden)}
	if l.cell.separate() {
		w.hid = make([]float32, n*g)
	}
	if s.train {
		w.dpre = make([]float32, n*g)
		w.dhid = w.dpre
		if l.cell.separate() {
			w.dhid = make([]float32, n*g)
		}
	}
	s.work = w
}

// at is the matrix of samples lo … hi-1 at time t of data [samples, time, width].
func at(data []float32, lo, hi, t, time, width int) kernel.Mat {
	if lo == hi {
		return kernel.Mat{ColStride: 1}
	}
	return kernel.Mat{Data: data[(lo*time+t)*width:], Rows: hi - lo, Cols: width, RowStride: time * width, ColStride: 1}
}

// step is the time of step i, and the one before it.
func (l *recurrent) step(i, time int) (t, before int) {
	if l.reverse {
		return time - 1 - i, time - i
	}
	return i, i - 1
}

func bias(p *Param) []float32 {
	if p == nil {
		return nil
	}
	return p.W
}

func (l *recurrent) Forward(s *State, lo, hi int) {
	w, time, g := s.work.(*recurrentWork), s.in[0], l.cell.gates()*l.hidden
	rows := (hi - lo) * time
	kernel.Gemm(kernel.Dense(w.gates[lo*time*g:], rows, g), kernel.Dense(s.xs(lo, hi), rows, l.in),
		kernel.Dense(l.wx.W, l.in, g), kernel.Epilogue{Bias: bias(l.bx)})
	wh := kernel.Dense(l.wh.W, l.hidden, g)
	zero := make([]float32, l.hidden)
	for i := range time {
		t, before := l.step(i, time)
		into, e := w.gates, kernel.Epilogue{Accumulate: true}
		if w.hid != nil {
			into, e = w.hid, kernel.Epilogue{Bias: bias(l.bh)}
		}
		c := at(into, lo, hi, t, time, g)
		a := at(s.y, lo, hi, max(before, 0), time, l.hidden)
		if i == 0 {
			a.Cols = 0 // there is no state yet
			kernel.Gemm(c, a, kernel.Mat{Cols: g, ColStride: 1}, e)
		} else {
			kernel.Gemm(c, a, wh, e)
		}
		for n := lo; n < hi; n++ {
			h, h0 := l.states(s.y, zero, n, t, before, i, time)
			cc, c0 := l.states(w.cells, zero, n, t, before, i, time)
			pre, hid := w.gates[(n*time+t)*g:][:g], w.hid
			if hid != nil {
				hid = hid[(n*time+t)*g:][:g]
			} else if l.bh != nil {
				for j, v := range l.bh.W {
					pre[j] += v
				}
			}
			l.cell.forward(pre, hid, h, cc, h0, c0)
		}
	}
}

// states are the state of sample n at time t and the one before.
func (l *recurrent) states(data, zero []float32, n, t, before, i, time int) (now, was []float32) {
	now, was = data[(n*time+t)*l.hidden:][:l.hidden], zero
	if i > 0 {
		was = data[(n*time+before)*l.hidden:][:l.hidden]
	}
	return now, was
}

func (l *recurrent) Backward(s *State, lo, hi int) {
	w, time, g := s.work.(*recurrentWork), s.in[0], l.cell.gates()*l.hidden
	wh := kernel.Dense(l.wh.W, l.hidden, g)
	rows := hi - lo
	zero := make([]float32, l.hidden)
	dh, dc, back := make([]float32, rows*l.hidden), make([]float32, rows*l.hidden), make([]float32, rows*l.hidden)
	for i := time - 1; i >= 0; i-- {
		t, before := l.step(i, time)
		for n := lo; n < hi; n++ {
			row := (n - lo) * l.hidden
			d, dcn := dh[row:][:l.hidden], dc[row:][:l.hidden]
			for j, v := range s.dy[(n*time+t)*l.hidden:][:l.hidden] {
				d[j] += v
			}
			_, h0 := l.states(s.y, zero, n, t, before, i, time)
			c, c0 := l.states(w.cells, zero, n, t, before, i, time)
			from := (n*time + t) * g
			hid := w.hid
			if hid != nil {
				hid = hid[from:][:g]
			}
			l.cell.backward(w.gates[from:][:g], hid, c, h0, c0, d, dcn, w.dpre[from:][:g], w.dhid[from:][:g])
		}
		kernel.GemmBT(kernel.Dense(back, rows, l.hidden), at(w.dhid, lo, hi, t, time, g), wh)
		for j, v := range back {
			dh[j] += v
		}
	}
	if s.dx == nil {
		return
	}
	all := rows * time
	kernel.GemmBT(kernel.Dense(s.dxs(lo, hi), all, l.in), kernel.Dense(w.dpre[lo*time*g:], all, g), kernel.Dense(l.wx.W, l.in, g))
}

func (l *recurrent) ParamGrads(s *State, part, parts int) {
	w, time, g := s.work.(*recurrentWork), s.in[0], l.cell.gates()*l.hidden
	rows := s.n * time
	lo, hi := span(l.in, part, parts)
	dpre := kernel.Dense(w.dpre, rows, g)
	kernel.Gemm(kernel.Dense(l.wx.G, l.in, g).RowRange(lo, hi), kernel.Dense(s.x, rows, l.in).T().RowRange(lo, hi), dpre, kernel.Epilogue{})
	lo, hi = span(l.hidden, part, parts)
	dwh := kernel.Dense(l.wh.G, l.hidden, g).RowRange(lo, hi)
	for n := range s.n {
		// The state of each step meets the gradient of the next.
		h, d := kernel.Dense(s.ys(n, n+1), time, l.hidden), kernel.Dense(w.dhid[n*time*g:], time, g)
		if l.reverse {
			h, d = h.RowRange(1, time), d.RowRange(0, time-1)
		} else {
			h, d = h.RowRange(0, time-1), d.RowRange(1, time)
		}
		kernel.Gemm(dwh, h.T().RowRange(lo, hi), d, kernel.Epilogue{Accumulate: n > 0})
	}
	if l.bx != nil {
		lo, hi = span(g, part, parts)
		kernel.ColSums(l.bx.G[lo:hi], dpre.ColRange(lo, hi))
		kernel.ColSums(l.bh.G[lo:hi], kernel.Dense(w.dhid, rows, g).ColRange(lo, hi))
	}
}

func sigmoid32(x float32) float32 { return float32(sigmoid(float64(x))) }
func tanh32(x float32) float32    { return float32(elementary.Tanh(float64(x))) }

package ops

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// states are those of n samples, [n, hidden]; only active ones have an input in a step.
type states struct {
	n       int
	h, cell []float32
	active  []bool
	free    []float32 // [n, gates + 2, hidden], for a step's use
}

// step computes the states after a step from what the inputs give to the gates, [n,
// gates·hidden], which it may overwrite.
type step func(l *direction, s *states, gates []float32)

// each calls f for every active sample with its number, gates, state
// and cell.
func (s *states) each(gates []float32, f func(i int, gates, h, cell []float32)) {
	rows, hidden := len(gates)/s.n, len(s.h)/s.n
	for i, active := range s.active {
		if active {
			f(i, gates[i*rows:][:rows], s.h[i*hidden:][:hidden], s.cell[i*hidden:][:hidden])
		}
	}
}

// activate is function i of x, which clip bounds.
func (l *direction) activate(i int, x []float32) {
	if l.clip > 0 {
		kernel.ApplyScaled(kernel.Clamp, x, x, -l.clip, l.clip)
	}
	l.f[i](x)
}

// recur adds what the states give to all gates.
func (l *direction) recur(s *states, gates []float32) {
	kernel.Gemm(kernel.Dense(gates, s.n, l.gates*l.hidden), kernel.Dense(s.h, s.n, l.hidden), l.r, kernel.Epilogue{Accumulate: true})
}

func (l *direction) rnn(s *states, gates []float32) {
	l.recur(s, gates)
	s.each(gates, func(_ int, gates, h, _ []float32) {
		l.activate(0, gates)
		copy(h, gates)
	})
}

func (l *direction) lstm(s *states, gates []float32) {
	l.recur(s, gates)
	n := l.hidden
	if l.usual && l.clip == 0 && l.peepholes == nil && !l.inputForget {
		s.each(gates, func(_ int, gates, h, cell []float32) { kernel.LSTMCell(h, cell, gates) })
		return
	}
	out := s.free[:n]
	s.each(gates, func(_ int, gates, h, cell []float32) {
		in, gate, forget, candidate := gates[:n], gates[n:2*n], gates[2*n:3*n], gates[3*n:]
		if l.peepholes == nil && !l.inputForget {
			l.activate(0, gates[:3*n])
		} else {
			l.peep(0, in, cell)
			l.activate(0, in)
			l.peep(2, forget, cell)
			l.activate(0, forget)
		}
		if l.inputForget {
			kernel.ApplyScaled(kernel.ScaleShift, forget, in, -1, 1)
		}
		l.activate(1, candidate)
		kernel.Mul(cell, cell, forget)
		kernel.Mul(candidate, candidate, in)
		kernel.Add(cell, cell, candidate)
		if l.peepholes != nil || l.inputForget {
			l.peep(1, gate, cell)
			l.activate(0, gate)
		}
		copy(out, cell)
		l.f[2](out)
		kernel.Mul(h, gate, out)
	})
}

// peep adds what the cell gives to a gate.
func (l *direction) peep(gate int, x, cell []float32) {
	if l.peepholes == nil {
		return
	}
	for i, p := range l.peepholes[gate*l.hidden:][:l.hidden] {
		x[i] += p * cell[i]
	}
}

// gru applies the reset gate before the product or, with linear_before_reset, after it,
// as PyTorch does.
func (l *direction) gru(s *states, gates []float32) {
	n := l.hidden
	own, reset := kernel.Dense(s.free, s.n, 3*n), kernel.Dense(s.free[3*n*s.n:], s.n, n)
	h, now := kernel.Dense(s.h, s.n, n), 3*n // gates that need no reset state
	if !l.linearBeforeReset {
		now = 2 * n
	}
	kernel.Gemm(own.ColRange(0, now), h, l.r.ColRange(0, now), kernel.Epilogue{Bias: l.recurrentBias})
	s.each(gates, func(i int, gates, _, _ []float32) {
		both := gates[:2*n]
		kernel.Add(both, both, own.Data[i*3*n:][:2*n])
		l.activate(0, both)
	})
	if !l.linearBeforeReset {
		s.each(gates, func(i int, gates, h, _ []float32) { kernel.Mul(reset.Data[i*n:][:n], gates[n:2*n], h) })
		kernel.Gemm(own.ColRange(now, 3*n), reset, l.r.ColRange(now, 3*n), kernel.Epilogue{Bias: l.recurrentBias[now:]})
	}
	s.each(gates, func(i int, gates, h, _ []float32) {
		keep, candidate, state := gates[:n], gates[2*n:], own.Data[i*3*n+2*n:][:n]
		if l.linearBeforeReset {
			kernel.Mul(state, state, gates[n:2*n])
		}
		kernel.Add(candidate, candidate, state)
		l.activate(1, candidate)
		for j, z := range keep {
			h[j] = (1-z)*candidate[j] + z*h[j]
		}
	})
}

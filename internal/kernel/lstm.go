package kernel

// LSTMCell is a step of an LSTM's states h and cell. gates [4, hidden] are what inputs and
// states give to the input, output, forget gate and the candidate, one after another; it may
// overwrite them:
//
//	cell = σ(forget)·cell + σ(input)·tanh(candidate)
//	h = σ(output)·tanh(cell)
func LSTMCell(h, cell, gates []float32) {
	n := len(h)
	cell, gates = cell[:n], gates[:4*n]
	done := lstmCellVector(h, cell, gates)
	if done == n {
		return
	}
	in, out, forget, candidate := gates[done:n], gates[n+done:2*n], gates[2*n+done:3*n], gates[3*n+done:]
	h, cell = h[done:], cell[done:]
	for _, gate := range [][]float32{in, out, forget} {
		Apply(Sigmoid, gate, gate)
	}
	Apply(Tanh, candidate, candidate)
	Mul(cell, cell, forget)
	Mul(candidate, candidate, in)
	Add(cell, cell, candidate)
	Apply(Tanh, h, cell)
	Mul(h, h, out)
}

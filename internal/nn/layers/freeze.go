package layers

// Freezer is a layer that does something else in training than in eval. Frozen is the
// layer without that: its outputs are those of eval, and it still has a backward pass.
// What is adapted beside it can then rely on what it computes.
type Freezer interface {
	Frozen() Layer
}

// Frozen: nothing is dropped.
func (d *dropout) Frozen() Layer { return &dropout{dims: d.dims} }

// Frozen: nothing is dropped.
func (l *alphaDropout) Frozen() Layer { return &alphaDropout{} }

// Frozen: no attention weight is dropped.
func (l *attention) Frozen() Layer {
	own := *l
	own.drop.p = 0
	return &own
}

// Frozen: no attention weight is dropped.
func (l *crossAttention) Frozen() Layer {
	own := *l
	own.drop.p = 0
	return &own
}

// Frozen: the statistics are the running ones, and stay what they are.
func (l *batchNorm) Frozen() Layer { return &frozenNorm{l} }

// frozenNorm is a BatchNorm in eval, also on the way back.
type frozenNorm struct{ of *batchNorm }

func (l *frozenNorm) Params() []*Param                        { return l.of.all }
func (l *frozenNorm) OutShape(inputs ...[]int) ([]int, error) { return l.of.OutShape(inputs...) }
func (l *frozenNorm) Cost(in [][]int, out []int) Cost         { return l.of.Cost(in, out) }
func (l *frozenNorm) ParamGrads(*State, int, int)             {}

func (l *frozenNorm) Forward(s *State, lo, hi int) { l.of.apply(s, s.x, s.y, lo, hi, l.of.running) }

func (l *frozenNorm) Backward(s *State, lo, hi int) {
	l.of.apply(s, s.dy, s.dx, lo, hi, func(c int) (mul, add float64) {
		mul, _ = l.of.running(c)
		return mul, 0
	})
}

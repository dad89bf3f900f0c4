package nn

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// A linear layer is wide where its weights are more than what a batch carries
// in and out. In training a team then shares out the rows of the weights, not
// the samples: a member keeps its own in its core's cache, from the forward pass
// to the optimizer, and only products are handed over. Fetching what another
// core has just changed takes longer than a small step's arithmetic, on some
// machines several times.

// Variables, so that tests can try them on small layers.
var (
	// blockRows is how many rows of the weights make one sum: blocks are summed
	// one by one and then added in order, whoever reckoned them, so that the bits
	// do not depend on the number of threads.
	blockRows = 256
	// mostSums is the most rows of a batch for which handing over the sums is less
	// than handing over the weights.
	mostSums = 256
	// manyWeights is from how many on it matters whose cache they lie in.
	manyWeights = 1 << 14
)

// blocks is how many sums make an output of a wide layer.
func (l *linear) blocks() int { return (l.in + blockRows - 1) / blockRows }

// wide reports whether the layer is, for a batch of n samples.
func (l *linear) wide(s *slot, n int) bool {
	rows := n * l.rows(s)
	return s.train && rows <= l.out && rows <= mostSums && l.in*l.out >= manyWeights
}

// forwardRows reckons a member's sums: whole blocks, or where there are more
// members than blocks, some of the samples of one.
func (l *linear) forwardRows(s *slot, part, parts int) {
	rows, blocks := s.n*l.rows(s), l.blocks()
	if parts <= blocks {
		lo, hi := span(blocks, part, parts)
		for b := lo; b < hi; b++ {
			l.sum(s, b, 0, rows)
		}
		return
	}
	b := part * blocks / parts
	from, to := (b*parts+blocks-1)/blocks, ((b+1)*parts+blocks-1)/blocks // the members that share b
	lo, hi := span(rows, part-from, to-from)
	l.sum(s, b, lo, hi)
}

// sum reckons rows lo … hi-1 of the sums of block b.
func (l *linear) sum(s *slot, b, lo, hi int) {
	rows := s.n * l.rows(s)
	k0, k1 := b*blockRows, min((b+1)*blockRows, l.in)
	e := kernel.Epilogue{}
	if b == 0 && l.bias != nil {
		e.Bias = l.bias.w
	}
	kernel.Gemm(kernel.Dense(s.sums[b*rows*l.out:], rows, l.out).RowRange(lo, hi),
		kernel.Dense(s.x, rows, l.in).RowRange(lo, hi).ColRange(k0, k1), kernel.Dense(l.weight.w, l.in, l.out).RowRange(k0, k1), e)
}

// ones are the weights of the sums.
var ones = [1]float32{1}

// addSums makes samples lo … hi-1 of the output of the sums.
func (l *linear) addSums(s *slot, lo, hi int) {
	size, all := (hi-lo)*s.outLen, s.n*s.outLen
	e := kernel.Epilogue{ReLU: s.fused.relu}
	if d := s.fused.dropout; d != nil {
		e.Scale = kernel.Dense(d.draw(s.fused.mask, lo, hi), 1, size)
	}
	one := kernel.Mat{Data: ones[:], Rows: 1, Cols: l.blocks()}
	sums := kernel.Dense(s.sums, l.blocks(), all).ColRange(lo*s.outLen, hi*s.outLen)
	kernel.Gemm(kernel.Dense(s.ys(lo, hi), 1, size), one, sums, e)
}

// backwardRows reckons a member's columns of the gradient of the input.
func (l *linear) backwardRows(s *slot, part, parts int) {
	rows := s.n * l.rows(s)
	lo, hi := l.share(s, part, parts)
	kernel.GemmBT(kernel.Dense(s.dx, rows, l.in).ColRange(lo, hi), kernel.Dense(s.dy, rows, l.out),
		kernel.Dense(l.weight.w, l.in, l.out).RowRange(lo, hi))
}

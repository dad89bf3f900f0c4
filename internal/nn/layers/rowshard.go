package layers

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// Row-sharding: in training, a linear layer whose weights are larger than a batch's
// inputs and outputs is divided among the threads by rows of its weights, not by
// samples. A member of the team keeps its own rows in its core's cache, from the
// forward pass to the optimizer, and only products are exchanged. Fetching what
// another core has just changed takes longer than a small step's arithmetic, on
// some machines several times as long.

// Variables, so that tests can try them on small layers.
var (
	// BlockRows is the number of rows of the weights that are summed together: the
	// sums of all blocks are then added in order, whichever thread computed them,
	// so that the bits do not depend on the number of threads.
	BlockRows = 256
	// MaxBatchRows is the most rows of a batch for which exchanging the sums costs
	// less than exchanging the weights.
	MaxBatchRows = 256
	// MinShardedWeights is the smallest number of weights for which it matters in
	// which core's cache they are.
	MinShardedWeights = 1 << 14
)

// blocks is the number of sums that make an output of a row-sharded layer.
func (l *linear) blocks() int { return (l.in + BlockRows - 1) / BlockRows }

// ShardsRows: in training only, since the threads of an eval pass each have
// samples of their own.
func (l *linear) ShardsRows(s *State, n int) bool {
	rows := n * l.rows(s)
	return s.train && rows <= l.out && rows <= MaxBatchRows && l.in*l.out >= MinShardedWeights
}

// ShardRows makes room for the sums of all blocks.
func (l *linear) ShardRows(s *State) bool {
	if s.sharded = l.ShardsRows(s, s.n); s.sharded {
		size := l.blocks() * s.n * s.outLen
		s.sums = slices.Grow(s.sums[:0], size)[:size]
	}
	return s.sharded
}

// ForwardRows computes a member's sums: whole blocks, or some of the samples of one
// if there are more members than blocks.
func (l *linear) ForwardRows(s *State, part, parts int) {
	rows, blocks := s.n*l.rows(s), l.blocks()
	if parts <= blocks {
		lo, hi := span(blocks, part, parts)
		for b := lo; b < hi; b++ {
			l.sumBlock(s, b, 0, rows)
		}
		return
	}
	b := part * blocks / parts
	from, to := (b*parts+blocks-1)/blocks, ((b+1)*parts+blocks-1)/blocks // the members that share b
	lo, hi := span(rows, part-from, to-from)
	l.sumBlock(s, b, lo, hi)
}

// sumBlock computes rows lo … hi-1 of the sums of block b.
func (l *linear) sumBlock(s *State, b, lo, hi int) {
	rows := s.n * l.rows(s)
	k0, k1 := b*BlockRows, min((b+1)*BlockRows, l.in)
	e := kernel.Epilogue{}
	if b == 0 && l.bias != nil {
		e.Bias = l.bias.W
	}
	kernel.Gemm(kernel.Dense(s.sums[b*rows*l.out:], rows, l.out).RowRange(lo, hi),
		kernel.Dense(s.x, rows, l.in).RowRange(lo, hi).ColRange(k0, k1), l.weight.Matrix().RowRange(k0, k1), e)
}

// ones are the weights of the sums.
var ones = [1]float32{1}

// addBlockSums makes samples lo … hi-1 of the output of the sums.
func (l *linear) addBlockSums(s *State, lo, hi int) {
	size, all := (hi-lo)*s.outLen, s.n*s.outLen
	e := kernel.Epilogue{ReLU: s.fused.ReLU}
	if s.fused.Scale != nil {
		e.Scale = kernel.Dense(s.fused.Scale(lo, hi), 1, size)
	}
	one := kernel.Mat{Data: ones[:], Rows: 1, Cols: l.blocks()}
	sums := kernel.Dense(s.sums, l.blocks(), all).ColRange(lo*s.outLen, hi*s.outLen)
	kernel.Gemm(kernel.Dense(s.ys(lo, hi), 1, size), one, sums, e)
}

// BackwardRows computes a member's columns of the gradient of the input.
func (l *linear) BackwardRows(s *State, part, parts int) {
	rows := s.n * l.rows(s)
	lo, hi := l.weightRows(s, part, parts)
	kernel.GemmBT(kernel.Dense(s.dx, rows, l.in).ColRange(lo, hi), kernel.Dense(s.dy, rows, l.out),
		kernel.Dense(l.weight.W, l.in, l.out).RowRange(lo, hi))
}

// weightRows are the rows of the weights [in, out] that belong to a member: of a
// row-sharded layer, those that it reads in the forward pass.
func (l *linear) weightRows(s *State, part, parts int) (lo, hi int) {
	if !s.sharded || parts > l.blocks() {
		return span(l.in, part, parts)
	}
	lo, hi = span(l.blocks(), part, parts)
	return lo * BlockRows, min(hi*BlockRows, l.in)
}

// ParamShare is the share that ParamGrads of the same part computes, so that the
// optimizer goes on with it in the same cache.
func (l *linear) ParamShare(s *State, i, part, parts int) (lo, hi int) {
	if i > 0 {
		return span(l.out, part, parts)
	}
	lo, hi = l.weightRows(s, part, parts)
	return lo * l.out, hi * l.out
}

package layers

import (
	"fmt"
	"slices"
)

func init() {
	register("Embedding", func(a *args) Plan {
		l := readEmbedding(a)
		return single([]ParamSpec{{Name: "weight", Shape: []int{l.count, l.dim}}}, func(p []*Param) Layer {
			l := *l
			l.weight = p[0]
			return &l
		})
	})
}

// readEmbedding reads the arguments of an embedding, or a bag of them.
func readEmbedding(a *args) *embedding {
	l := &embedding{count: a.size("num_embeddings"), dim: a.size("embedding_dim"), padding: -1}
	if _, set := a.get("padding_idx"); set {
		l.padding = a.int("padding_idx", 0, -l.count)
		if l.padding < 0 {
			l.padding += l.count
		}
		if l.padding >= l.count {
			a.failf("padding_idx %d is not below %d", l.padding, l.count)
		}
	}
	a.refuse("max_norm", nil)
	a.float("norm_type", 2) // of max_norm
	a.refuse("scale_grad_by_freq", false)
	a.bool("sparse", false) // how the gradient is stored
	return l
}

// embedding is torch.nn.Embedding: whole numbers become rows of the weight. The
// row of padding (−1 for none) gets no gradient.
type embedding struct {
	elementwise
	count, dim, padding int
	weight              *Param
}

func (l *embedding) Params() []*Param { return []*Param{l.weight} }

func (l *embedding) OutShape(inputs ...[]int) ([]int, error) {
	return append(slices.Clone(inputs[0]), l.dim), nil
}

func (l *embedding) PrepareBatch(s *State) error {
	for i, v := range s.x {
		if !(v >= 0 && v < float32(l.count) && v == float32(int(v))) {
			return fmt.Errorf("sample %d holds %v: want whole numbers from 0 to %d", s.first+i/s.inLen, v, l.count-1)
		}
	}
	return nil
}

func (l *embedding) Forward(s *State, lo, hi int) {
	y := s.ys(lo, hi)
	for i, v := range s.xs(lo, hi) {
		copy(y[i*l.dim:][:l.dim], l.weight.W[int(v)*l.dim:])
	}
}

// backward: an index has no gradient.
func (l *embedding) Backward(s *State, lo, hi int) { clear(s.dxs(lo, hi)) }

func (l *embedding) ParamGrads(s *State, part, parts int) {
	lo, hi := span(l.dim, part, parts)
	for row := range l.count {
		clear(l.weight.G[row*l.dim+lo : row*l.dim+hi])
	}
	for i, v := range s.x {
		if int(v) == l.padding {
			continue
		}
		g := l.weight.G[int(v)*l.dim:][:l.dim]
		dy := s.dy[i*l.dim:][:l.dim]
		for j := lo; j < hi; j++ {
			g[j] += dy[j]
		}
	}
}

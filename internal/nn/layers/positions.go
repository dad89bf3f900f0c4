package layers

import "fmt"

func init() {
	graphOnly["PositionEmbedding"] = true
	register("PositionEmbedding", func(a *args) Plan {
		l := &positions{count: a.size("num_embeddings"), dim: a.size("embedding_dim")}
		return single([]ParamSpec{{Name: "weight", Shape: []int{l.count, l.dim}}}, func(p []*Param) Layer {
			own := *l
			own.weight = p[0]
			return &own
		})
	})
}

// positions adds a learned vector to each token of a sequence, by its place: x [time, dim]
// becomes x + weight[:time], as GPT's torch.nn.Embedding of torch.arange(time).
type positions struct {
	elementwise
	count, dim int
	weight     *Param
}

func (l *positions) Params() []*Param { return []*Param{l.weight} }

func (l *positions) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) != 2 || in[0] > l.count || in[1] != l.dim {
		return nil, fmt.Errorf("want at most %d tokens of %d features", l.count, l.dim)
	}
	return append([]int{}, in...), nil
}

func (l *positions) Forward(s *State, lo, hi int) {
	for n := lo; n < hi; n++ {
		y := s.ys(n, n+1)
		for i, v := range s.xs(n, n+1) {
			y[i] = v + l.weight.W[i]
		}
	}
}

func (l *positions) Backward(s *State, lo, hi int) { copy(s.dxs(lo, hi), s.dys(lo, hi)) }

func (l *positions) ParamGrads(s *State, part, parts int) {
	lo, hi := span(len(l.weight.G), part, parts)
	clear(l.weight.G[lo:hi])
	hi = min(hi, s.inLen)
	for n := range s.n {
		dy := s.dys(n, n+1)
		for i := lo; i < hi; i++ {
			l.weight.G[i] += dy[i]
		}
	}
}

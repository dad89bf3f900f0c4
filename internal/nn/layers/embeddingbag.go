package layers

import "fmt"

func init() {
	register("EmbeddingBag", func(a *args) Plan {
		l := &embeddingBag{mode: a.choice("mode", "mean", "sum", "max")}
		l.embedding = *readEmbedding(a)
		a.refuse("include_last_offset", false)
		return single([]ParamSpec{{Name: "weight", Shape: []int{l.count, l.dim}}}, func(p []*Param) Layer {
			l := *l
			l.weight = p[0]
			return &l
		})
	})
}

// embeddingBag is torch.nn.EmbeddingBag without offsets: the rows of a sample's
// whole numbers are reduced to one, their sum, mean or maximum. The padding counts
// for nothing; without anything else the result is zeros.
type embeddingBag struct {
	embedding
	mode string
}

func (l *embeddingBag) OutShape(inputs ...[]int) ([]int, error) {
	if len(inputs[0]) != 1 {
		return nil, fmt.Errorf("want a list of whole numbers, one bag, per sample")
	}
	return []int{l.dim}, nil
}

func (l *embeddingBag) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	c.MultiplyAdds += costLoad * float64(in[0][0]) * float64(l.dim)
	c.FLOPs = float64(in[0][0]) * float64(l.dim)
	c.Floats = float64(l.dim) // the indices of the maxima
	return c
}

func (l *embeddingBag) Allocate(s *State, capacity int) {
	if l.mode == "max" {
		s.index = make([]int32, capacity*l.dim)
	}
}

func (l *embeddingBag) Forward(s *State, lo, hi int) {
	for n := lo; n < hi; n++ {
		y, count := s.ys(n, n+1), 0
		clear(y)
		for _, v := range s.xs(n, n+1) {
			if int(v) != l.padding {
				l.take(s, n, y, int(v), count == 0)
				count++
			}
		}
		if l.mode == "mean" && count > 1 {
			for i := range y {
				y[i] /= float32(count)
			}
		}
		if l.mode == "max" && count == 0 {
			for i := range y {
				s.index[n*l.dim+i] = -1
			}
		}
	}
}

// take reduces one more row into y.
func (l *embeddingBag) take(s *State, n int, y []float32, row int, first bool) {
	for i, v := range l.weight.W[row*l.dim:][:l.dim] {
		switch {
		case l.mode != "max":
			y[i] += v
		case first || v > y[i]:
			y[i], s.index[n*l.dim+i] = v, int32(row)
		}
	}
}

func (l *embeddingBag) ParamGrads(s *State, part, parts int) {
	lo, hi := span(l.dim, part, parts)
	for row := range l.count {
		clear(l.weight.G[row*l.dim+lo : row*l.dim+hi])
	}
	for n := range s.n {
		x, dy := s.xs(n, n+1), s.dys(n, n+1)
		if l.mode == "max" {
			for j := lo; j < hi; j++ {
				if row := int(s.index[n*l.dim+j]); row >= 0 {
					l.weight.G[row*l.dim+j] += dy[j]
				}
			}
			continue
		}
		share := l.share(x)
		for _, v := range x {
			if int(v) == l.padding {
				continue
			}
			for j := lo; j < hi; j++ {
				l.weight.G[int(v)*l.dim+j] += float32(dy[j] * share)
			}
		}
	}
}

// share is what one row counts for in the result of bag x.
func (l *embeddingBag) share(x []float32) float32 {
	count := 0
	for _, v := range x {
		if int(v) != l.padding {
			count++
		}
	}
	if l.mode == "sum" || count == 0 {
		return 1
	}
	return 1 / float32(count)
}

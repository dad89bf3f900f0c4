package nn

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// normBlock is how many elements of a gradient are summed at a time: the blocks
// are the same for any number of threads, and so is the order of their sums.
const normBlock = 4096

// adjust changes the gradients before the optimizer sees them: FedProx's pull
// back to the weights of the beginning (Li et al.: "Federated optimization in
// heterogeneous networks", 2020), which adds μ(w − w₀), then PyTorch's
// clip_grad_norm_ over all parameters.
func (t *Trainer) adjust() {
	if t.cfg.Prox != 0 {
		mu := float32(t.cfg.Prox)
		t.team.Run(func(part, parts int) {
			for i, p := range t.params {
				lo, hi := span(len(p.w), part, parts)
				for j := lo; j < hi; j++ {
					p.g[j] += mu * (p.w[j] - t.start[i][j])
				}
			}
		})
	}
	if t.cfg.ClipNorm == 0 {
		return
	}
	norm := t.gradNorm()
	if coef := t.cfg.ClipNorm / (norm + 1e-6); coef < 1 {
		t.team.Run(func(part, parts int) {
			for _, p := range t.params {
				lo, hi := span(len(p.g), part, parts)
				for j := lo; j < hi; j++ {
					p.g[j] *= float32(coef)
				}
			}
		})
	}
}

// gradNorm is the Euclidean norm of all gradients together.
func (t *Trainer) gradNorm() float64 {
	total := 0.0
	for _, p := range t.params {
		blocks := (len(p.g) + normBlock - 1) / normBlock
		sums := make([]float64, blocks)
		t.team.Run(func(part, parts int) {
			lo, hi := kernel.Span(blocks, part, parts)
			for b := lo; b < hi; b++ {
				for _, v := range p.g[b*normBlock : min((b+1)*normBlock, len(p.g))] {
					sums[b] += float64(v) * float64(v)
				}
			}
		})
		for _, s := range sums {
			total += s
		}
	}
	return math.Sqrt(total)
}

// remember keeps the weights that Prox pulls back to.
func (t *Trainer) remember() {
	if t.cfg.Prox == 0 {
		return
	}
	for _, p := range t.params {
		t.start = append(t.start, append([]float32{}, p.w...))
	}
}

package nn

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// normBlock is how many elements of a gradient are summed at a time: the blocks
// are the same for any number of threads, and so is the order of their sums.
const normBlock = 4096

// prepareGradients changes the gradients before the optimizer sees them: the
// proximal term first, then clipping.
func (t *Trainer) prepareGradients() {
	if t.cfg.Prox != 0 {
		t.addProximalTerm(float32(t.cfg.Prox))
	}
	if t.cfg.ClipNorm != 0 {
		t.clipNorm(t.cfg.ClipNorm)
	}
}

// addProximalTerm is FedProx's pull towards the initial weights (Li et al.:
// "Federated optimization in heterogeneous networks", 2020): it adds μ(w − w₀).
func (t *Trainer) addProximalTerm(mu float32) {
	t.team.Run(func(part, parts int) {
		for i, p := range t.params {
			lo, hi := kernel.Span(len(p.W), part, parts)
			for j := lo; j < hi; j++ {
				p.G[j] += float32(mu * (p.W[j] - t.start[i][j]))
			}
		}
	})
}

// clipNorm is PyTorch's clip_grad_norm_ over all parameters.
func (t *Trainer) clipNorm(limit float64) {
	coef := limit / (t.gradNorm() + 1e-6)
	if !(coef < 1) {
		return
	}
	t.team.Run(func(part, parts int) {
		for _, p := range t.params {
			lo, hi := kernel.Span(len(p.G), part, parts)
			for j := lo; j < hi; j++ {
				p.G[j] *= float32(coef)
			}
		}
	})
}

// gradNorm is the Euclidean norm of all gradients together.
func (t *Trainer) gradNorm() float64 {
	total := 0.0
	for _, p := range t.params {
		blocks := (len(p.G) + normBlock - 1) / normBlock
		sums := make([]float64, blocks)
		t.team.Run(func(part, parts int) {
			lo, hi := kernel.Span(blocks, part, parts)
			for b := lo; b < hi; b++ {
				for _, v := range p.G[b*normBlock : min((b+1)*normBlock, len(p.G))] {
					sums[b] += float64(float64(v) * float64(v))
				}
			}
		})
		for _, s := range sums {
			total += s
		}
	}
	return math.Sqrt(total)
}

// keepStart keeps the weights that the proximal term pulls towards.
func (t *Trainer) keepStart() {
	if t.cfg.Prox == 0 {
		return
	}
	for _, p := range t.params {
		t.start = append(t.start, append([]float32{}, p.W...))
	}
}

package lowrank

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/elementary"
	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Init is what PEFT begins with: A uniform within ±1/√(inputs) (Kaiming's with a = √5) and B zero, of an
// embedding A zero and B normal, so that nothing changes at first. The numbers are the
// seed's, the same on every processor; PEFT's come from PyTorch's generator.
func (c Config) Init(net *nn.Net, names []string, seed uint64) (map[string]tensor.Tensor, error) {
	places, err := c.places(net, names)
	if err != nil {
		return nil, err
	}
	weights := map[string]tensor.Tensor{}
	for i, p := range places {
		a, b := tensor.New(p.shapes[0]...), tensor.New(p.shapes[1]...)
		draw := stream{key: kernel.Stream(seed, uint64(i))}
		if p.table {
			for j := range b.Data {
				b.Data[j] = float32(draw.normal())
			}
		} else {
			bound := 1 / math.Sqrt(float64(len(a.Data)/p.rank))
			for j := range a.Data {
				a.Data[j] = float32(draw.uniform() * bound)
			}
		}
		weights[p.names[0]], weights[p.names[1]] = a, b
	}
	return weights, nil
}

// stream draws random numbers, one behind the other.
type stream struct{ key, next uint64 }

// uniform is in [−1, 1), in steps of 2⁻⁵².
func (s *stream) uniform() float64 {
	s.next++
	return float64(int64(kernel.Random(s.key, s.next-1)>>11)-1<<52) * 0x1p-52
}

// normal is of the standard normal distribution: Marsaglia's polar method, which needs no
// functions but a root and a logarithm.
func (s *stream) normal() float64 {
	for {
		u, v := s.uniform(), s.uniform()
		if r := float64(u*u) + float64(v*v); r > 0 && r < 1 {
			return u * math.Sqrt(float64(-2*elementary.Log(r))/r)
		}
	}
}

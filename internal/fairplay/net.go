package fairplay

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// names are the names of weights, sorted, so that random numbers are drawn in one order.
func names(weights map[string]safetensors.Tensor) []string {
	return slices.Sorted(maps.Keys(weights))
}

// changed is a copy of a head whose weights f may change.
func changed(head packagefmt.Network, f func(name string, data []float32)) packagefmt.Network {
	weights := map[string]safetensors.Tensor{}
	for _, name := range names(head.Weights) {
		t := head.Weights[name]
		t.Data = slices.Clone(t.Data)
		f(name, t.Data)
		weights[name] = t
	}
	return head.With(weights)
}

// noisy adds Gaussian noise of so much of each tensor's root mean square.
func noisy(head packagefmt.Network, scale float64, rng *rand.Rand) packagefmt.Network {
	return changed(head, func(_ string, data []float32) {
		squares := 0.0
		for _, v := range data {
			squares += float64(v) * float64(v)
		}
		deviation := scale * math.Sqrt(squares/float64(len(data)))
		for i := range data {
			data[i] += float32(deviation * rng.NormFloat64())
		}
	})
}

// scaled multiplies all weights.
func scaled(head packagefmt.Network, by float32) packagefmt.Network {
	return changed(head, func(_ string, data []float32) {
		for i := range data {
			data[i] *= by
		}
	})
}

// moved goes so many times as far from the base as the head did.
func moved(base, head packagefmt.Network, times float32) packagefmt.Network {
	return changed(head, func(name string, data []float32) {
		for i, from := range base.Weights[name].Data {
			data[i] = from + times*(data[i]-from)
		}
	})
}

// average is the mean of the weights.
func average(heads []packagefmt.Network) packagefmt.Network {
	return changed(heads[0], func(name string, data []float32) {
		for i := range data {
			sum := float32(0)
			for _, h := range heads {
				sum += h.Weights[name].Data[i]
			}
			data[i] = sum / float32(len(heads))
		}
	})
}

// The head is Linear, ReLU, Linear: its hidden units can be put in another order, or each made larger and what follows
// smaller, and it computes the same.
const (
	inWeight, inBias, outWeight = "layers.0.weight", "layers.0.bias", "layers.2.weight"
)

// permuted has its hidden units in another order.
func permuted(head packagefmt.Network, rng *rand.Rand) packagefmt.Network {
	hidden := head.Weights[inBias].Shape[0]
	return rewired(head, rng.Perm(hidden), func(int) float32 { return 1 })
}

// rescaled has each hidden unit multiplied by a random number from 0.5 to 2, and divided out behind.
func rescaled(head packagefmt.Network, rng *rand.Rand) packagefmt.Network {
	factors := make([]float32, head.Weights[inBias].Shape[0])
	for i := range factors {
		factors[i] = float32(math.Exp2(2*rng.Float64() - 1))
	}
	return rewired(head, span(0, len(factors)), func(i int) float32 { return factors[i] })
}

// rewired puts hidden unit from[i] at i, times(i) as large.
func rewired(head packagefmt.Network, from []int, times func(int) float32) packagefmt.Network {
	inputs, hidden := head.Weights[inWeight].Shape[1], len(from)
	return changed(head, func(name string, data []float32) {
		old := head.Weights[name].Data
		switch name {
		case inWeight:
			for i := range data {
				data[i] = old[from[i/inputs]*inputs+i%inputs] * times(i/inputs)
			}
		case inBias:
			for i := range data {
				data[i] = old[from[i]] * times(i)
			}
		case outWeight:
			for i := range data {
				data[i] = old[i/hidden*hidden+from[i%hidden]] / times(i%hidden)
			}
		}
	})
}

package main

import (
	"math"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// dirichletShares divides ds into parts whose mixes of classes are drawn from a
// Dirichlet distribution: the smaller α, the more they differ (Hsu, Qi, Brown 2019).
// Every part has two classes at least, so that it can be trained on.
func dirichletShares(ds dataset.Dataset, parts int, alpha float64, seed uint64) ([]dataset.Dataset, error) {
	byClass := map[int][]int{}
	sample := make([]float32, 784)
	for i := range ds.Len() {
		label, err := ds.Sample(i, sample)
		if err != nil {
			return nil, err
		}
		byClass[label] = append(byClass[label], i)
	}
	rng := rand.New(rand.NewPCG(seed, 3))
	index := make([][]int, parts)
	for class := range len(byClass) {
		rest := byClass[class]
		for p := range parts { // one of each class for everybody
			index[p] = append(index[p], rest[p])
		}
		rest = rest[parts:]
		weights, sum := make([]float64, parts), 0.0
		for p := range weights {
			weights[p] = gamma(rng, alpha)
			sum += weights[p]
		}
		from, upTo := 0, 0.0
		for p, w := range weights {
			upTo += w / sum
			to := min(len(rest), int(math.Round(upTo*float64(len(rest)))))
			index[p] = append(index[p], rest[from:to]...)
			from = to
		}
	}
	out := make([]dataset.Dataset, parts)
	var err error
	for p := range out {
		if out[p], err = dataset.Subset(ds, index[p]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// gamma draws from the gamma distribution of that shape (Marsaglia, Tsang 2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(rng, shape+1) * math.Pow(rng.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := rng.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

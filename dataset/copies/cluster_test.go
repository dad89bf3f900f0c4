package copies

import "math/rand/v2"

// clustered are outputs as an encoder with ReLU gives them: ten classes, half of the values 0,
// cosines within a class some 0.9.
func clustered(n, dim int) [][]float32 {
	rng := rand.New(rand.NewPCG(11, 12))
	centres := make([][]float32, 10)
	for c := range centres {
		centres[c] = make([]float32, dim)
		for i := range centres[c] {
			centres[c][i] = float32(rng.NormFloat64())
		}
	}
	list := make([][]float32, n)
	for k := range list {
		list[k] = make([]float32, dim)
		for i, v := range centres[k%10] {
			list[k][i] = max(0, v+float32(0.35*rng.NormFloat64()))
		}
	}
	return list
}

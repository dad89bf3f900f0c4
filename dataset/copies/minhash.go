package copies

import "math/rand/v2"

const (
	// permutations of MinHash.
	permutations = 128
	// gram is how many words are compared as one.
	gram = 5
	// bands are groups of permutations: texts that agree in none of them are not compared any
	// further. Of those that share half of their 5-grams 4 in 100 are missed, of those that
	// share two thirds 2 in 10,000.
	bands = 24
	// width of a band, in permutations.
	width = 3
	// alike is how many permutations must agree: half, a Jaccard index of 0.5.
	alike = permutations / 2
)

// signature is the MinHash of a text: of each permutation the smallest value's last 8 bits.
type signature [permutations]uint8

// multipliers and shifts make 128 functions of one hash, from a fixed seed.
var multipliers, shifts = func() (a, b [permutations]uint64) {
	rng := rand.New(rand.NewPCG(0xdec10d, permutations))
	for i := range a {
		a[i], b[i] = rng.Uint64()|1, rng.Uint64()
	}
	return a, b
}()

// minHash hashes a text's word 5-grams; of a shorter one all its words at once.
func minHash(list []string) (sig signature, keys [bands]uint32) {
	var least [permutations]uint32
	for i := range least {
		least[i] = 1<<32 - 1
	}
	hashes := make([]uint64, len(list))
	for i, w := range list {
		hashes[i] = hashOf(w)
	}
	for i := range max(1, len(hashes)-gram+1) {
		var h uint64
		for _, w := range hashes[i:min(i+gram, len(hashes))] {
			h = mix(h + w)
		}
		for k := range least {
			least[k] = min(least[k], uint32((h*multipliers[k]+shifts[k])>>32))
		}
	}
	for k, v := range least {
		sig[k] = uint8(v)
	}
	for b := range keys {
		h := uint64(b)
		for _, v := range least[b*width : (b+1)*width] {
			h = mix(h + uint64(v))
		}
		keys[b] = uint32(h >> 32)
	}
	return sig, keys
}

// agree is how many permutations have the same value.
func (s *signature) agree(t *signature) (n int) {
	for i := range s {
		if s[i] == t[i] {
			n++
		}
	}
	return n
}

// hashOf is FNV-1a.
func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mix is SplitMix64's.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

package nn

// Random numbers. Shuffles, dropout masks and the key of each layer and step
// all come from SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
// number generators", OOPSLA 2014) as a function of (key, counter): element i of
// a mask does not depend on which goroutine asks for it, or in what order.

const golden = 0x9e3779b97f4a7c15

// mix is SplitMix64's output function.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// stream derives an independent key from a key and a number.
func stream(key, n uint64) uint64 { return mix(mix(key+golden) ^ (n+1)*golden) }

// random is draw i of the stream with the given key.
func random(key, i uint64) uint64 { return mix(key + (i+1)*golden) }

// dropMask fills mask with elements first, first+1, … of a dropout mask: 0 with
// probability p (to within 2⁻³²), 1/(1−p) otherwise. Two elements share a draw.
func dropMask(mask []float32, p float64, key uint64, first int) {
	limit := uint64(p * (1 << 32))
	keep := float32(0)
	if p < 1 {
		keep = float32(1 / (1 - p))
	}
	values := [2]float32{0, keep}
	for i := range mask {
		e := uint64(first + i)
		u := random(key, e>>1) >> (32 * (e & 1)) & 0xffffffff
		above := uint64(0)
		if u >= limit {
			above = 1
		}
		mask[i] = values[above]
	}
}

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
	values := [2]float32{keep, 0}
	// u < limit exactly where the difference borrows: no branch to mispredict.
	pick := func(u uint64) float32 { return values[(u-limit)>>63] }
	if first%2 == 1 && len(mask) > 0 {
		mask[0] = pick(random(key, uint64(first/2)) >> 32)
		mask, first = mask[1:], first+1
	}
	draw := uint64(first / 2)
	for len(mask) >= 2 {
		u := random(key, draw)
		mask[0], mask[1] = pick(u&0xffffffff), pick(u>>32)
		mask, draw = mask[2:], draw+1
	}
	if len(mask) == 1 {
		mask[0] = pick(random(key, draw) & 0xffffffff)
	}
}

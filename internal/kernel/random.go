package kernel

// Random numbers are SplitMix64's (Steele, Lea, Flood: "Fast splittable
// pseudorandom number generators", OOPSLA 2014) as a function of (key, number):
// no draw depends on the goroutine that makes it, or on their order. All
// classes give the same bits.

const golden, mix1, mix2 = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * mix1
	z = (z ^ z>>27) * mix2
	return z ^ z>>31
}

// Stream returns an independent key derived from a key and a number.
func Stream(key, n uint64) uint64 { return mix(mix(key+golden) ^ (n+1)*golden) }

// Random returns draw i of the stream with the given key.
func Random(key, i uint64) uint64 { return mix(key + (i+1)*golden) }

// DropMask fills mask with elements first, first+1, … of a dropout mask: 0 with
// probability p (to within 2⁻³²), 1/(1−p) otherwise. Two elements share a draw.
func DropMask(mask []float32, p float64, key uint64, first int) {
	if p >= 1 {
		clear(mask)
		return
	}
	limit, keep := uint32(p*(1<<32)), float32(1/(1-p))
	if first%2 == 1 && len(mask) > 0 {
		mask[0] = pick(uint32(Random(key, uint64(first/2))>>32), limit, keep)
		mask, first = mask[1:], first+1
	}
	draw := uint64(first / 2)
	if class := Current(); class != Portable {
		n := dropMaskVector(mask, limit, keep, key+(draw+1)*golden, class)
		mask, draw = mask[n:], draw+uint64(n/2)
	}
	for ; len(mask) >= 2; mask, draw = mask[2:], draw+1 {
		u := Random(key, draw)
		mask[0], mask[1] = pick(uint32(u), limit, keep), pick(uint32(u>>32), limit, keep)
	}
	if len(mask) == 1 {
		mask[0] = pick(uint32(Random(key, draw)), limit, keep)
	}
}

// pick returns keep if u ≥ limit, else 0, without a branch that could be
// mispredicted.
func pick(u, limit uint32, keep float32) float32 {
	values := [2]float32{keep, 0}
	return values[(uint64(u)-uint64(limit))>>63]
}

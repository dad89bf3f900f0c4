package dataset

import (
	"fmt"
	"math"
)

// resized returns the picture in the size that r says, as torchvision's Resize
// and CenterCrop of a PIL image.
func (p picture) resized(r Resize) (picture, error) {
	w, h := p.w, p.h
	switch {
	case len(r.Size) == 2:
		h, w = r.Size[0], r.Size[1]
	case w <= h:
		h, w = r.Size[0]*h/w, r.Size[0]
	default:
		w, h = r.Size[0]*w/h, r.Size[0]
	}
	if w > maxImagePixels/h {
		return picture{}, fmt.Errorf("%w: %d×%d pixels become %d×%d", ErrTooLarge, p.w, p.h, w, h)
	}
	f := bilinear
	if r.Filter == "bicubic" {
		f = bicubic
	}
	if w != p.w {
		p = p.resampleX(w, f)
	}
	if h != p.h {
		p = p.resampleY(h, f)
	}
	if len(r.Crop) == 2 && (r.Crop[0] != h || r.Crop[1] != w) {
		p = p.crop(halfEven(w-r.Crop[1]), halfEven(h-r.Crop[0]), r.Crop[1], r.Crop[0])
	}
	return p, nil
}

// halfEven is n/2, rounded to even as Python's round.
func halfEven(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

// filter is a resampling filter: its weight at a distance, 0 from support on.
type filter struct {
	weight  func(x float64) float64
	support float64
}

var (
	bilinear = filter{func(x float64) float64 { return max(0, 1-math.Abs(x)) }, 1}
	// bicubic has a = −0.5, as Pillow's
	bicubic = filter{func(x float64) float64 {
		const a = -0.5
		switch x = math.Abs(x); {
		case x < 1:
			return ((a+2)*x-(a+3))*x*x + 1
		case x < 2:
			return (((x-5)*x+8)*x - 4) * a
		}
		return 0
	}, 2}
)

// weightBits are the bits behind the point of a weight, so that the sum of 8-bit
// pixels fits into 32 bits: Pillow's PRECISION_BITS.
const weightBits = 32 - 8 - 2

// taps are the source pixels, from first on, that make up one target pixel.
type taps struct {
	first   int
	weights []int32
}

// allTaps returns the taps of all target pixels, as Pillow's precompute_coeffs
// and normalize_coeffs_8bpc (Resample.c): when shrinking, the filter is as much
// wider, which is what torchvision calls antialiasing.
func (f filter) allTaps(from, to int) []taps {
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	support := f.support * wide
	all := make([]taps, to)
	for i := range all {
		center := (float64(i) + 0.5) * scale
		first := max(0, int(center-support+0.5))
		end := min(from, int(center+support+0.5))
		weights, sum := make([]float64, end-first), 0.0
		for j := range weights {
			weights[j] = f.weight((float64(j+first) - center + 0.5) * (1 / wide))
			sum += weights[j]
		}
		all[i] = taps{first, make([]int32, len(weights))}
		for j, w := range weights {
			if sum != 0 {
				w *= 1 / sum
			}
			all[i].weights[j] = int32(math.Copysign(0.5, w) + w*(1<<weightBits))
		}
	}
	return all
}

// roundWeight is half of what a sum of weighed pixels is divided by.
const roundWeight = 1 << (weightBits - 1)

// resampleX changes the width.
func (p picture) resampleX(w int, f filter) picture {
	out := picture{w, p.h, p.channels, make([]byte, w*p.h*p.channels)}
	all := f.allTaps(p.w, w)
	row := taps.grey
	if p.channels == 3 {
		row = taps.colours
	}
	for y := range p.h {
		from := p.pix[y*p.w*p.channels:][:p.w*p.channels]
		to := out.pix[y*w*p.channels:]
		for _, t := range all {
			row(t, from, to)
			to = to[p.channels:]
		}
	}
	return out
}

// grey computes a pixel of one channel.
func (t taps) grey(row, to []byte) {
	sum := int32(roundWeight)
	from := row[t.first:][:len(t.weights)]
	for i, weight := range t.weights {
		sum += int32(from[i]) * weight
	}
	to[0] = clamp32(sum >> weightBits)
}

// colours computes a pixel of three channels, from two pixels at a time.
func (t taps) colours(row, to []byte) {
	r, g, b := int32(roundWeight), int32(roundWeight), int32(roundWeight)
	from, weights := row[3*t.first:], t.weights
	for len(weights) >= 2 && len(from) >= 6 {
		v, w0, w1 := (*[6]byte)(from), weights[0], weights[1]
		r += int32(v[0])*w0 + int32(v[3])*w1
		g += int32(v[1])*w0 + int32(v[4])*w1
		b += int32(v[2])*w0 + int32(v[5])*w1
		from, weights = from[6:], weights[2:]
	}
	if len(weights) == 1 {
		v, w := (*[3]byte)(from), weights[0]
		r += int32(v[0]) * w
		g += int32(v[1]) * w
		b += int32(v[2]) * w
	}
	rgb := (*[3]byte)(to)
	rgb[0], rgb[1], rgb[2] = clamp32(r>>weightBits), clamp32(g>>weightBits), clamp32(b>>weightBits)
}

// resampleY changes the height.
func (p picture) resampleY(h int, f filter) picture {
	out := picture{p.w, h, p.channels, make([]byte, p.w*h*p.channels)}
	stride := p.w * p.channels
	sums := make([]int32, stride)
	for y, t := range f.allTaps(p.h, h) {
		for i := range sums {
			sums[i] = roundWeight
		}
		from, weights := p.pix[t.first*stride:], t.weights
		for ; len(weights) >= 2; from, weights = from[2*stride:], weights[2:] {
			addRows(sums, from, from[stride:], weights[0], weights[1])
		}
		if len(weights) == 1 {
			addRows(sums, from, from, weights[0], 0)
		}
		to := out.pix[y*stride:][:stride]
		for i, sum := range sums {
			to[i] = clamp32(sum >> weightBits)
		}
	}
	return out
}

// addRows adds two weighed rows to the sums.
func addRows(sums []int32, a, b []byte, weightA, weightB int32) {
	a, b = a[:len(sums)], b[:len(sums)]
	for i := range sums {
		sums[i] += int32(a[i])*weightA + int32(b[i])*weightB
	}
}

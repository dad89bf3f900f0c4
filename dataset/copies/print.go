package copies

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// one is the length of a direction, in steps.
const one = 1 << 14

// steps is how many steps of a quantised sample make 1.
const steps = 64

// Print is what a row is compared by. The zero value is like no other.
type Print struct {
	exact     [16]byte   // digest of the canonical form
	text      *textPrint // of texts
	direction []int16    // of other samples: that of the encoder's output, of length one
}

type textPrint struct {
	sig  signature
	keys [bands]uint32
}

// OfText is the print of a text. Its cost is that of its length.
func OfText(text string) Print {
	list := words(text)
	h := sha256.New()
	for _, w := range list {
		h.Write([]byte(w))
		h.Write([]byte{0})
	}
	if len(list) == 0 { // nothing but signs
		h.Write([]byte(text))
	}
	t := &textPrint{}
	t.sig, t.keys = minHash(list)
	if len(list) == 0 {
		t = nil
	}
	return Print{exact: [16]byte(h.Sum(nil)), text: t}
}

// OfSample is the print of a sample of numbers, as the package's preprocessing normalizes it, and
// of the encoder's output for it. Both must be finite.
func OfSample(sample, output []float32) Print {
	h := sha256.New()
	b := make([]byte, 0, 4*len(sample))
	for _, v := range sample {
		q := math.Floor(float64(float64(v)*steps) + 0.5)
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(min(max(q, math.MinInt32), math.MaxInt32))))
	}
	h.Write(b)
	return Print{exact: [16]byte(h.Sum(nil)), direction: directionOf(output)}
}

// directionOf scales an output to length one; nil if it has none.
func directionOf(output []float32) []int16 {
	var square float64
	for _, v := range output {
		square += float64(float64(v) * float64(v))
	}
	if !(square > 0) || math.IsInf(square, 0) {
		return nil
	}
	length := math.Sqrt(square)
	d := make([]int16, len(output))
	for i, v := range output {
		d[i] = int16(math.Floor(float64(float64(v)/length*one) + 0.5))
	}
	return d
}

// apart is the squared distance of two directions, or something over limit if it is larger.
func apart(a, b []int16, limit int64) (sum int64) {
	for len(a) >= 8 && len(b) >= 8 {
		for i := range 8 {
			d := int64(a[i]) - int64(b[i])
			sum += d * d
		}
		if sum > limit {
			return sum
		}
		a, b = a[8:], b[8:]
	}
	for i := range min(len(a), len(b)) {
		d := int64(a[i]) - int64(b[i])
		sum += d * d
	}
	return sum
}

// squareOf is the squared distance of directions with that cosine.
func squareOf(cosine float64) int64 { return int64(math.Floor(float64(2*one*one) * (1 - cosine))) }

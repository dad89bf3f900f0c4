package validator

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

const (
	// CopyDistance is the [Likeness].Distance under which a head with a hidden layer may be a
	// copy.
	CopyDistance = 0.01
	// disagreements is one in how many samples a copy may answer otherwise: 99.5 % agree.
	disagreements = 200
)

// Likeness is how like two heads are in what they compute on the same samples, whatever their
// weights are: hidden units in another order, or rescaled, change nothing.
type Likeness struct {
	// Distance is √(1 − R²), R being the correlation of the outputs, or 0 if that is negative:
	// outputs are centred within each sample (a constant added to all classes changes no answer),
	// then within each class. 0 for the same outputs up to a positive factor; 1 for unrelated
	// ones, and where outputs are constant.
	Distance float64
	// Agree is on how many of the Samples both give the same answer.
	Agree, Samples int
}

// Copy reports whether one head is a copy of the other, if it has a hidden layer: the distance
// is under [CopyDistance] and 99.5 % of the answers are the same.
func (l Likeness) Copy() bool {
	return l.Distance < CopyDistance && l.Samples-l.Agree <= l.Samples/disagreements
}

// CompareOutputs compares two heads' outputs [n, classes] over the same samples. It fails if
// the shapes differ or an output is not finite.
func CompareOutputs(a, b safetensors.Tensor) (Likeness, error) {
	if len(a.Shape) != 2 || !slices.Equal(a.Shape, b.Shape) || a.Check() != nil || b.Check() != nil {
		return Likeness{}, fmt.Errorf("outputs of shape %v and %v: want finite ones, [n, classes], of the same samples", a.Shape, b.Shape)
	}
	m, classes := newMoments(a.Shape[1]), a.Shape[1]
	for i := range a.Shape[0] {
		m.add(a.Data[i*classes:][:classes], b.Data[i*classes:][:classes])
	}
	return m.likeness(), nil
}

// moments are sums over samples of two heads' outputs, centred within the sample, by class.
// Products are rounded before they are added, so that no processor fuses the two: what is
// a copy is one for everybody.
type moments struct {
	n, agree     int
	meanA, meanB []float64
	aa, bb, ab   float64 // of what is left without the class's mean, over all classes
}

func newMoments(classes int) *moments {
	return &moments{meanA: make([]float64, classes), meanB: make([]float64, classes)}
}

// add adds a sample's outputs. Means move as in Welford's algorithm, which loses nothing where
// they are large.
func (m *moments) add(a, b []float32) {
	m.n++
	if nn.Argmax(a) == nn.Argmax(b) {
		m.agree++
	}
	centreA, centreB, n := mean(a), mean(b), float64(m.n)
	for c := range a {
		fromA := float64(a[c]) - centreA - m.meanA[c]
		fromB := float64(b[c]) - centreB - m.meanB[c]
		m.meanA[c] += fromA / n
		m.meanB[c] += fromB / n
		left := (n - 1) / n
		m.aa += float64(float64(fromA*fromA) * left)
		m.bb += float64(float64(fromB*fromB) * left)
		m.ab += float64(float64(fromA*fromB) * left)
	}
}

func mean(row []float32) (sum float64) {
	for _, v := range row {
		sum += float64(v)
	}
	return sum / float64(len(row))
}

func (m *moments) likeness() Likeness {
	l := Likeness{Distance: 1, Agree: m.agree, Samples: m.n}
	if m.ab > 0 {
		r := m.ab / math.Sqrt(m.aa) / math.Sqrt(m.bb)
		l.Distance = math.Sqrt(max(0, 1-float64(r*r)))
	}
	return l
}

// likeness compares two heads on the split.
func (s split) likeness(ctx context.Context, a, b packagefmt.Network, next chunks) (Likeness, error) {
	of, err := s.outputsOf(a)
	if err != nil {
		return Likeness{}, err
	}
	with, err := s.outputsOf(b)
	if err != nil {
		return Likeness{}, err
	}
	m := newMoments(of.classes)
	if with.classes != of.classes {
		return m.likeness(), nil
	}
	err = of.forChunks(ctx, next, func(lo, hi int, y []float32) error {
		z, err := with.forward(lo, hi)
		if err != nil {
			return err
		}
		for i := 0; i < len(y); i += of.classes {
			m.add(y[i:][:of.classes], z[i:][:of.classes])
		}
		return nil
	})
	return m.likeness(), err
}

// digested is how many samples' answers make one byte of a print.
const digested = 64

// digest is short for a head's answers: a byte for each so many samples. Heads whose digests
// differ in more bytes than a copy may in answers are no copies of each other.
type digest []byte

func (p *digest) add(i, answer int) {
	if i%digested == 0 {
		*p = append(*p, 0)
	}
	last := &(*p)[len(*p)-1]
	*last = *last*31 + byte(answer) + byte(answer>>8)
}

// mayAgree reports whether heads with these digests can agree on n samples as copies do; one
// that is not known excludes nothing.
func mayAgree(a, b []byte, n int) bool {
	if len(a) != len(b) {
		return true
	}
	differ := 0
	for i := range a {
		if a[i] != b[i] {
			differ++
		}
	}
	return differ <= n/disagreements
}

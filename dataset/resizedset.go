package dataset

import (
	"fmt"
	"slices"
)

// resizedSet is a set of images of values 0 … 1 in another size. It computes with
// bytes, as the pictures in a folder are resized.
type resizedSet struct {
	of     Described
	shape  []int
	resize Resize
}

func (s *resizedSet) Len() int             { return s.of.Len() }
func (s *resizedSet) Shape() []int         { return slices.Clone(s.shape) }
func (s *resizedSet) Classes() int         { return s.of.Classes() }
func (s *resizedSet) ClassNames() []string { return ClassNames(s.of) }

func (s *resizedSet) isListed() bool {
	l, ok := s.of.(interface{ isListed() bool })
	return ok && l.isListed()
}

func (s *resizedSet) Sample(i int, dst []float32) (int, error) {
	if n := s.shape[0] * s.shape[1] * s.shape[2]; len(dst) != n {
		return 0, fmt.Errorf("%w: %d values, a sample of shape %v has %d", ErrBuffer, len(dst), s.shape, n)
	}
	from := s.of.Shape()
	values := make([]float32, from[0]*from[1]*from[2])
	label, err := s.of.Sample(i, values)
	if err != nil {
		return 0, err
	}
	p := picture{from[2], from[1], from[0], make([]byte, len(values))}
	plane := p.w * p.h
	for j, v := range values {
		if !(v >= 0 && v <= 1) {
			return 0, fmt.Errorf("%w: sample %d: value %v; images that are resized have values 0 to 1", ErrFormat, i, v)
		}
		p.pix[j%plane*p.channels+j/plane] = toByte(v)
	}
	if p, err = p.resized(s.resize); err != nil {
		return 0, err
	}
	if p.h != s.shape[1] || p.w != s.shape[2] {
		return 0, fmt.Errorf("%w: %d×%d pixels after resizing, and the package takes %v", ErrShape, p.h, p.w, s.shape)
	}
	p.planes(dst)
	return label, nil
}

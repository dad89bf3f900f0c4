package dataset

import (
	"fmt"
	"math"
	"slices"
)

// asImages gives a set of numbers of an image set the set's shape and pixels 0 …
// 1. scale divides the numbers; 0 means by 255 if they are whole numbers up to
// that.
func (m *Memory) asImages(agreed []int, scale float64) error {
	if n, err := countFeatures(agreed); err == nil && len(m.shape) == 1 && m.features == n {
		m.shape = slices.Clone(agreed)
		m.columns = nil // their names are places
	}
	if m.pixels != nil {
		return nil
	}
	if scale != 0 {
		return m.values.divide(scale)
	}
	least, most, whole := m.values.span()
	switch {
	case whole && least >= 0 && most > 1 && most <= 255:
		m.pixels = make([]byte, 0, m.features*m.Len())
		for row := range m.values.take {
			for _, v := range row {
				m.pixels = append(m.pixels, byte(v))
			}
		}
		m.values = blocks{}
		m.notes = append(m.notes, "values are whole numbers up to 255 and were divided by it")
	case least < 0 || most > 1:
		return fmt.Errorf("%w: values from %v to %v, and pixels are 0 to 1; say what to divide by (Options.Scale, 1 to leave them)", ErrFormat, least, most)
	}
	return nil
}

// divide divides all values by scale.
func (b *blocks) divide(scale float64) error {
	for values := range b.all {
		divide(values, scale)
		if err := checkFinite(values); err != nil {
			return err
		}
	}
	return nil
}

// span returns the least and the greatest value, and whether all are whole.
func (b *blocks) span() (least, most float32, whole bool) {
	least, most, whole = math.MaxFloat32, -math.MaxFloat32, true
	for values := range b.all {
		for _, v := range values {
			least, most = min(least, v), max(most, v)
			whole = whole && v == float32(int32(v))
		}
	}
	return least, most, whole
}

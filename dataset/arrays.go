package dataset

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// labels returns the class of every sample, and the names of the classes.
func (a array) labels(opts Options) ([]int32, []string, error) {
	if len(a.shape) == 2 && a.shape[1] > 1 && !a.isText() {
		return a.oneHot(opts.Classes)
	}
	if len(a.shape) == 0 || a.count() != a.shape[0] {
		return nil, nil, fmt.Errorf("%w: labels of shape %v, want [n], [n, 1] or [n, classes]", ErrFormat, a.shape)
	}
	r, err := NewLabelReader(opts)
	if err != nil {
		return nil, nil, err
	}
	r.unit = "row"
	var text []byte
	var known [256]int32 // 1 + what r.y got for small whole numbers
	for i := range a.count() {
		small := uint64(math.MaxUint64)
		if a.kind == 'i' || a.kind == 'u' {
			small = uint64(a.int(i))
		}
		if small < 256 && known[small] > 0 {
			r.y = append(r.y, known[small]-1)
			continue
		}
		if text, err = a.appendLabel(text[:0], i); err == nil {
			err = r.Add(text, i+1)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("sample %d: %w", i, err)
		}
		if small < 256 {
			known[small] = r.y[i] + 1
		}
	}
	return r.Finish()
}

// appendLabel appends label i as a file of text would have it.
func (a array) appendLabel(b []byte, i int) ([]byte, error) {
	switch {
	case a.isText():
		text, err := a.text(i)
		return append(b, text...), err
	case a.kind == 'u' && a.size == 8:
		return strconv.AppendUint(b, binary.LittleEndian.Uint64(a.raw[8*i:]), 10), nil
	case a.kind != 'f':
		return strconv.AppendInt(b, a.int(i), 10), nil
	}
	v := a.float(i)
	if math.IsInf(v, 0) {
		return b, fmt.Errorf("%w: label %v is not a whole number", ErrFormat, v)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64), nil
}

// oneHot returns the classes of labels [n, classes], of which one in a row is 1
// and all others are 0.
func (a array) oneHot(listed []string) ([]int32, []string, error) {
	classes := a.shape[1]
	names := listed
	if names == nil {
		names = numberNames(classes)
	}
	if len(names) != classes {
		return nil, nil, fmt.Errorf("%w: labels of %d classes, but %d are named", ErrClass, classes, len(names))
	}
	y := make([]int32, a.shape[0])
	for i := range y {
		ones := 0
		for c := range classes {
			switch a.float(i*classes + c) {
			case 0:
			case 1:
				ones++
				y[i] = int32(c)
			default:
				ones += 2
			}
		}
		if ones != 1 {
			return nil, nil, fmt.Errorf("%w: sample %d: labels of shape %v must have one 1 in a row, all others 0", ErrFormat, i, a.shape)
		}
	}
	return y, names, nil
}

// sampleShape returns the shape that samples get, given that of an array's
// samples, and whether the channels are last and must be moved. Grey images get
// one channel.
func sampleShape(shape []int, channels string, agreed []int) (out []int, last bool, note string, err error) {
	if len(shape) == 2 && channels == "" {
		return []int{1, shape[0], shape[1]}, false, "", nil
	}
	if len(shape) != 3 {
		if channels != "" {
			return nil, false, "", fmt.Errorf("%w: samples of shape %v have no channels", ErrFormat, shape)
		}
		return shape, false, "", nil
	}
	moved := []int{shape[2], shape[0], shape[1]}
	switch {
	case channels == "first":
		return shape, false, "", nil
	case channels == "last":
		return moved, true, "", nil
	case slices.Equal(shape, agreed):
		return shape, false, "", nil
	case slices.Equal(moved, agreed):
		return moved, true, fmt.Sprintf("channels are last in samples of shape %v, and were moved to the front", shape), nil
	}
	first, end := isChannels(shape[0]), isChannels(shape[2])
	switch {
	case first && end && shape[0] != shape[2], first && end && shape[0] != 1:
		return nil, false, "", fmt.Errorf("%w: samples of shape %v could have their channels first or last; say which (Options.Channels)", ErrFormat, shape)
	case end && !first:
		return moved, true, fmt.Sprintf("channels are last in samples of shape %v, and were moved to the front", shape), nil
	}
	return shape, false, "", nil
}

// isChannels reports whether images have so many channels: grey, colours, and
// colours with transparency.
func isChannels(n int) bool { return n == 1 || n == 3 || n == 4 }

// channelsFirst converts [n, h, w, c] to [n, c, h, w]; shape is [h, w, c], and a
// value is size elements of raw. It returns nil for nil.
func channelsFirst[T any](raw []T, shape []int, size int) []T {
	if raw == nil {
		return nil
	}
	plane, channels := shape[0]*shape[1], shape[2]
	out := make([]T, 0, len(raw))
	for image := range chunks(raw, plane*channels*size) {
		for c := range channels {
			for p := range plane {
				at := (p*channels + c) * size
				out = append(out, image[at:at+size]...)
			}
		}
	}
	return out
}

// chunks yields b in pieces of n elements; nothing if n is 0.
func chunks[T any](b []T, n int) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for n > 0 && len(b) >= n {
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// divide divides all values by scale.
func divide(values []float32, scale float64) {
	for i, v := range values {
		values[i] = float32(float64(v) / scale)
	}
}

// checkFinite returns an ErrFormat for the first value that is not finite.
func checkFinite(values []float32) error {
	for i, v := range values {
		if v-v != 0 {
			return fmt.Errorf("%w: value %d is %v", ErrFormat, i, v)
		}
	}
	return nil
}

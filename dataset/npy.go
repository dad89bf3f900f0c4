package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// NumPy's .npy format, versions 1 to 3: magic, version, header length, a Python
// dictionary of descr, fortran_order and shape, then the values.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
const (
	npyMagic     = "\x93NUMPY"
	maxNPYHeader = 64 << 10
)

// array is the content of one .npy file.
type array struct {
	shape []int
	kind  byte   // 'f', 'i', 'u' or 'b' (bool)
	size  int    // bytes per value
	raw   []byte // the values, little-endian
}

var npyHeader = regexp.MustCompile(`^\{\s*'descr':\s*'([<>|=]?)([fiub])([1248])',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([0-9, ]*)\),?\s*\}\s*$`)

// readNPY reads one array to the end of the stream.
func readNPY(r io.Reader) (array, error) {
	var head [8]byte
	if err := readFull(r, head[:]); err != nil {
		return array{}, err
	}
	if string(head[:6]) != npyMagic || head[6] < 1 || head[6] > 3 {
		return array{}, fmt.Errorf("%w: starts with % x, which is not a .npy file", ErrFormat, head)
	}
	length := make([]byte, 2)
	if head[6] > 1 {
		length = make([]byte, 4)
	}
	if err := readFull(r, length); err != nil {
		return array{}, err
	}
	n := uint32(binary.LittleEndian.Uint16(length))
	if len(length) == 4 {
		n = binary.LittleEndian.Uint32(length)
	}
	if n > maxNPYHeader {
		return array{}, fmt.Errorf("%w: .npy header of %d bytes, at most %d", ErrFormat, n, maxNPYHeader)
	}
	header := make([]byte, n)
	if err := readFull(r, header); err != nil {
		return array{}, err
	}
	a, err := parseNPYHeader(string(header))
	if err != nil {
		return array{}, err
	}
	total := uint64(a.size)
	for _, d := range a.shape {
		if d > 0 && total > MaxBytes/uint64(d) {
			return array{}, fmt.Errorf("%w: .npy of shape %v", ErrTooLarge, a.shape)
		}
		total *= uint64(d)
	}
	a.raw, err = readExactly(r, int64(total))
	return a, err
}

func parseNPYHeader(header string) (array, error) {
	m := npyHeader.FindStringSubmatch(header)
	if m == nil {
		return array{}, fmt.Errorf("%w: .npy header %.120q (want an array of integers or floats)", ErrFormat, header)
	}
	a := array{kind: m[2][0], size: int(m[3][0] - '0')}
	switch {
	case m[1] == ">":
		return a, fmt.Errorf("%w: big-endian .npy; convert it with astype('<f4')", ErrFormat)
	case m[4] == "True":
		return a, fmt.Errorf("%w: .npy in Fortran order; save numpy.ascontiguousarray of it", ErrFormat)
	case a.kind == 'f' && a.size < 4, a.kind == 'b' && a.size != 1:
		return a, fmt.Errorf("%w: .npy type %s%s; convert it with astype('<f4')", ErrFormat, m[2], m[3])
	}
	for s := range strings.SplitSeq(m[5], ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		d, err := strconv.ParseUint(s, 10, 31)
		if err != nil || len(a.shape) == 5 {
			return a, fmt.Errorf("%w: .npy shape (%.60s)", ErrFormat, m[5])
		}
		a.shape = append(a.shape, int(d))
	}
	return a, nil
}

// count returns the number of values.
func (a array) count() int { return len(a.raw) / a.size }

// isPixels reports whether the values are bytes of an image.
func (a array) isPixels() bool { return a.kind == 'u' && a.size == 1 }

// floats returns all values as float32.
func (a array) floats() []float32 {
	out := make([]float32, a.count())
	for i := range out {
		switch {
		case a.kind != 'f':
			out[i] = float32(a.int(i))
		case a.size == 4:
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.raw[4*i:]))
		default:
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(a.raw[8*i:])))
		}
	}
	return out
}

// int returns value i of an array of integers; a uint64 is limited to the
// largest int64.
func (a array) int(i int) int64 {
	le := binary.LittleEndian
	b := a.raw[i*a.size:]
	signed := a.kind == 'i'
	switch a.size {
	case 1:
		if signed {
			return int64(int8(b[0]))
		}
		return int64(b[0])
	case 2:
		if signed {
			return int64(int16(le.Uint16(b)))
		}
		return int64(le.Uint16(b))
	case 4:
		if signed {
			return int64(int32(le.Uint32(b)))
		}
		return int64(le.Uint32(b))
	}
	v := le.Uint64(b)
	if !signed && v > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(v)
}

// labels returns the values of an array of shape [n] or [n, 1].
func (a array) labels() ([]int, error) {
	if len(a.shape) == 0 || a.count() != a.shape[0] || a.kind == 'f' {
		return nil, fmt.Errorf("%w: labels must be integers of shape [n] or [n, 1], not of shape %v and type %c", ErrFormat, a.shape, a.kind)
	}
	y := make([]int, a.count())
	for i := range y {
		v := a.int(i)
		if v < 0 || v >= MaxClasses {
			return nil, fmt.Errorf("%w: sample %d has label %d", ErrFormat, i, v)
		}
		y[i] = int(v)
	}
	return y, nil
}

// ArrayOptions says how arrays are laid out. The zero value is useful.
type ArrayOptions struct {
	// X and Y name the arrays of samples and labels in an .npz. Default: "x" and "y".
	X, Y string
	// ChannelsLast says that images are [n, height, width, channels], as Keras
	// keeps them; they become [n, channels, height, width].
	ChannelsLast bool
	// Classes is the number of classes. Default: the largest label plus one.
	Classes int
}

// ReadNPY reads a pair of NumPy arrays: samples [n, …] and integer labels [n]
// or [n, 1]. uint8 samples are pixels: 0 … 255 become 0 … 1; values of other
// types are unchanged. From [n, height, width] samples get shape [1, height,
// width].
func ReadNPY(x, y io.Reader, opts ArrayOptions) (*Memory, error) {
	samples, err := readNPY(x)
	if err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	labels, err := readNPY(y)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return fromArrays(samples, labels, opts)
}

func fromArrays(x, y array, opts ArrayOptions) (*Memory, error) {
	labels, err := y.labels()
	if err != nil {
		return nil, err
	}
	if len(x.shape) < 2 || x.shape[0] != len(labels) {
		return nil, fmt.Errorf("%w: samples of shape %v do not fit %d labels", ErrFormat, x.shape, len(labels))
	}
	shape := x.shape[1:]
	switch {
	case len(shape) == 2:
		shape = []int{1, shape[0], shape[1]}
	case opts.ChannelsLast && len(shape) == 3:
		x.raw = channelsFirst(x.raw, shape, x.size)
		shape = []int{shape[2], shape[0], shape[1]}
	case opts.ChannelsLast:
		return nil, fmt.Errorf("%w: samples of shape %v have no channels at the end", ErrFormat, x.shape)
	}
	if x.isPixels() {
		return NewImages(shape, opts.Classes, x.raw, labels)
	}
	return New(shape, opts.Classes, x.floats(), labels)
}

// channelsFirst converts [n, h, w, c] to [n, c, h, w]; shape is [h, w, c], size
// the bytes per value.
func channelsFirst(raw []byte, shape []int, size int) []byte {
	plane, channels := shape[0]*shape[1], shape[2]
	out := bytes.NewBuffer(make([]byte, 0, len(raw)))
	for image := range chunks(raw, plane*channels*size) {
		for c := range channels {
			for p := range plane {
				at := (p*channels + c) * size
				out.Write(image[at : at+size])
			}
		}
	}
	return out.Bytes()
}

// chunks yields b in pieces of n bytes; nothing if n is 0.
func chunks(b []byte, n int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for n > 0 && len(b) >= n {
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Limits on what is held in memory; a set beyond them is refused before memory
// is taken for it.
const (
	// MaxBytes bounds the feature bytes of one set read from a file: 1 GiB.
	MaxBytes = 1 << 30
	// MaxClasses bounds the number of classes.
	MaxClasses = 1 << 16
)

// Errors that callers branch on; they come wrapped with file and facts.
var (
	// ErrFormat means that a file is not what its reader expects.
	ErrFormat = errors.New("dataset: malformed data")
	// ErrTooLarge means that a set exceeds MaxBytes or MaxClasses.
	ErrTooLarge = errors.New("dataset: too large")
	// ErrIndex means that a sample was asked for that does not exist.
	ErrIndex = errors.New("dataset: no such sample")
	// ErrBuffer means that dst does not hold one sample's features.
	ErrBuffer = errors.New("dataset: buffer does not fit a sample")
)

// Described is a Dataset that knows the shape of a sample and its number of
// classes, as every set of this package does.
type Described interface {
	Dataset
	// Shape is the shape of one sample without the batch, as [1 28 28].
	Shape() []int
	// Classes is the number of classes: labels are 0 … Classes-1.
	Classes() int
}

// Memory is a set held in memory: as float32, or as bytes where the source is
// an image of bytes (a quarter of the memory). It is immutable.
type Memory struct {
	shape    []int
	features int
	classes  int
	values   []float32 // either values
	pixels   []byte    // or pixels, value = pixel / 255
	labels   []int32
}

// New makes a set of samples of the given shape: x holds them one after the
// other, y their classes (0 … classes-1; 0 classes means the largest label
// plus one). x is kept, not copied.
func New(shape []int, classes int, x []float32, y []int) (*Memory, error) {
	for i, v := range x {
		if v-v != 0 {
			return nil, fmt.Errorf("%w: value %d is %v", ErrFormat, i, v)
		}
	}
	return newMemory(shape, classes, x, nil, y)
}

// NewImages makes a set of byte images: a pixel p becomes p/255. pixels is
// kept, not copied.
func NewImages(shape []int, classes int, pixels []byte, y []int) (*Memory, error) {
	return newMemory(shape, classes, nil, pixels, y)
}

func newMemory(shape []int, classes int, x []float32, pixels []byte, y []int) (*Memory, error) {
	features, err := countFeatures(shape)
	if err != nil {
		return nil, err
	}
	if len(x)+len(pixels) != features*len(y) {
		return nil, fmt.Errorf("%w: %d labels of shape %v need %d values, there are %d",
			ErrFormat, len(y), shape, features*len(y), len(x)+len(pixels))
	}
	if classes == 0 && len(y) > 0 {
		classes = slices.Max(y) + 1
	}
	if classes < 0 || classes > MaxClasses {
		return nil, fmt.Errorf("%w: %d classes, at most %d", ErrTooLarge, classes, MaxClasses)
	}
	labels := make([]int32, len(y))
	for i, l := range y {
		if l < 0 || l >= classes {
			return nil, fmt.Errorf("%w: sample %d has label %d, want 0 to %d", ErrFormat, i, l, classes-1)
		}
		labels[i] = int32(l)
	}
	return &Memory{shape: slices.Clone(shape), features: features, classes: classes,
		values: x, pixels: pixels, labels: labels}, nil
}

// countFeatures multiplies a shape's sizes, each at least 1.
func countFeatures(shape []int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 1 || n > math.MaxInt32/d {
			return 0, fmt.Errorf("%w: shape %v", ErrFormat, shape)
		}
		n *= d
	}
	if len(shape) == 0 || len(shape) > 4 {
		return 0, fmt.Errorf("%w: shape %v has %d dimensions, want 1 to 4", ErrFormat, shape, len(shape))
	}
	return n, nil
}

// Len is the number of samples.
func (m *Memory) Len() int { return len(m.labels) }

// Shape is the shape of one sample.
func (m *Memory) Shape() []int { return slices.Clone(m.shape) }

// Classes is the number of classes.
func (m *Memory) Classes() int { return m.classes }

// byteValue is p/255 for every byte.
var byteValue = func() (t [256]float32) {
	for p := range t {
		t[p] = float32(p) / 255
	}
	return t
}()

// Sample implements Dataset.
func (m *Memory) Sample(i int, dst []float32) (int, error) {
	if i < 0 || i >= len(m.labels) {
		return 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(m.labels))
	}
	if len(dst) != m.features {
		return 0, fmt.Errorf("%w: %d values, a sample of shape %v has %d", ErrBuffer, len(dst), m.shape, m.features)
	}
	if m.pixels == nil {
		copy(dst, m.values[i*m.features:])
	} else {
		for j, p := range m.pixels[i*m.features : (i+1)*m.features] {
			dst[j] = byteValue[p]
		}
	}
	return int(m.labels[i]), nil
}

package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Limits of sets in memory. Readers refuse a larger set before they allocate
// memory for it.
const (
	// MaxBytes is the most feature bytes of a set read from a file, in a table with
	// those of the labels: 1 GiB.
	MaxBytes = 1 << 30
	// MaxClasses is the most classes of a set.
	MaxClasses = 1 << 16
)

// Errors that callers branch on, wrapped with the file and details; test with
// errors.Is.
var (
	// ErrFormat means that data is malformed, or not in the expected format.
	ErrFormat = errors.New("dataset: malformed data")
	// ErrTooLarge means that a set exceeds MaxBytes or MaxClasses.
	ErrTooLarge = errors.New("dataset: too large")
	// ErrIndex means that the index of a sample is out of range.
	ErrIndex = errors.New("dataset: no such sample")
	// ErrBuffer means that len(dst) is not the number of features of a sample.
	ErrBuffer = errors.New("dataset: buffer does not fit a sample")
)

// Described is a Dataset that knows the shape of its samples and its number of
// classes. Every set of this package is one.
type Described interface {
	Dataset
	// Shape returns the shape of one sample without the batch, for example [1
	// 28 28].
	Shape() []int
	// Classes returns the number of classes: labels are 0 … Classes-1.
	Classes() int
}

// Memory is an immutable set in memory, stored as float32 or, for byte images,
// as bytes, which take a quarter of the memory.
type Memory struct {
	shape    []int
	features int
	classes  int
	values   blocks // none if pixels is set
	pixels   []byte // value = pixel / 255
	labels   []int32
	origin
}

// origin is what a reader knows of a set beside its samples.
type origin struct {
	names   []string // of the classes; nil if nothing says
	listed  bool     // names were agreed on, not found in the file
	notes   []string // what was decided without being said
	columns []Column // of a table
	// reopen reads the table again with these columns; nil if it cannot be
	reopen func([]Column) (*Memory, error)
}

// ClassNames returns the names of labels 0, 1, …; nil if nothing says.
func (o *origin) ClassNames() []string { return slices.Clone(o.names) }

// Notes returns what a reader decided that nobody had said, to be shown.
func (o *origin) Notes() []string { return slices.Clone(o.notes) }

func (o *origin) isListed() bool { return o.listed }

// Columns returns the columns of a table that became the features.
func (o *origin) Columns() []Column { return slices.Clone(o.columns) }

// New returns a set of samples of the given shape: x holds the features of all
// samples one after the other, y their classes (0 … classes-1). If classes is
// 0, it is the largest label plus one. x is kept, not copied. Values that are
// not finite are an ErrFormat.
func New(shape []int, classes int, x []float32, y []int) (*Memory, error) {
	if err := checkFinite(x); err != nil {
		return nil, err
	}
	return checked(shape, classes, x, nil, y)
}

// NewImages is New for byte images: a pixel p becomes the value p/255. pixels
// is kept, not copied.
func NewImages(shape []int, classes int, pixels []byte, y []int) (*Memory, error) {
	return checked(shape, classes, nil, pixels, y)
}

// checked is newMemory for labels that may be out of range.
func checked(shape []int, classes int, x []float32, pixels []byte, y []int) (*Memory, error) {
	labels := make([]int32, len(y))
	for i, l := range y {
		if l < 0 || l >= MaxClasses {
			return nil, fmt.Errorf("%w: sample %d has label %d, want 0 to %d", ErrFormat, i, l, MaxClasses-1)
		}
		labels[i] = int32(l)
	}
	return newMemory(shape, classes, x, pixels, labels)
}

// newMemory returns a set of the values in x or the bytes in pixels.
func newMemory(shape []int, classes int, x []float32, pixels []byte, y []int32) (*Memory, error) {
	features, err := countFeatures(shape)
	if err != nil {
		return nil, err
	}
	if len(x)+len(pixels) != features*len(y) {
		return nil, fmt.Errorf("%w: %d samples of shape %v need %d values, got %d",
			ErrFormat, len(y), shape, features*len(y), len(x)+len(pixels))
	}
	m := &Memory{shape: slices.Clone(shape), features: features, pixels: pixels}
	if pixels == nil {
		m.values = oneBlock(features, x)
	}
	return m, m.setLabels(classes, y)
}

// newRows returns a set of samples of one dimension.
func newRows(x blocks, classes int, y []int32) (*Memory, error) {
	features, err := countFeatures([]int{x.width})
	if err != nil {
		return nil, err
	}
	m := &Memory{shape: []int{features}, features: features, values: x}
	return m, m.setLabels(classes, y)
}

// setLabels takes the label of every sample. If classes is 0, it is the largest
// label plus one.
func (m *Memory) setLabels(classes int, y []int32) error {
	if classes == 0 && len(y) > 0 {
		classes = int(slices.Max(y)) + 1
	}
	if classes < 0 || classes > MaxClasses {
		return fmt.Errorf("%w: %d classes, at most %d", ErrTooLarge, classes, MaxClasses)
	}
	for i, l := range y {
		if l < 0 || int(l) >= classes {
			return fmt.Errorf("%w: sample %d has label %d, want 0 to %d", ErrFormat, i, l, classes-1)
		}
	}
	m.classes, m.labels = classes, y
	return nil
}

// countFeatures returns the product of a shape's dimensions, each at least 1.
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

// Len returns the number of samples.
func (m *Memory) Len() int { return len(m.labels) }

// Shape returns the shape of one sample.
func (m *Memory) Shape() []int { return slices.Clone(m.shape) }

// Classes returns the number of classes.
func (m *Memory) Classes() int { return m.classes }

// byteValue holds p/255 for every byte p.
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
		copy(dst, m.values.row(i))
	} else {
		for j, p := range m.pixels[i*m.features : (i+1)*m.features] {
			dst[j] = byteValue[p]
		}
	}
	return int(m.labels[i]), nil
}

package dataset

import (
	"fmt"
	"io"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ReadSVHN reads cropped digits of SVHN (train_32x32.mat): a MAT-file of version
// 5 with the pixels X, bytes of shape [height, width, 3, n], and the digits y,
// where 10 stands for 0. The samples are [3, height, width] with values 0 … 1.
// Format: http://ufldl.stanford.edu/housenumbers/
func ReadSVHN(r io.Reader) (*Memory, error) {
	arrays, err := readMAT(r)
	if err != nil {
		return nil, err
	}
	x, y := arrays["X"], arrays["y"]
	if len(x.dims) != 4 || x.dims[2] != 3 || x.kind != 2 || len(y.dims) != 2 || y.len() != x.dims[3] {
		return nil, fmt.Errorf("%w: want X, bytes of shape [height, width, 3, n], and n numbers y; got X of shape %v and y of shape %v", ErrFormat, x.dims, y.dims)
	}
	labels := make([]int, x.dims[3])
	for i := range labels {
		v := y.number(i)
		if v != float64(int(v)) || v < 0 || v > 10 {
			return nil, fmt.Errorf("%w: sample %d has label %v, want 1 to 10", ErrFormat, i, v)
		}
		labels[i] = int(v) % 10
	}
	shape := []int{3, x.dims[0], x.dims[1]}
	m, err := NewImages(shape, 10, x.raw, labels)
	if err == nil {
		exchangeRows(x.raw, shape[1], shape[2])
	}
	return m, err
}

// OpenSVHN reads a file. See ReadSVHN.
func OpenSVHN(path string) (*Memory, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := ReadSVHN(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// stlSide is the height and the width of STL-10's pictures.
const stlSide = 96

// ReadSTL10 reads a pair of STL-10's binary files (train_X.bin, train_y.bin):
// bytes of shape [n, 3, width, height], and n labels from 1 to 10, which become 0
// to 9. The samples are [3, 96, 96] with values 0 … 1. Format:
// https://cs.stanford.edu/~acoates/stl10/
func ReadSTL10(images, labels io.Reader) (*Memory, error) {
	const size = 3 * stlSide * stlSide
	digits, err := io.ReadAll(io.LimitReader(labels, MaxBytes/size+1))
	if err != nil {
		return nil, fmt.Errorf("labels: %w", readError(err))
	}
	if len(digits) == 0 || len(digits) > MaxBytes/size {
		return nil, fmt.Errorf("labels: %w: want 1 to %d of them, a byte each", ErrTooLarge, MaxBytes/size)
	}
	y := make([]int, len(digits))
	for i, d := range digits {
		y[i] = int(d) - 1
	}
	pixels, err := readExactly(images, int64(size*len(digits)), -1)
	if err != nil {
		return nil, fmt.Errorf("images of %d labels: %w", len(digits), err)
	}
	exchangeRows(pixels, stlSide, stlSide)
	return NewImages([]int{3, stlSide, stlSide}, 10, pixels, y)
}

// OpenSTL10 reads a pair of files. See ReadSTL10.
func OpenSTL10(imagesPath, labelsPath string) (*Memory, error) {
	return openPair(imagesPath, labelsPath, ReadSTL10)
}

// transposePictures exchanges rows and columns of all pictures of a set that was
// just read.
func transposePictures(ds Described) error {
	if _, ok := ds.(*ImageFolder); ok {
		return nil // it turns each when it decodes it
	}
	m, ok := ds.(*Memory)
	if !ok || len(m.shape) != 3 {
		return fmt.Errorf("%w: samples of shape %v are no pictures to transpose (Options.Transpose)", ErrShape, ds.Shape())
	}
	m.transpose()
	return nil
}

// transpose exchanges rows and columns of pictures in memory.
func (m *Memory) transpose() {
	m.shape[1], m.shape[2] = m.shape[2], m.shape[1]
	exchangeRows(m.pixels, m.shape[1], m.shape[2])
	for i := range m.values.n {
		exchangeRows(m.values.row(i), m.shape[1], m.shape[2])
	}
}

// exchangeRows makes rows of height×width pixels of every plane that was stored
// column by column.
func exchangeRows[T any](pixels []T, height, width int) {
	columns := make([]T, height*width)
	for plane := range slices.Chunk(pixels, height*width) {
		copy(columns, plane)
		for y := range height {
			for x := range width {
				plane[y*width+x] = columns[x*height+y]
			}
		}
	}
}

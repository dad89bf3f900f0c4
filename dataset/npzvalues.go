package dataset

import (
	"archive/zip"
	"fmt"
	"io"
)

// ReadNPZValues reads one array of numbers from an .npz archive of size bytes: all
// its values as float32, the last dimension fastest, and its shape. It is for arrays
// that are no data set, such as a model's outputs.
func ReadNPZValues(r io.ReaderAt, size int64, name string) (values []float32, shape []int, err error) {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	zr.RegisterDecompressor(zip.Deflate, inflater(size))
	a, err := npz{zr: zr, size: size}.array(name, readNPYFloats)
	if err != nil {
		return nil, nil, err
	}
	if a.isText() {
		return nil, nil, fmt.Errorf("%w: array %.60q holds texts, not numbers", ErrFormat, name)
	}
	if int64(a.count()) > MaxBytes/4 {
		return nil, nil, fmt.Errorf("%w: array %.60q of shape %v", ErrTooLarge, name, a.shape)
	}
	return a.floats(), a.shape, nil
}

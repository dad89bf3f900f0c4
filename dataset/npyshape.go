package dataset

import "io"

// NPYShape reads the header of a .npy file: the array's shape, and how many bytes its values
// take. Nothing of that size is allocated: callers who have a bound of their own look
// here first. The error is an [ErrFormat], or an [ErrTooLarge] over MaxBytes.
func NPYShape(r io.Reader) (shape []int, bytes int64, err error) {
	h, total, err := readNPYStart(r)
	return h.shape, total, err
}

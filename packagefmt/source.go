package packagefmt

import (
	"errors"
	"fmt"
	"io"
)

// ioError is an error of the package's file system, which says nothing about
// the package's content.
type ioError struct{ err error }

func (e *ioError) Error() string { return e.err.Error() }
func (e *ioError) Unwrap() error { return e.err }

// source reads the bytes of a file of known size and keeps the file system's
// error, because parsers turn it into errors of their own.
type source struct {
	file io.Reader
	left int64
	err  error
}

func (s *source) Read(b []byte) (int, error) {
	switch {
	case s.err != nil:
		return 0, s.err
	case s.left == 0:
		return 0, io.EOF
	}
	n, err := s.file.Read(b[:min(int64(len(b)), s.left)])
	s.left -= int64(n)
	switch {
	case errors.Is(err, io.EOF) && s.left > 0:
		s.err = fmt.Errorf("the file ends %d bytes before its size: %w", s.left, io.ErrUnexpectedEOF)
	case err != nil && !errors.Is(err, io.EOF):
		s.err = err
	}
	return n, s.err
}

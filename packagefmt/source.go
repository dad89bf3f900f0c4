package packagefmt

import (
	"errors"
	"fmt"
	"io"
)

// ioError is an error of the file system that a package lies in, which says
// nothing about what the package holds.
type ioError struct{ err error }

func (e *ioError) Error() string { return e.err.Error() }
func (e *ioError) Unwrap() error { return e.err }

// source reads the bytes of a file whose size is known, and keeps the file
// system's error: parsers turn what they are given into errors of their own.
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
	if s.err != nil {
		return n, s.err
	}
	return n, nil
}

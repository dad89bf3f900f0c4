package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// pieceBytes is what is read at once of a large stream: small enough to be still
// in the processor's cache when its checksum is computed and it is converted.
const pieceBytes = 256 << 10

// trusted is how much of n to allocate before it was read: all if so many can be
// available (-1 if nobody knows), else a first piece.
func trusted(n, available int64) int64 {
	if n <= 1<<20 || n <= available {
		return n
	}
	return pieceBytes
}

// readExactly reads n bytes, after which r must end. It allocates memory as bytes
// arrive, not the declared n at once, unless so many can be available.
func readExactly(r io.Reader, n, available int64) ([]byte, error) {
	out := make([]byte, 0, trusted(n, available))
	for int64(len(out)) < n {
		piece := int(min(n-int64(len(out)), pieceBytes))
		out = slices.Grow(out, piece)
		if err := readPiece(r, out[len(out):len(out)+piece], int64(len(out)), n); err != nil {
			return nil, err
		}
		out = out[:len(out)+piece]
	}
	return out, readEnd(r, n)
}

// readPiece fills b, in front of which done of n bytes were read.
func readPiece(r io.Reader, b []byte, done, n int64) error {
	got, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %d bytes of data, %d declared", ErrFormat, done+int64(got), n)
	}
	if err != nil {
		return readError(err)
	}
	return nil
}

// readEnd checks that nothing follows the n bytes that were read, and with it the
// checksum of what was packed.
func readEnd(r io.Reader, n int64) error {
	var b [1]byte
	if _, err := io.ReadFull(r, b[:]); err == nil {
		return fmt.Errorf("%w: more bytes than the declared %d", ErrFormat, n)
	} else if !errors.Is(err, io.EOF) {
		return readError(err)
	}
	return nil
}

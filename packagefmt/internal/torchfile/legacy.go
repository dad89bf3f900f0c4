package torchfile

import (
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// openLegacy refuses for now.
func (f *File) openLegacy(io.ReaderAt, int64, func(pickle.Global) error) error {
	return fmt.Errorf("%w: no zip file; if PyTorch older than 1.6 wrote it, load it and save it again", ErrFormat)
}

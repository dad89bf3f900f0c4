package dataset

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io"
	"os"
)

// ReadNPZ reads samples and labels from an .npz archive of size bytes, whose
// entries may be compressed. See ReadNPY.
func ReadNPZ(r io.ReaderAt, size int64, opts ArrayOptions) (*Memory, error) {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	x, err := npzArray(zr, cmp.Or(opts.X, "x"))
	if err != nil {
		return nil, err
	}
	y, err := npzArray(zr, cmp.Or(opts.Y, "y"))
	if err != nil {
		return nil, err
	}
	return fromArrays(x, y, opts)
}

// npzArray reads one entry. Its .npy header bounds the unpacked size, and
// MaxBytes bounds what the header may declare.
func npzArray(zr *zip.Reader, name string) (array, error) {
	var names []string
	for _, f := range zr.File {
		if f.Name != name+".npy" {
			if len(names) < 8 {
				names = append(names, fmt.Sprintf("%.40q", f.Name))
			}
			continue
		}
		rc, err := f.Open()
		if err != nil {
			return array{}, fmt.Errorf("array %q: %w: %w", name, ErrFormat, err)
		}
		defer rc.Close()
		a, err := readNPY(rc)
		if err != nil {
			return array{}, fmt.Errorf("array %q: %w", name, err)
		}
		return a, nil
	}
	return array{}, fmt.Errorf("%w: no array %.60q in the archive, which has %v", ErrFormat, name, names)
}

// OpenNPZ reads an .npz file. See ReadNPZ.
func OpenNPZ(path string, opts ArrayOptions) (*Memory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	m, err := ReadNPZ(f, info.Size(), opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

package dataset

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/flate"
)

// npzNames are the names in use for the arrays of samples and labels, best
// first. "*" stands for the part (train, test), as Keras and MedMNIST write it.
var npzNames = [][2]string{
	{"x_*", "y_*"}, {"X_*", "y_*"}, {"*_images", "*_labels"}, {"*_x", "*_y"}, {"*_data", "*_labels"},
	{"x", "y"}, {"X", "y"}, {"images", "labels"}, {"data", "labels"}, {"data", "target"}, {"features", "labels"}, {"arr_0", "arr_1"},
}

// ReadNPZ reads samples and labels from an .npz archive of size bytes, whose
// entries may be compressed: arrays named by the options, else by one of the
// usual pairs of names, those of the given part first (x_train and y_train,
// train_images and train_labels …; x and y, images and labels, arr_0 and
// arr_1 …). part may be empty. See ReadNPY.
func ReadNPZ(r io.ReaderAt, size int64, part Part, opts Options) (*Memory, error) {
	return readNPZ(r, size, part, opts, nil)
}

func readNPZ(r io.ReaderAt, size int64, part Part, opts Options, agreed []int) (*Memory, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	zr.RegisterDecompressor(zip.Deflate, flate.NewReader) // faster than the standard one
	a := npz{zr: zr, size: size}
	xName, yName, err := a.names(part, opts)
	if err != nil {
		return nil, err
	}
	x, err := a.array(xName, readNPYFloats)
	if err != nil {
		return nil, err
	}
	y, err := a.array(yName, readNPY)
	if err != nil {
		return nil, err
	}
	m, err := fromArrays(x, y, opts, agreed)
	if err == nil && opts.X == "" {
		m.notes = append(m.notes, fmt.Sprintf("the array %.40q holds the samples, %.40q the labels", xName, yName))
	}
	return m, err
}

// npz is an open archive.
type npz struct {
	zr   *zip.Reader
	size int64
}

func (a npz) has(name string) bool {
	for _, f := range a.zr.File {
		if f.Name == name+".npy" {
			return true
		}
	}
	return false
}

// names returns the names of the arrays of samples and labels.
func (a npz) names(part Part, opts Options) (x, y string, err error) {
	if opts.X != "" && opts.Y != "" {
		return opts.X, opts.Y, nil
	}
	if opts.X != "" || opts.Y != "" {
		return "", "", fmt.Errorf("%w: name both arrays, of samples and labels (Options.X and Options.Y); there are %s", ErrFormat, a.list())
	}
	for _, pair := range npzNames {
		for _, alias := range part.aliases() {
			x, y = strings.ReplaceAll(pair[0], "*", alias), strings.ReplaceAll(pair[1], "*", alias)
			if a.has(x) && a.has(y) {
				return x, y, nil
			}
		}
	}
	return "", "", fmt.Errorf("%w: no arrays of samples and labels for the %s part under a usual name; name them (Options.X and Options.Y): there are %s",
		ErrFormat, part, a.list())
}

func (a npz) list() string {
	var names []string
	for _, f := range a.zr.File {
		names = append(names, strings.TrimSuffix(f.Name, ".npy"))
	}
	return listNames(names)
}

// array reads one entry, with read. Its .npy header bounds the unpacked size, and MaxBytes
// bounds what the header may declare.
func (a npz) array(name string, read func(r io.Reader, available int64) (array, error)) (array, error) {
	for _, f := range a.zr.File {
		if f.Name != name+".npy" {
			continue
		}
		rc, err := f.Open()
		if err != nil {
			return array{}, fmt.Errorf("array %.60q: %w: %w", name, ErrFormat, err)
		}
		defer rc.Close()
		arr, err := read(rc, a.available(f))
		if err != nil {
			return array{}, fmt.Errorf("array %.60q: %w", name, err)
		}
		return arr, nil
	}
	return array{}, fmt.Errorf("%w: no array %.60q in the archive, which has %s", ErrFormat, name, a.list())
}

// available estimates what an entry holds, whatever its headers declare: deflate
// rarely packs more than 20 bytes into one.
func (a npz) available(f *zip.File) int64 {
	packed := min(int64(min(f.CompressedSize64, 1<<40)), a.size)
	if f.Method == zip.Store {
		return packed
	}
	return 20 * packed
}

// OpenNPZ reads an .npz file. See ReadNPZ.
func OpenNPZ(path string, part Part, opts Options) (*Memory, error) {
	return openNPZ(path, part, opts, nil)
}

func openNPZ(path string, part Part, opts Options, agreed []int) (*Memory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	defer f.Close()
	m, err := readNPZ(f, info.Size(), part, opts, agreed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

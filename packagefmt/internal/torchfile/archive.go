// Package torchfile opens the files of torch.save without running anything:
// the zip form (PyTorch 1.6 and later) and, in legacy.go, the older one.
//
// Formats: PyTorch's torch/serialization.py and
// caffe2/serialize/inline_container.cc. What a file declares is checked against
// its true size before memory is allocated, and all tensors together may need
// at most a few times the file's size.
package torchfile

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// maxPickle bounds data.pkl, the part of the file that is not weights, which has a
// checkpoint's NumPy arrays in it; maxLegacyPickle the pickles of the older form.
const (
	maxPickle       = 512 << 20
	maxLegacyPickle = 16 << 20
)

// ErrFormat means that the file does not come from torch.save, or is broken.
var ErrFormat = errors.New("not a readable file of torch.save")

// File is an open file of torch.save.
type File struct {
	// Root is the value that was saved: objects are inert, tensors are Tensor.
	Root any

	storage func(key string) ([]byte, error)
	budget  int64 // bytes that Load may still read and allocate
	lastKey string
	last    []byte
}

// Open reads the structure of a file of size bytes; Load reads weights. allow
// returns an error for a Python name that the file may not use; all others are
// names and no more.
func Open(r io.ReaderAt, size int64, allow func(pickle.Global) error) (*File, error) {
	f := &File{budget: 6*size + 1<<20}
	var magic [4]byte
	if _, err := r.ReadAt(magic[:], 0); err != nil {
		return nil, fmt.Errorf("%w: %d bytes long", ErrFormat, size)
	}
	var err error
	if string(magic[:]) == "PK\x03\x04" {
		err = f.openZip(r, size, allow)
	} else {
		err = f.openLegacy(r, size, allow)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) openZip(r io.ReaderAt, size int64, allow func(pickle.Global) error) error {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	entries := make(map[string]*zip.File, len(zr.File))
	root := ""
	for _, e := range zr.File {
		if entries[e.Name] != nil {
			return fmt.Errorf("%w: two entries named %.100q", ErrFormat, e.Name)
		}
		entries[e.Name] = e
		dir, name := path.Split(e.Name)
		if err := foreignZip(e.Name); err != nil {
			return err
		}
		if name == "data.pkl" {
			if root != "" {
				return fmt.Errorf("%w: two data.pkl", ErrFormat)
			}
			root = dir
		}
	}
	read := func(name string, limit int64) ([]byte, error) {
		return readEntry(entries[root+name], root+name, min(limit, size))
	}
	if root == "" || entries[root+"data.pkl"] == nil {
		return fmt.Errorf("%w: a zip file without data.pkl", ErrFormat)
	}
	if entries[root+"byteorder"] != nil {
		order, err := read("byteorder", 16)
		if err != nil {
			return err
		}
		if string(order) != "little" {
			return fmt.Errorf("%w: saved on a machine of byte order %q, only little can be read", ErrFormat, order)
		}
	}
	data, err := read("data.pkl", maxPickle)
	if err != nil {
		return err
	}
	f.storage = func(key string) ([]byte, error) { return read("data/"+key, size) }
	f.Root, _, err = pickle.Decode(data, hooks(allow, storageOf))
	if err != nil {
		return fmt.Errorf("data.pkl: %w", err)
	}
	return nil
}

// readEntry reads an uncompressed entry and checks its CRC. PyTorch never
// compresses: a compressed entry is a zip bomb or comes from another tool.
func readEntry(e *zip.File, name string, limit int64) ([]byte, error) {
	switch {
	case e == nil:
		return nil, fmt.Errorf("%w: entry %.100q is missing", ErrFormat, name)
	case e.Method != zip.Store || e.CompressedSize64 != e.UncompressedSize64:
		return nil, fmt.Errorf("%w: entry %.100q is compressed, which torch.save never does; save the model again", ErrFormat, name)
	case e.UncompressedSize64 > uint64(limit):
		return nil, fmt.Errorf("%w: entry %.100q declares %d bytes, at most %d", ErrFormat, name, e.UncompressedSize64, limit)
	}
	rc, err := e.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: entry %.100q: %w", ErrFormat, name, err)
	}
	defer rc.Close()
	b := make([]byte, e.UncompressedSize64)
	if _, err := io.ReadFull(rc, b); err != nil {
		return nil, fmt.Errorf("%w: entry %.100q: %w", ErrFormat, name, err)
	}
	if _, err := rc.Read(make([]byte, 1)); err != io.EOF { // the end is where the CRC is checked
		return nil, fmt.Errorf("%w: entry %.100q: %w", ErrFormat, name, err)
	}
	return b, nil
}

// Package regular reads the files that users name. Opening a pipe waits until somebody writes into it, and a device like
// /dev/zero never ends: what is not a regular file is refused before it is opened, and what grows while it is read does not
// exceed its limit.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrKind is wrapped by errors about a path that leads to something other than a regular file.
var ErrKind = errors.New("not a regular file")

// ErrSize is wrapped by errors about a file that is larger than it may be.
var ErrSize = errors.New("file is too large")

// Open opens the file at path for reading. Links are followed. Errors are those of [os.Open], or a [*fs.PathError] that
// wraps ErrKind.
func Open(path string) (*os.File, fs.FileInfo, error) {
	return opened(path, os.Stat, os.Open)
}

// OpenIn is Open for a file in a directory that links do not lead out of.
func OpenIn(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	return opened(name, root.Stat, root.Open)
}

// OpenFS is Open for a file of a file system. One that cannot tell what a file is without opening it is not the machine's, and
// waits for nobody.
func OpenFS(fsys fs.FS, name string) (fs.File, fs.FileInfo, error) {
	if s, ok := fsys.(fs.StatFS); ok {
		return opened(name, s.Stat, fsys.Open)
	}
	return opened(name, nil, fsys.Open)
}

func opened[F fs.File](path string, stat func(string) (fs.FileInfo, error), open func(string) (F, error)) (f F, info fs.FileInfo, err error) {
	if stat != nil {
		if info, err = stat(path); err == nil {
			err = check(path, info)
		}
		if err != nil {
			return f, nil, err
		}
	}
	in, err := open(path)
	if err != nil {
		return f, nil, err
	}
	if info, err = in.Stat(); err == nil { // it may be another one by now
		err = check(path, info)
	}
	if err != nil {
		return f, nil, errors.Join(err, in.Close())
	}
	return in, info, nil
}

func check(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("%s: %w", kind(info.Mode()), ErrKind)}
}

// kind says what is there, and what to do.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory, give the path of a file in it"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe, write what it gives to a file first"
	case mode&fs.ModeSocket != 0:
		return "a socket, give the path of a file"
	case mode&fs.ModeDevice != 0:
		return "a device, write what it gives to a file first"
	}
	return "something else, give the path of a file"
}

// Read reads the whole file at path, of at most limit bytes. Errors are those of [Open], or wrap ErrSize.
func Read(path string, limit int64) ([]byte, error) {
	f, info, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f, path, info, limit)
}

// ReadFS is Read for a file of a file system.
func ReadFS(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, info, err := OpenFS(fsys, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f, name, info, limit)
}

// ReadAll reads what is open under a name to its end, of at most limit bytes.
func ReadAll(f io.Reader, name string, info fs.FileInfo, limit int64) ([]byte, error) {
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: %w: it has %d, at most %d bytes are read", name, ErrSize, info.Size(), limit)
	}
	b := make([]byte, 0, info.Size()+1) // one more: it would grow only to see the end
	for {
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, fmt.Errorf("%s: %w: it grew beyond %d bytes while it was read", name, ErrSize, limit)
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return nil, err
		case len(b) == cap(b):
			b = append(b, 0)[:len(b)]
		}
	}
}

package memfs

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
)

// Made is a flat directory of files that are made while they are read, so that nothing of them is held in memory. Several may
// be open at once, and one several times, where their Write can run so often at once.
type Made map[string]Content

// Content is a file's size, and what writes that many bytes: the same ones every time.
type Content struct {
	Size  int64
	Write func(w io.Writer) error
}

// Open implements fs.FS.
func (m Made) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		var entries []fs.DirEntry
		for _, name := range slices.Sorted(maps.Keys(m)) {
			entries = append(entries, fs.FileInfoToDirEntry(memInfo{name, int(m[name].Size)}))
		}
		return &memDir{entries: entries}, nil
	}
	c, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f := &madeFile{info: memInfo{name, int(c.Size)}}
	f.next, f.stop = iter.Pull(func(yield func([]byte) bool) {
		if err := c.Write(pieces(yield)); err != nil {
			f.err = &fs.PathError{Op: "read", Path: name, Err: err}
		}
	})
	return f, nil
}

// pieces hands on what is written, while the writer waits.
type pieces func([]byte) bool

func (yield pieces) Write(b []byte) (int, error) {
	if len(b) > 0 && !yield(b) {
		return 0, fs.ErrClosed
	}
	return len(b), nil
}

// madeFile is an open file of a Made.
type madeFile struct {
	info memInfo
	next func() ([]byte, bool)
	stop func()
	rest []byte // of what the writer waits with
	read int64
	err  error
}

func (f *madeFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Read implements io.Reader. Fewer or more bytes than the file's size are an error.
func (f *madeFile) Read(b []byte) (int, error) {
	for len(f.rest) == 0 && len(b) > 0 {
		piece, ok := f.next()
		if !ok {
			return 0, f.end()
		}
		f.rest = piece
	}
	n := copy(b, f.rest)
	f.rest, f.read = f.rest[n:], f.read+int64(n)
	return n, nil
}

func (f *madeFile) end() error {
	if f.err == nil && f.read != int64(f.info.size) {
		f.err = &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("other bytes were written than at first: it was changed meanwhile")}
	}
	if f.err != nil {
		return f.err
	}
	return io.EOF
}

// Close ends the writer. It is called after, not while, a Read runs.
func (f *madeFile) Close() error {
	f.stop()
	f.rest = nil
	return nil
}

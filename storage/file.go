package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"sync"

	"github.com/ipfs/go-cid"
)

var (
	errNotDir = errors.New("not a directory")
	errIsDir  = errors.New("is a directory")
)

// openFile reads a file of a verified tree. Each block is verified again when
// it is read, since a disk may corrupt it; the last one is kept, so that small
// sequential reads cost one hash per block.
type openFile struct {
	node *node
	path string
	view *view // keeps the blocks leased while the file is in use

	mu   sync.Mutex
	pos  int64
	last cid.Cid
	data []byte // content of last, in buf
	buf  []byte
}

var (
	_ io.ReaderAt = (*openFile)(nil)
	_ io.Seeker   = (*openFile)(nil)
	_ io.WriterTo = (*openFile)(nil)
)

func (f *openFile) Stat() (fs.FileInfo, error) { return info{f.node}, nil }

func (f *openFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.data, f.buf = cid.Undef, nil, nil
	return nil
}

func (f *openFile) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.readAt(p, f.pos)
	f.pos += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (f *openFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrInvalid}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.readAt(p, off)
}

// Seek implements io.Seeker.
func (f *openFile) Seek(off int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		off += f.pos
	case io.SeekEnd:
		off += f.node.size
	}
	if off < 0 || whence < io.SeekStart || whence > io.SeekEnd {
		return 0, &fs.PathError{Op: "seek", Path: f.path, Err: fs.ErrInvalid}
	}
	f.pos = off
	return off, nil
}

// WriteTo implements io.WriterTo, block by block.
func (f *openFile) WriteTo(w io.Writer) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	start := f.pos
	for f.pos < f.node.size {
		run, err := f.contentFrom(f.pos)
		if err != nil {
			return f.pos - start, err
		}
		n, err := w.Write(run)
		f.pos += int64(n)
		if err != nil {
			return f.pos - start, err
		}
	}
	return f.pos - start, nil
}

func (f *openFile) readAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		if off+int64(n) >= f.node.size {
			return n, io.EOF
		}
		run, err := f.contentFrom(off + int64(n))
		if err != nil {
			return n, err
		}
		n += copy(p[n:], run)
	}
	return n, nil
}

// contentFrom returns the content from off, which is inside the file, to the
// end of its block.
func (f *openFile) contentFrom(off int64) ([]byte, error) {
	leaves := f.node.leaves
	l := leaves[sort.Search(len(leaves), func(i int) bool { return leaves[i].off > off })-1]
	if !f.last.Equals(l.cid) {
		f.last = cid.Undef
		block, err := f.view.from.getInto(l.cid, f.buf)
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: f.path, Err: wrap("read", "local", l.cid, err)}
		}
		d, err := decode(l.cid, block)
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: f.path, Err: wrap("read", "local", l.cid, err)}
		}
		f.last, f.data = l.cid, d.data
		if f.view.from.memory == nil {
			f.buf = block
		}
	}
	if int64(len(f.data)) != l.len {
		return nil, &fs.PathError{Op: "read", Path: f.path, Err: fmt.Errorf("block %s: %w", l.cid, ErrCorrupt)}
	}
	return f.data[off-l.off:], nil
}

// openDir lists a directory of a verified tree.
type openDir struct {
	node *node
	path string
	next int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return info{d.node}, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: errIsDir}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.node.entries()[d.next:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.next += len(rest)
	return rest, nil
}

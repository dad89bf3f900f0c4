package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// CARDir is a directory of <cid>.car files, shared by several parties: a
// mounted disk, a synchronised folder, a checkout. It is both a [Fetcher] and a
// [Pusher].
type CARDir struct {
	path string

	mu      sync.Mutex
	cleared time.Time // when leftovers were last looked for
}

var (
	_ Fetcher = (*CARDir)(nil)
	_ Pusher  = (*CARDir)(nil)
)

// NewCARDir returns the driver for the directory at path, which is created on
// the first push.
func NewCARDir(path string) *CARDir { return &CARDir{path: path} }

// clearEvery is how often a push looks through the whole directory for leftovers, at
// the most: it may hold many files.
const clearEvery = time.Minute

// String names the driver in errors and receipts.
func (d *CARDir) String() string { return "cardir:" + d.path }

func (d *CARDir) file(root cid.Cid) string { return filepath.Join(d.path, root.String()+".car") }

// Fetch opens the CAR of root, ErrNotFound if the directory has none.
func (d *CARDir) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	f, err := openRegular(d.file(root))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Backend: d.String(), Op: "fetch", CID: root, Err: fmt.Errorf("%w: %w", ErrNotFound, err)}
	}
	if err != nil {
		return nil, &Error{Backend: d.String(), Op: "fetch", CID: root, Err: err}
	}
	return f, nil
}

// openRegular refuses pipes and devices, which could block a read forever:
// others can put anything into a shared directory.
func openRegular(path string) (*os.File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file (%v): %w", path, fi.Mode().Type(), ErrUnsupported)
	}
	return os.Open(path)
}

// Push writes the stream to <cid>.car. The name appears once the file is
// complete and on disk, so that readers never see half of it; an existing file
// is compared, and replaced if it differs, since it may be damaged.
func (d *CARDir) Push(ctx context.Context, root cid.Cid, car io.Reader) (Receipt, error) {
	n, compared, err := d.put(root, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return car.Read(p)
	}))
	if err != nil {
		return Receipt{}, &Error{Backend: d.String(), Op: "push", CID: root, Err: err}
	}
	r := Receipt{Backend: d.String(), CID: root, Bytes: n}
	if compared {
		r.VerifiedBy = r.Backend
	}
	return r, nil
}

// put writes the stream unless it is there already: what several parties push is
// written once. It reports whether all of it was read, and is the same.
func (d *CARDir) put(root cid.Cid, car io.Reader) (n int64, compared bool, err error) {
	d.clear()
	old, err := openRegular(d.file(root))
	if err != nil {
		n, err = d.write(root, car)
		return n, false, err
	}
	defer old.Close()
	n, differs, err := sameBytes(old, car)
	if err != nil || differs == nil {
		return n, err == nil, err
	}
	n, err = d.write(root, io.MultiReader(io.NewSectionReader(old, 0, n), bytes.NewReader(differs), car))
	return n, false, err
}

var compareBuffers = sync.Pool{New: func() any { return &[2][]byte{make([]byte, 64<<10), make([]byte, 64<<10+1)} }}

// sameBytes compares a file with a stream. It returns how many bytes are the same, and
// what came of the stream after those, nil if they are the same to the end of both.
func sameBytes(f *os.File, stream io.Reader) (n int64, differs []byte, err error) {
	buffers := compareBuffers.Get().(*[2][]byte)
	defer compareBuffers.Put(buffers)
	mine, theirs := buffers[0], buffers[1]
	for {
		k, ended, err := fill(stream, mine)
		if err != nil {
			return n, nil, err
		}
		want := theirs[:k]
		if ended {
			want = theirs[:k+1] // a file that goes on is another one
		}
		got, _, err := fill(f, want)
		if err != nil || got != k || !bytes.Equal(theirs[:k], mine[:k]) {
			return n, bytes.Clone(mine[:k]), nil //nolint:nilerr // a file that cannot be read is replaced
		}
		n += int64(k)
		if ended {
			return n, nil, nil
		}
	}
}

// fill reads until b is full or r has ended.
func fill(r io.Reader, b []byte) (n int, ended bool, err error) {
	for n < len(b) && err == nil {
		var k int
		k, err = r.Read(b[n:])
		n += k
	}
	if err == io.EOF {
		return n, true, nil
	}
	return n, false, err
}

// clear removes, now and then, what killed processes left.
func (d *CARDir) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cleared.IsZero() || time.Since(d.cleared) > clearEvery {
		removeLeftovers(d.path, pushPrefix, 0, uploadGrace)
		d.cleared = time.Now()
	}
}

func (d *CARDir) write(root cid.Cid, car io.Reader) (n int64, err error) {
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(d.path, pushPrefix+"*")
	if err != nil {
		return 0, err
	}
	_ = lockFile(f, true) // without file locks, its age decides when it is removed
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if n, err = io.Copy(f, car); err != nil {
		return n, err
	}
	if err = f.Chmod(0o644); err != nil { // CreateTemp's 0600 would hide it from the other parties
		return n, err
	}
	if err = f.Sync(); err != nil {
		return n, err
	}
	if err = f.Close(); err != nil {
		return n, err
	}
	if err = os.Rename(f.Name(), d.file(root)); err != nil {
		return n, err
	}
	return n, syncDir(d.path)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

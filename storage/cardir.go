package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
)

// CARDir is a directory of <cid>.car files, shared by several parties: a
// mounted disk, a synchronised folder, a checkout. It is both a [Fetcher] and a
// [Pusher].
type CARDir struct{ path string }

var (
	_ Fetcher = (*CARDir)(nil)
	_ Pusher  = (*CARDir)(nil)
)

// NewCARDir returns the driver for the directory at path, which is created on
// the first push.
func NewCARDir(path string) *CARDir { return &CARDir{path: path} }

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
// is replaced, since it may be damaged.
func (d *CARDir) Push(ctx context.Context, root cid.Cid, car io.Reader) (Receipt, error) {
	n, err := d.write(ctx, root, car)
	if err != nil {
		return Receipt{}, &Error{Backend: d.String(), Op: "push", CID: root, Err: err}
	}
	return Receipt{Backend: d.String(), CID: root, Bytes: n}, nil
}

func (d *CARDir) write(ctx context.Context, root cid.Cid, car io.Reader) (n int64, err error) {
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return 0, err
	}
	removeLeftovers(d.path, pushPrefix, 0, uploadGrace)
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
	if n, err = io.Copy(f, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return car.Read(p)
	})); err != nil {
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

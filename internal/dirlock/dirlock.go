// Package dirlock keeps two processes from working in one directory. The lock is the operating system's, so it goes
// with the process, however that ends.
package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrLocked says that another process holds the directory.
var ErrLocked = errors.New("directory is in use by another process: stop that one, or give this one a directory of its own")

// Lock is a held directory.
type Lock struct{ f *os.File }

// Acquire makes dir where it is missing and holds it until Close or the end of the process.
func Acquire(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &Lock{f}, nil
}

// Close gives the directory up.
func (l *Lock) Close() error { return l.f.Close() }

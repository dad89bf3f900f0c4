// Package dirlock keeps two processes from using the same directory. The lock is the operating system's, which releases
// it when the process ends, however that happens.
package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrLocked means that another process has locked the directory.
var ErrLocked = errors.New("directory is in use by another process: stop that one, or give this one a directory of its own")

// Lock is a lock on a directory.
type Lock struct{ f *os.File }

// Acquire creates dir if it is missing and locks it until Close or the end of the process. It returns ErrLocked if
// another process has locked it.
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

// Close releases the directory.
func (l *Lock) Close() error { return l.f.Close() }

// FileLock is a lock on a file that exists only while it is locked.
type FileLock struct {
	f    *os.File
	path string
}

// AcquireFile creates a file, with its directory, and locks it until Close or the end of the process. It returns
// ErrLocked if another process, or another caller in this one, has locked it. What a killed process left is taken over.
func AcquireFile(path string) (*FileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		if err := tryLock(f); err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if isAt(f, path) {
			return &FileLock{f, path}, nil
		}
		f.Close() // its last owner removed it between our opening and locking it
	}
}

// isAt reports whether f is the file that has the path now.
func isAt(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// Close removes the file and releases it. Where an open file cannot be removed, it stays, without being locked.
func (l *FileLock) Close() error {
	_ = os.Remove(l.path)
	return l.f.Close()
}

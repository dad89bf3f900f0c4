package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Prefixes of temporary names outside the store's own directory. Each file or
// directory is locked as long as the process that writes it lives, so that
// other processes can recognize what a killed process left behind.
const (
	extractPrefix = ".decloud-extract-"
	pushPrefix    = ".push-"
)

const (
	// staleAge is the age from which a temporary counts as left by a killed
	// process if there are no locks.
	staleAge = 24 * time.Hour
	// uploadGrace is how long an unfinished upload in a shared directory must
	// be unchanged before it is removed: locks do not reach other machines.
	uploadGrace = time.Hour
)

// tempDir is a locked temporary directory, to be renamed once it is complete.
type tempDir struct {
	path string
	lock *os.File // nil if there are no locks
}

// newTempDir creates a tempDir in parent and removes those that killed
// processes left there.
func newTempDir(parent string) (*tempDir, error) {
	removeLeftovers(parent, extractPrefix, fs.ModeDir, 0)
	for {
		path, err := os.MkdirTemp(parent, extractPrefix+"*")
		if err != nil {
			return nil, err
		}
		if !locksWork {
			return &tempDir{path: path}, nil // Windows would not rename an open directory
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process removed it before it was locked
		}
		if err != nil {
			return nil, err
		}
		err = lockFile(f, true)
		if there, serr := os.Stat(path); serr == nil && !isLocked(err) { // other errors mean a file system without locks
			if mine, ferr := f.Stat(); ferr == nil && os.SameFile(there, mine) {
				return &tempDir{path: path, lock: f}, nil
			}
		}
		f.Close()
	}
}

func (s *tempDir) unlock() { s.lock.Close() }

// isTemporary reports whether name is one of the prefixes followed by digits,
// as package os makes temporary names. Other files are not ours to remove.
func isTemporary(name string, prefixes ...string) bool {
	for _, p := range prefixes {
		if digits, ok := strings.CutPrefix(name, p); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
			return true
		}
	}
	return false
}

// removeLeftovers removes files (kind 0) or directories (fs.ModeDir) in dir
// that killed processes left under temporary names with the given prefix and
// that are unchanged for at least untouched. What cannot be removed stays,
// which does no harm.
func removeLeftovers(dir, prefix string, kind fs.FileMode, untouched time.Duration) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !isTemporary(e.Name(), prefix) || e.Type() != kind {
			continue
		}
		fi, err := e.Info()
		if err != nil || time.Since(fi.ModTime()) < untouched {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		err = lockFile(f, true)
		left := err == nil && locksWork || !isLocked(err) && time.Since(fi.ModTime()) > staleAge
		if !locksWork {
			f.Close() // Windows does not remove open files
		}
		if left {
			os.RemoveAll(path)
		}
		f.Close()
	}
}

package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Temporaries outside of the store's own directory. Each is locked for as long
// as the process that writes it lives, so that the next one can tell what was
// left by one that was killed.
const (
	extractPrefix = ".decloud-extract-"
	pushPrefix    = ".push-"
)

const (
	// stale is the age at which a temporary was left by a killed process, where
	// locks do not tell.
	stale = 24 * time.Hour
	// quiet is how long nobody has written to an upload into a shared directory
	// before it is looked at: locks do not reach to other machines.
	quiet = time.Hour
)

// scratch is a directory that is written before it gets its name.
type scratch struct {
	path string
	lock *os.File // nil where there are no locks
}

// newScratch makes one in parent, and removes those that killed processes have
// left there.
func newScratch(parent string) (*scratch, error) {
	sweepLeft(parent, extractPrefix, fs.ModeDir, 0)
	for {
		path, err := os.MkdirTemp(parent, extractPrefix+"*")
		if err != nil {
			return nil, err
		}
		if !locksWork {
			return &scratch{path: path}, nil // nor would Windows rename what is open
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process has swept it before it was locked
		}
		if err != nil {
			return nil, err
		}
		err = lockFile(f, true)
		if there, serr := os.Stat(path); serr == nil && !isLocked(err) { // other errors: a file system without locks
			if mine, ferr := f.Stat(); ferr == nil && os.SameFile(there, mine) {
				return &scratch{path: path, lock: f}, nil
			}
		}
		f.Close()
	}
}

func (s *scratch) unlock() { s.lock.Close() }

// isTemporary reports whether name is one that package os makes up for one of
// the prefixes: what others have called so is theirs.
func isTemporary(name string, prefixes ...string) bool {
	for _, p := range prefixes {
		if digits, ok := strings.CutPrefix(name, p); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
			return true
		}
	}
	return false
}

// sweepLeft removes what killed processes have left in dir, files (0) or
// directories, under temporary names with the given prefix, and have not written
// to for so long. What cannot be removed is left: it is in nobody's way.
func sweepLeft(dir, prefix string, kind fs.FileMode, untouched time.Duration) {
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
		left := err == nil && locksWork || !isLocked(err) && time.Since(fi.ModTime()) > stale
		if !locksWork {
			f.Close() // Windows would not remove it
		}
		if left {
			os.RemoveAll(path)
		}
		f.Close()
	}
}

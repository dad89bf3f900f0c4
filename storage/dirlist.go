package storage

import (
	"fmt"
	"io/fs"
	"strings"
)

// maxPath is the longest path below a root that Linux accepts, bytes.
const maxPath = 4095

// dirList is a stranger's list of files, checked as it arrives: paths that no
// directory can have, or no package may, are refused before anything is fetched.
type dirList struct {
	files  []DirFile
	limits limits
	bytes  int64               // of all files
	names  int                 // bytes of all paths
	seen   map[string]dirEntry // by path with every name folded
}

type dirEntry struct {
	path string
	dir  bool
}

func newDirList(l limits) *dirList { return &dirList{limits: l, seen: map[string]dirEntry{}} }

// add checks f beside those that came before it.
func (l *dirList) add(f DirFile) error {
	if !fs.ValidPath(f.Path) || f.Path == "." || len(f.Path) > maxPath {
		return fmt.Errorf("path %q is not one below a directory: %w", clip(f.Path), ErrUnsafeName)
	}
	parts := strings.Split(f.Path, "/")
	if len(parts) > l.limits.maxDepth {
		return fmt.Errorf("%s: more than %d directories deep: %w", clip(f.Path), l.limits.maxDepth, ErrTooLarge)
	}
	for _, name := range parts {
		if err := checkName(name); err != nil {
			return fmt.Errorf("%s: %w", clip(f.Path), err)
		}
	}
	if f.Size < 0 || f.Size > l.limits.maxBytes-l.bytes {
		return fmt.Errorf("%s of %d bytes, and %d before it, at most %d in all: %w", clip(f.Path), f.Size, l.bytes, l.limits.maxBytes, ErrTooLarge)
	}
	for end := range parts {
		if err := l.enter(strings.Join(parts[:end+1], "/"), end+1 < len(parts)); err != nil {
			return err
		}
	}
	l.bytes += f.Size
	l.files = append(l.files, f)
	return nil
}

// enter adds a file, which must be new, or a directory, which may have been named
// before in the same spelling.
func (l *dirList) enter(path string, dir bool) error {
	key := foldName(path)
	if other, ok := l.seen[key]; ok {
		if dir && other == (dirEntry{path, true}) {
			return nil
		}
		return fmt.Errorf("%q and %q are the same name on some systems: %w", clip(other.path), clip(path), ErrUnsafeName)
	}
	if l.names += len(path); len(l.seen) >= l.limits.maxNodes || l.names > 128*l.limits.maxNodes {
		return fmt.Errorf("more than %d files and directories, or %d bytes of paths: %w", l.limits.maxNodes, 128*l.limits.maxNodes, ErrTooLarge)
	}
	l.seen[key] = dirEntry{path, dir}
	return nil
}

// Package sourcedir finds directories of the repository for tests of other packages, which run in their own: also where
// the compiler leaves the source's place out of what it builds (-trimpath). For tests only.
package sourcedir

import (
	"os"
	"path/filepath"
)

// Find returns the directory with this path in the repository, such as "internal/surfpool": it looks for it in the
// working directory and above. Where there is none, it returns the path as it is, so that what opens it says so.
func Find(path string) string {
	dir, err := os.Getwd()
	for err == nil {
		found := filepath.Join(dir, filepath.FromSlash(path))
		if info, serr := os.Stat(found); serr == nil && info.IsDir() {
			return found
		}
		above := filepath.Dir(dir)
		if above == dir {
			break
		}
		dir = above
	}
	return path
}

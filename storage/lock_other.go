//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package storage

import "os"

const locksWork = false

// lockFile does nothing here: the user has to make sure that only one process
// uses a directory with Config.CacheBytes.
func lockFile(*os.File, bool) error { return nil }

func isLocked(error) bool { return false }

//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package storage

import "os"

const locksWork = false

// lockFile does nothing here: that one process alone works in a directory with
// Config.CacheBytes is left to who configures it.
func lockFile(*os.File, bool) error { return nil }

func isLocked(error) bool { return false }

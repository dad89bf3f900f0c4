//go:build !amd64

package kernel

import "runtime"

// pause lets other goroutines run while a member of a team waits.
func pause() { runtime.Gosched() }

//go:build !unix

package packagefmt

import "time"

func cpuTime() time.Duration { return 0 }

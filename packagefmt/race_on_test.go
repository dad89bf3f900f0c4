//go:build race

package packagefmt

import "time"

// second is a second of an ordinary build: the race detector is ten times slower.
const second = 10 * time.Second

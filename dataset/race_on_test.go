//go:build race

package dataset

import "time"

// second is what takes a second in an ordinary build; the race detector is ten
// times slower.
const second = 10 * time.Second

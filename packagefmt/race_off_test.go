//go:build !race

package packagefmt

import "time"

const second = time.Second

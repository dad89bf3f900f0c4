//go:build !race

package dataset

import "time"

const second = time.Second

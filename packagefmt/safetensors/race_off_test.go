//go:build !race

package safetensors

import "time"

const second = time.Second

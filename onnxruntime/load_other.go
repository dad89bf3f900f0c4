//go:build !((amd64 || arm64) && (darwin || linux || windows))

package onnxruntime

import (
	"errors"
	"fmt"
	"runtime"
)

func load(string) (*api, string, error) {
	return nil, "", fmt.Errorf("%w for %s on %s", errors.ErrUnsupported, runtime.GOOS, runtime.GOARCH)
}

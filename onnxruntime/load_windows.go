//go:build amd64 || arm64

package onnxruntime

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// symbol loads the library at path, which stays loaded, and finds a function in it. What it needs itself is looked for in its folder
// first.
func symbol(path, name string) (uintptr, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return 0, err
	}
	lib, err := windows.LoadLibraryEx(path, 0, windows.LOAD_WITH_ALTERED_SEARCH_PATH)
	if err != nil {
		return 0, err
	}
	return windows.GetProcAddress(lib, name)
}

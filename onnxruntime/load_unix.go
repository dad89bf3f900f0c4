//go:build (amd64 || arm64) && (darwin || linux)

package onnxruntime

import "github.com/ebitengine/purego"

// symbol loads the library at path, which stays loaded, and finds a function in it.
func symbol(path, name string) (uintptr, error) {
	if err := whole(path); err != nil {
		return 0, err
	}
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return 0, err
	}
	return purego.Dlsym(lib, name)
}

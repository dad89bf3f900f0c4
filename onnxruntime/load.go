//go:build (amd64 || arm64) && (darwin || linux || windows)

package onnxruntime

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// load loads the library and its table of functions.
func load(path string) (*api, string, error) {
	entry, err := symbol(path, "OrtGetApiBase")
	if err != nil {
		return nil, "", fmt.Errorf("this is no library of ONNX Runtime that can be loaded: %w", err)
	}
	var getBase func() unsafe.Pointer
	purego.RegisterFunc(&getBase, entry)
	base := (*struct{ getAPI, getVersion uintptr })(getBase())
	if base == nil || base.getAPI == 0 || base.getVersion == 0 {
		return nil, "", errors.New("the library gives no table of functions")
	}
	var getAPI func(version uint32) unsafe.Pointer
	var getVersion func() string
	purego.RegisterFunc(&getAPI, base.getAPI)
	purego.RegisterFunc(&getVersion, base.getVersion)
	version := getVersion()
	if err := supported(version); err != nil {
		return nil, "", err
	}
	table := (*[lastSlot + 1]uintptr)(getAPI(minAPI))
	if table == nil {
		return nil, "", fmt.Errorf("%w: %q does not have version %d of the table of functions", ErrVersion, version, minAPI)
	}
	a := &api{}
	for i, f := range a.slots() {
		if table[i] == 0 {
			return nil, "", fmt.Errorf("%w: %q lacks function %d", ErrVersion, version, i)
		}
		purego.RegisterFunc(f, table[i])
	}
	return a, version, nil
}

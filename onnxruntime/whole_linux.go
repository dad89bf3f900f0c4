//go:build amd64 || arm64

package onnxruntime

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
)

// whole refuses a file that ends before what its program headers say is loaded: the system's loader maps it all the same,
// and the process ends by SIGBUS when it is read there. What else is wrong the loader finds.
func whole(path string) error {
	info, err := os.Stat(path) // before it is opened: a pipe waits for a writer
	if err != nil {
		return nil //nolint:nilerr // the loader looks for a name without a folder in its own places, and says what is missing
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if size := uint64(info.Size()); p.Type == elf.PT_LOAD && (p.Filesz > size || p.Off > size-p.Filesz) {
			return fmt.Errorf("the file has %d bytes and is to have %d at least: install it again", size, p.Off+p.Filesz)
		}
	}
	return nil
}

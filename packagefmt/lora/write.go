package lora

import (
	"io"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
)

// Write writes the adapter's two files into a directory, which is made if it is missing; files of
// these names are replaced, others stay. Python's peft.PeftModel.from_pretrained loads it.
func (a Adapter) Write(dir string) error {
	files, err := a.files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, b := range files {
		err := atomicfile.Write(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
		if err != nil {
			return err
		}
	}
	atomicfile.SyncDir(dir)
	return nil
}

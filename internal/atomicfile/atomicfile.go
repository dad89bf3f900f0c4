// Package atomicfile writes files that are there whole or not at all, whatever ends the process or the power.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write replaces the file at path, which only its owner may read, with what write writes. It has reached the disk when
// Write returns; where anything fails, the file stays what it was. Of two at a time in one path, neither is safe.
func Write(path string, write func(io.Writer) error) error {
	temp := path + ".tmp"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	SyncDir(filepath.Dir(path))
	return nil
}

// SyncDir waits until the names in a directory have reached the disk, where the system can do that for a directory.
func SyncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}

package storage

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// syncFile waits until the file at path has reached the disk.
func syncFile(path string) error { return syncOpened(os.OpenFile(path, os.O_RDWR, 0)) }

// syncDir waits until the names in dir have reached the disk. Systems and file
// systems that cannot sync directories are not an error.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	err := syncOpened(os.Open(dir))
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

func syncOpened(f *os.File, err error) error {
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

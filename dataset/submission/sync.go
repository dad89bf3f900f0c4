package submission

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
)

// syncs is how many files are synced at a time: pictures are many, and disks take many at once
// about as fast as one.
const syncs = 32

// syncAll waits until all that is in a directory has reached the disk.
func syncAll(dir string) error {
	paths, failed := make(chan string), make([]error, syncs)
	var group sync.WaitGroup
	for i := range failed {
		group.Go(func() {
			for path := range paths {
				failed[i] = errors.Join(failed[i], syncFile(path))
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			atomicfile.SyncDir(path)
		default:
			paths <- path
		}
		return nil
	})
	close(paths)
	group.Wait()
	return errors.Join(append(failed, err)...)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

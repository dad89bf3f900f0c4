package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/ipfs/go-cid"
)

// Sync returns once all of root, which is in the local store, has reached the disk with
// its record and its pin: for content that was added [Unsynced].
func (s *Store) Sync(ctx context.Context, root cid.Cid) error {
	if s.cfg.NoSync {
		return nil
	}
	defer s.lease(root)()
	return wrap("sync", "local", root, s.sync(ctx, root))
}

func (s *Store) sync(ctx context.Context, root cid.Cid) error {
	dirs := map[string]struct{}{s.disk.dir: {}, s.cfg.Dir: {}}
	file := func(path string) error {
		dirs[filepath.Dir(path)] = struct{}{}
		return syncFile(path)
	}
	found, _, err := s.reach(ctx, root, nil)
	if err != nil {
		return err
	}
	for name := range found {
		err := file(s.disk.pathOf(name))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("block %s is not on disk: %w", name, ErrNotFound)
		}
		if err != nil {
			return err
		}
	}
	for _, kind := range []string{"roots", "pins"} {
		if err := file(s.rootFile(kind, root)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for dir := range dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

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

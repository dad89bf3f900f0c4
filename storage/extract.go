package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
)

// Extract writes the directory root to dir, fetching it first where needed.
// dir must not exist, or be empty: it appears by rename once all of it is
// written, and nothing else is ever touched. On error nothing is left behind.
func (s *Store) Extract(ctx context.Context, root cid.Cid, dir string) error {
	done, err := s.extractLocal(ctx, root, dir)
	if done {
		return wrap("extract", dir, root, err)
	}
	fsys, err := s.Fetch(ctx, root)
	if err != nil {
		return err
	}
	defer fsys.(*view).Close()
	return wrap("extract", dir, root, publish(ctx, fsys, dir))
}

// extractLocal writes what is here already, hashing each block once, as it is
// copied: a bad one is found before anything is published. It is not done when
// blocks are missing or spoilt.
func (s *Store) extractLocal(ctx context.Context, root cid.Cid, dir string) (done bool, err error) {
	if checkCID(root) != nil {
		return false, nil
	}
	defer s.reading(root)()
	tree, err := readTree(ctx, s.local, root, s.limits, false)
	if err == nil {
		err = s.touch(root, tree.size)
	}
	if err == nil {
		err = publish(ctx, &view{from: s.local, root: tree}, dir)
	}
	return !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrCorrupt), err
}

// publish copies fsys to a temporary directory beside dir and renames it.
func publish(ctx context.Context, fsys fs.FS, dir string) (err error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return fmt.Errorf("%s is not empty, choose a new directory: %w", dir, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent, base := filepath.Split(filepath.Clean(dir))
	if parent == "" {
		parent = "."
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "."+base+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
		}
	}()
	if err := writeTree(ctx, fsys, tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // MkdirTemp's 0700 is not what mkdir gives
		return err
	}
	return os.Rename(tmp, dir) // replaces an empty directory, fails on any other
}

// writeTree writes fsys below dir. os.Root confines every name to dir even
// where a check was wrong, O_EXCL never writes through what is there.
func writeTree(ctx context.Context, fsys fs.FS, dir string) error {
	at, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer at.Close()
	return fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if path == "." {
			return nil
		}
		if err := checkName(e.Name()); err != nil {
			return err
		}
		if e.IsDir() {
			return at.Mkdir(filepath.FromSlash(path), 0o755)
		}
		return writeFile(fsys, at, path)
	})
}

func writeFile(fsys fs.FS, at *os.Root, path string) error {
	in, err := fsys.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := at.OpenFile(filepath.FromSlash(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

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

// Extract writes the directory root to dir, fetching it first if needed. dir
// must not exist, or be empty: it appears by rename once it is complete and on
// disk (see [Config.NoSync]), and nothing else is changed. On error nothing is
// left behind; a temporary directory that a killed process left beside dir is
// removed by the next Extract there.
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
	return wrap("extract", dir, root, s.writeOut(ctx, fsys, dir))
}

// extractLocal extracts from the local store, hashing each block once, as it is
// copied: a bad block is found before dir appears. done is false if blocks are
// missing or damaged, and root has to be fetched.
func (s *Store) extractLocal(ctx context.Context, root cid.Cid, dir string) (done bool, err error) {
	if checkCID(root) != nil {
		return false, nil
	}
	defer s.lease(root)()
	tree, err := readTree(ctx, s.local, root, s.limits, false)
	if err == nil {
		_ = s.record(root, tree.size, false) // a read-only store can be read
		err = s.writeOut(ctx, &view{from: s.local, root: tree}, dir)
	}
	return !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrCorrupt), err
}

func (s *Store) writeOut(ctx context.Context, fsys fs.FS, dir string) error {
	return publisher{ctx: ctx, sync: !s.cfg.NoSync}.run(fsys, dir)
}

// publisher copies a file system to a temporary directory and renames it once
// it is complete.
type publisher struct {
	ctx  context.Context
	sync bool // wait until the directory is on disk before the rename, and for the rename itself
}

func (p publisher) run(fsys fs.FS, dir string) (err error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return fmt.Errorf("%s is not empty, choose a new directory: %w", dir, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := newTempDir(parent)
	if err != nil {
		return err
	}
	defer tmp.unlock()
	defer func() {
		if err != nil {
			os.RemoveAll(tmp.path)
		}
	}()
	if err := p.write(fsys, tmp.path); err != nil {
		return err
	}
	if err := os.Chmod(tmp.path, 0o755); err != nil { // MkdirTemp makes it 0700
		return err
	}
	if err := os.Rename(tmp.path, dir); err != nil { // replaces an empty directory, fails on any other
		return err
	}
	return p.syncDirs(parent)
}

// write copies fsys into dir. os.Root confines every name to dir even if a
// check was wrong; O_EXCL never writes to an existing file.
func (p publisher) write(fsys fs.FS, dir string) error {
	at, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer at.Close()
	var dirs []string
	err = fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if e.IsDir() {
			dirs = append(dirs, filepath.Join(dir, filepath.FromSlash(path)))
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
		return p.file(fsys, at, path)
	})
	if err != nil {
		return err
	}
	return p.syncDirs(dirs...)
}

func (p publisher) file(fsys fs.FS, at *os.Root, path string) error {
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
	if err == nil && p.sync {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

func (p publisher) syncDirs(dirs ...string) error {
	if !p.sync {
		return nil
	}
	for _, dir := range dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

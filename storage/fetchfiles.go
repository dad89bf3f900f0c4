package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/ipfs/go-cid"
)

// FileFetcher is an optional capability of a [Fetcher]: it serves the plain
// bytes of the file at a path below root, for sources that serve nothing
// better. It is used if [Config.Files] says which files to expect; the files
// are accepted only if they pack to the root again under one of [Profiles].
type FileFetcher interface {
	FetchFile(ctx context.Context, root cid.Cid, path string) (io.ReadCloser, error)
}

// fetchFiles fetches plain files, packs them under each profile in turn, and
// keeps the blocks of the profile that gives the root.
func (j *job) fetchFiles(ctx context.Context, from FileFetcher) error {
	dir, err := os.MkdirTemp(j.to.tmp, "files-*")
	if err != nil {
		return onDisk(err)
	}
	defer os.RemoveAll(dir)
	left := j.limits.maxBytes
	defer func() { j.to.quota.wrote(left-j.limits.maxBytes, true) }()
	at, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer at.Close()
	found := 0
	for _, p := range j.s.cfg.Files {
		n, err := j.fetchFile(ctx, from, at, p, left)
		left -= n
		if errors.Is(err, ErrNotFound) {
			continue // not every package has this file
		}
		if err != nil {
			return err
		}
		found++
	}
	if found == 0 {
		return fmt.Errorf("none of the files %v: %w", j.s.cfg.Files, ErrNotFound)
	}
	return j.packFiles(ctx, at.FS(), j.limits.maxBytes-left, fmt.Sprintf("%d files of %v", found, j.s.cfg.Files))
}

// packFiles stores fsys, of that many bytes, under the profile that gives the root.
func (j *job) packFiles(ctx context.Context, fsys fs.FS, bytes int64, what string) error {
	for _, profile := range Profiles() {
		root, err := packDir(ctx, fsys, newPacker(profile, j.limits, nil))
		if err != nil {
			return err
		}
		if blockKey(root) == blockKey(j.root) {
			return j.storeFiles(ctx, fsys, profile, bytes)
		}
	}
	return fmt.Errorf("%s do not give this root under any known profile: %w", what, ErrCIDMismatch)
}

// storeFiles packs fsys into the store; bytes is its size, for progress.
func (j *job) storeFiles(ctx context.Context, fsys fs.FS, profile Profile, bytes int64) error {
	if err := j.to.quota.reserve(bytes); err != nil {
		return err
	}
	defer j.to.quota.settle(bytes)
	w := newHoldingWriter(j.to)
	defer w.release()
	_, err := packDir(ctx, fsys, newPacker(profile, j.limits, w))
	if ferr := w.flush(); err == nil {
		err = ferr
	}
	if err == nil {
		err = j.count(bytes, 0)
	}
	return err
}

// fetchFile writes one file of at most left bytes to the directory at.
func (j *job) fetchFile(ctx context.Context, from FileFetcher, at *os.Root, name string, left int64) (int64, error) {
	if !fs.ValidPath(name) || name == "." {
		return 0, fmt.Errorf("Config.Files: %q is not a valid file path: %w", name, ErrUnsupported)
	}
	ctx, stall := withStall(ctx, j.s.cfg.StallTimeout)
	defer stall.stop()
	body, err := from.FetchFile(ctx, j.root, name)
	if err != nil {
		return 0, stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	if err := at.MkdirAll(path.Dir(name), 0o755); err != nil {
		return 0, onDisk(err)
	}
	out, err := at.Create(name)
	if err != nil {
		return 0, onDisk(err)
	}
	defer out.Close()
	var n int64
	for {
		if err := j.to.quota.reserve(maxBlock); err != nil {
			return n, err
		}
		m, err := io.CopyN(diskWriter{out}, r, maxBlock) // progress is counted in blocks, as for the other methods
		j.to.quota.settle(maxBlock)
		j.to.quota.wrote(m, true)
		if n += m; n > left {
			return n, fmt.Errorf("files of more than %d bytes: %w", j.limits.maxBytes, ErrTooLarge)
		}
		if errors.Is(err, io.EOF) {
			return n, out.Close()
		}
		if err != nil {
			return n, stall.explain(fmt.Errorf("%s: %w: %w", name, ErrIncomplete, err))
		}
		stall.progress()
	}
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"

	"github.com/ipfs/go-cid"
)

// BlockFetcher is an optional capability of a [Fetcher]: single blocks, by
// which a broken fetch goes on where it was. The bytes are untrusted.
type BlockFetcher interface {
	FetchBlock(ctx context.Context, c cid.Cid) (io.ReadCloser, error)
}

// FileFetcher is an optional capability of a [Fetcher]: the plain bytes of the
// file at a path below root, for sources that serve nothing better. It is used
// where [Config.Files] says which files to expect, and believed only if the
// files together give the root again under one of [Profiles].
type FileFetcher interface {
	FetchFile(ctx context.Context, root cid.Cid, path string) (io.ReadCloser, error)
}

// blocksAtOnce is how many blocks are asked for together: enough to hide the
// latency of a far gateway, and at most 16 MiB in memory.
const blocksAtOnce = 8

// blocks asks for what is missing, level by level.
func (j *job) blocks(ctx context.Context, from BlockFetcher) error {
	im, err := newImporter(j.to, j.root, j.limits)
	if err != nil {
		return err
	}
	if err := j.level(ctx, im, from); err != nil {
		im.leaves.flush() // what came is kept; its error is not the point
		return err
	}
	return im.finish()
}

func (j *job) level(ctx context.Context, im *importer, from BlockFetcher) error {
	for !im.complete() {
		batch := make([]cid.Cid, 0, blocksAtOnce)
		for _, c := range im.wanted {
			if batch = append(batch, c); len(batch) == blocksAtOnce {
				break
			}
		}
		data, errs := make([][]byte, len(batch)), make([]error, len(batch))
		var wg sync.WaitGroup
		for i, c := range batch {
			wg.Go(func() { data[i], errs[i] = j.block(ctx, from, c) })
		}
		wg.Wait()
		for i, c := range batch { // keep what came, whatever happened to the others
			if errs[i] == nil {
				errs[i] = im.add(c, data[i])
			}
			if errs[i] == nil {
				j.count(int64(len(data[i])))
			}
		}
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *job) block(ctx context.Context, from BlockFetcher, c cid.Cid) ([]byte, error) {
	ctx, stall := withStall(ctx, j.s.cfg.StallTimeout)
	defer stall.stop()
	body, err := from.FetchBlock(ctx, c)
	if err != nil {
		return nil, stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxBlock+1))
	if err != nil {
		return nil, stall.explain(fmt.Errorf("block %s: %w: %w", c, ErrIncomplete, err))
	}
	return data, nil
}

// files takes plain files, packs them under each profile in turn, and keeps
// the blocks of the one that gives the root.
func (j *job) files(ctx context.Context, from FileFetcher) error {
	dir, err := os.MkdirTemp(j.to.tmp, "files-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	at, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer at.Close()
	found, left := 0, j.limits.maxBytes
	for _, p := range j.s.cfg.Files {
		n, err := j.file(ctx, from, at, p, left)
		if errors.Is(err, ErrNotFound) {
			continue // a kind of package that has no such file
		}
		if err != nil {
			return err
		}
		found++
		left -= n
	}
	if found == 0 {
		return fmt.Errorf("none of the files %v: %w", j.s.cfg.Files, ErrNotFound)
	}
	for _, profile := range Profiles() {
		p := packer{profile: profile, dag: dagService{discard{}}, limits: j.limits}
		root, err := packDir(ctx, at.FS(), p)
		if err != nil {
			return err
		}
		if blockKey(root) == blockKey(j.root) {
			w := newWriter(j.to)
			p.dag = dagService{w}
			_, err := packDir(ctx, at.FS(), p)
			if ferr := w.flush(); err == nil {
				err = ferr
			}
			j.count(j.limits.maxBytes - left)
			return err
		}
	}
	return fmt.Errorf("%d files of %v do not give this root under any known profile: %w", found, j.s.cfg.Files, ErrCIDMismatch)
}

// file writes one file of at most left bytes below at.
func (j *job) file(ctx context.Context, from FileFetcher, at *os.Root, name string, left int64) (int64, error) {
	if !fs.ValidPath(name) || name == "." {
		return 0, fmt.Errorf("Config.Files: %q is no path of a file: %w", name, ErrUnsupported)
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
		return 0, err
	}
	out, err := at.Create(name)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	var n int64
	for {
		m, err := io.CopyN(out, r, maxBlock) // progress is counted in blocks, as elsewhere
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

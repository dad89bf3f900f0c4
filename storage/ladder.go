package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

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

// blocksAtOnce is how many blocks one source is asked for together: enough to
// hide the latency of a far one. Blocks are rarely larger than usualBlock; of
// those that are, at most largeAtOnce are in memory, for all sources of a store.
const (
	blocksAtOnce = 16
	usualBlock   = 264 << 10 // 256 KiB of content, in dag-pb a little more
	largeAtOnce  = 4
)

// blocks asks for what is missing, block by block.
func (j *job) blocks(ctx context.Context, from BlockFetcher) error {
	im, err := newImporter(j.to, j.root, j.limits)
	if err != nil {
		return err
	}
	if err := j.missing(ctx, im, from); err != nil {
		im.leaves.flush() // what came is kept; its error is not the point
		return err
	}
	return im.finish()
}

// missing keeps so many requests under way for as long as blocks are wanted.
// After an error it asks for no more, but keeps what comes.
func (j *job) missing(ctx context.Context, im *importer, from BlockFetcher) (err error) {
	type answer struct {
		key  string
		c    cid.Cid
		data []byte
		here bool   // another source has brought it meanwhile
		done func() // data is needed no more
		err  error
	}
	answers, asked := make(chan answer), map[string]struct{}{}
	for {
		for k, c := range im.wanted {
			if err != nil || len(asked) == blocksAtOnce {
				break
			}
			if _, ok := asked[k]; ok {
				continue
			}
			asked[k] = struct{}{}
			go func() {
				a := answer{key: k, c: c, done: func() {}}
				a.data, a.err = j.to.get(c)
				if a.here = a.err == nil; !a.here {
					a.err = protect(name(j.from), func() (err error) {
						a.data, a.done, err = j.block(ctx, from, c)
						return err
					})
				}
				answers <- a
			}()
		}
		if len(asked) == 0 {
			return err
		}
		a := <-answers
		delete(asked, a.key)
		if a.err == nil {
			a.err = im.add(a.c, a.data)
		}
		a.done()
		if a.err == nil && !a.here {
			a.err = j.count(int64(len(a.data)), 0)
		}
		if err == nil {
			err = a.err
		}
	}
}

// block reads one block. Its memory counts until done is called.
func (j *job) block(ctx context.Context, from BlockFetcher, c cid.Cid) (block []byte, done func(), err error) {
	ctx, stall := withStall(ctx, j.s.cfg.StallTimeout)
	defer stall.stop()
	body, err := from.FetchBlock(ctx, c)
	if err != nil {
		return nil, func() {}, stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	large := false
	done = func() {
		if large {
			<-j.s.large
		}
	}
	defer func() {
		if block == nil { // an error, or the driver has panicked
			done()
			done = func() {}
		}
	}()
	data := bytes.NewBuffer(make([]byte, 0, usualBlock+1+bytes.MinRead)) // ReadFrom does not make it grow
	_, err = data.ReadFrom(io.LimitReader(r, usualBlock+1))
	if err == nil && data.Len() > usualBlock {
		stall.pause()
		select {
		case j.s.large <- struct{}{}:
			large = true
		case <-ctx.Done():
			return nil, done, context.Cause(ctx)
		}
		stall.progress()
		data.Grow(maxBlock - usualBlock + bytes.MinRead)
		_, err = data.ReadFrom(io.LimitReader(r, maxBlock-usualBlock))
	}
	if err != nil {
		return nil, done, stall.explain(fmt.Errorf("block %s: %w: %w", c, ErrIncomplete, err))
	}
	return data.Bytes(), done, nil
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
		root, err := packDir(ctx, at.FS(), newPacker(profile, j.limits, nil))
		if err != nil {
			return err
		}
		if blockKey(root) == blockKey(j.root) {
			w := newWriter(j.to)
			_, err := packDir(ctx, at.FS(), newPacker(profile, j.limits, w))
			if ferr := w.flush(); err == nil {
				err = ferr
			}
			if err == nil {
				err = j.count(j.limits.maxBytes-left, 0)
			}
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

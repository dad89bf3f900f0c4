package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"sync"

	"github.com/ipfs/go-cid"
)

// DirFetcher is an optional capability of a [Fetcher] that serves plain files, and
// knows which ones a root has: a repository of files, for example. The store then
// needs no [Config.Files] and does not call Fetch. Names, sizes and bytes are
// untrusted: the files are accepted only if they pack to the root again under one
// of [Profiles].
type DirFetcher interface {
	// ListFiles yields the files of root, in any order, or an error: ErrNotFound
	// if there is no such root. Directories need not be listed. The store stops
	// where a limit is exceeded, so a driver must not read far ahead.
	ListFiles(ctx context.Context, root cid.Cid) iter.Seq2[DirFile, error]
	// FetchFileFrom returns the bytes of the file at a path that was listed, from
	// offset on, which is less than its size: empty files are not asked for. A
	// source that cannot start there returns ErrUnsupported, and is asked for the
	// whole file. Several files are fetched at once.
	FetchFileFrom(ctx context.Context, root cid.Cid, path string, offset int64) (io.ReadCloser, error)
}

// DirFile is a file that a [DirFetcher] lists.
type DirFile struct {
	Path string // below the root, with slashes
	Size int64  // in bytes; the file has exactly as many, or is refused
}

// maxFileRequests is how many files of one source are fetched at once: most files
// of a data set are small, and each costs a round trip.
const maxFileRequests = 8

// fileStep is how many bytes of a file are progress, after which failed attempts
// count from one again.
const fileStep = 1 << 20

// dirFetch fetches the files of one root from one source. What has arrived stays
// for the next attempt.
type dirFetch struct {
	j    *job
	from DirFetcher
	dir  string   // temporary; "" before the first attempt
	at   *os.Root // of dir
	list *dirList // nil before it is complete
	got  []int64  // bytes of each file of list that are in dir
}

// attempt fetches what is missing, packs the files under each profile, and keeps
// the blocks of the profile that gives the root.
func (d *dirFetch) attempt(ctx context.Context) error {
	if d.at == nil {
		if err := d.open(); err != nil {
			return onDisk(err)
		}
	}
	if d.list == nil {
		list, err := d.readList(ctx)
		if err != nil {
			return err
		}
		if err := d.j.to.quota.admit(d.j.root, list.bytes); err != nil {
			return err
		}
		d.list, d.got = list, make([]int64, len(list.files))
	}
	if err := d.fetchAll(ctx); err != nil {
		return err
	}
	return d.j.packFiles(ctx, d.at.FS(), d.list.bytes, fmt.Sprintf("the %d files", len(d.list.files)))
}

func (d *dirFetch) open() (err error) {
	if d.dir, err = os.MkdirTemp(d.j.to.tmp, "files-*"); err == nil {
		d.at, err = os.OpenRoot(d.dir)
	}
	return onDisk(err)
}

// discard removes the files.
func (d *dirFetch) discard() {
	if d.at != nil {
		d.at.Close()
	}
	if d.dir != "" {
		os.RemoveAll(d.dir)
	}
	var all int64
	for _, n := range d.got {
		all += n
	}
	d.j.to.quota.wrote(-all, true)
}

func (d *dirFetch) readList(ctx context.Context) (*dirList, error) {
	ctx, stall := withStall(ctx, d.j.s.cfg.StallTimeout)
	defer stall.stop()
	list := newDirList(d.j.limits)
	for f, err := range d.from.ListFiles(ctx, d.j.root) {
		if err != nil {
			return nil, stall.explain(err)
		}
		if err := list.add(f); err != nil {
			return nil, err
		}
		stall.progress()
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return list, nil
}

// fetchAll fetches the files that are not complete, several at once. After an
// error it starts no more.
func (d *dirFetch) fetchAll(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	todo := make(chan int)
	var wg sync.WaitGroup
	for range min(maxFileRequests, len(d.got)) {
		wg.Go(func() {
			for i := range todo {
				if err := catchPanic(name(d.from), func() error { return d.fetchFile(ctx, i) }); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i, f := range d.list.files {
		if d.got[i] == f.Size && f.Size > 0 {
			continue
		}
		select {
		case todo <- i:
		case <-ctx.Done():
		}
	}
	close(todo)
	wg.Wait()
	return context.Cause(ctx)
}

// fetchFile fetches what is missing of one file.
func (d *dirFetch) fetchFile(ctx context.Context, i int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f := d.list.files[i]
	if f.Size == 0 {
		out, err := d.create(f.Path, 0)
		if err == nil {
			err = out.Close()
		}
		return onDisk(err)
	}
	ctx, stall := withStall(ctx, d.j.s.cfg.StallTimeout)
	defer stall.stop()
	body, err := d.from.FetchFileFrom(ctx, d.j.root, f.Path, d.got[i])
	if d.got[i] > 0 && errors.Is(err, ErrUnsupported) {
		d.j.to.quota.wrote(-d.got[i], true)
		d.got[i] = 0
		body, err = d.from.FetchFileFrom(ctx, d.j.root, f.Path, 0)
	}
	if err != nil {
		return stall.explain(err)
	}
	r := stall.guard(body)
	defer r.Close()
	out, err := d.create(f.Path, d.got[i])
	if err != nil {
		return onDisk(err)
	}
	defer out.Close()
	if err := d.copy(out, r, i, stall); err != nil {
		return err
	}
	d.j.steps.Add(1)
	return onDisk(out.Close())
}

// create opens a file of the temporary directory to write from offset on.
func (d *dirFetch) create(name string, offset int64) (*os.File, error) {
	if err := d.at.MkdirAll(path.Dir(name), 0o755); err != nil {
		return nil, err
	}
	out, err := d.at.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = out.Truncate(offset)
	if err == nil {
		_, err = out.Seek(offset, io.SeekStart)
	}
	if err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// copy writes the rest of file i, which must end where the list says.
func (d *dirFetch) copy(out io.Writer, r io.Reader, i int, stall *stallGuard) error {
	f, quota := d.list.files[i], d.j.to.quota
	for d.got[i] < f.Size {
		step := min(fileStep, f.Size-d.got[i])
		if err := quota.reserve(step); err != nil {
			return err
		}
		n, err := io.CopyN(diskWriter{out}, r, step)
		quota.settle(step)
		quota.wrote(n, true)
		d.got[i] += n
		if err != nil {
			return stall.explain(fmt.Errorf("%s ends after %d of %d bytes: %w: %w", clip(f.Path), d.got[i], f.Size, ErrIncomplete, err))
		}
		d.j.steps.Add(1)
		stall.progress()
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return fmt.Errorf("%s is longer than the %d bytes that were listed: %w", clip(f.Path), f.Size, ErrCorrupt)
	} else if !errors.Is(err, io.EOF) {
		return stall.explain(fmt.Errorf("%s: %w: %w", clip(f.Path), ErrIncomplete, err))
	}
	return nil
}

package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"
	car "github.com/ipld/go-car/v2"
	carstorage "github.com/ipld/go-car/v2/storage"
)

const (
	maxCARHeader = 16 << 10       // room for some 400 roots
	maxCARRecord = maxBlock + 256 // a section: CID and block
)

// readCAR feeds a CAR stream of version 1 or 2 to im until the content is
// complete. After every block it calls tick with how many bytes of it are new
// content (fresh) or were stored before (known). It does not read past the last
// block needed, so an endless tail costs nothing.
func (im *importer) readCAR(ctx context.Context, root cid.Cid, r io.Reader, tick func(fresh, known int64) error) (err error) {
	defer func() { // also if r panics
		if ferr := im.finish(); err == nil {
			err = otherContent(root, im.named, ferr)
		}
	}()
	return im.readBlocks(ctx, r, tick)
}

// otherContent adds to the error of a CAR without all of root that it names other
// roots. One that holds root is good whatever roots it names: writers name several,
// or none.
func otherContent(root cid.Cid, named []cid.Cid, err error) error {
	if err == nil || len(named) == 0 || slices.ContainsFunc(named, func(c cid.Cid) bool { return c.Defined() && blockKey(c) == blockKey(root) }) {
		return err
	}
	return fmt.Errorf("the CAR is of %s, not of %s: %w: %w", named[0], root, ErrCIDMismatch, err)
}

func (im *importer) readBlocks(ctx context.Context, r io.Reader, tick func(fresh, known int64) error) error {
	stream, err := openCAR(r, im.limits)
	if err != nil {
		return err
	}
	im.named = stream.Roots
	for !im.complete() {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, data, err := stream.next()
		if errors.Is(err, io.EOF) {
			return nil // finish reports what is missing
		}
		if err != nil {
			return err
		}
		useful, known := im.useful, im.known
		if err := im.add(id, data); err != nil {
			return err
		}
		if err := tick(im.useful-useful, im.known-known); err != nil {
			return err
		}
	}
	return nil
}

// carBlocks are the blocks of an untrusted CAR stream, not hashed yet.
type carBlocks struct {
	*car.BlockReader
	src *cappedReader
}

// openCAR begins to read a CAR of version 1 or 2.
func openCAR(r io.Reader, l limits) (carBlocks, error) {
	src := &cappedReader{r: r, left: l.streamBytes()}
	br, err := car.NewBlockReader(bufio.NewReaderSize(src, 64<<10), car.WithTrustedCAR(true), // we hash ourselves
		car.MaxAllowedHeaderSize(maxCARHeader), car.MaxAllowedSectionSize(maxCARRecord))
	if err != nil {
		return carBlocks{}, src.classify("not a CAR", err)
	}
	return carBlocks{br, src}, nil
}

// next returns the next block; io.EOF, as it is, after the last one.
func (b carBlocks) next() (cid.Cid, []byte, error) {
	block, err := b.Next()
	switch {
	case err == nil:
		return block.Cid(), block.RawData(), nil
	case errors.Is(err, io.EOF) && b.src.err == nil:
		return cid.Undef, nil, io.EOF
	}
	return cid.Undef, nil, b.src.classify("CAR", err)
}

// cappedReader limits a stream and remembers why it ended, so that a broken
// connection can be distinguished from corrupt bytes.
type cappedReader struct {
	r    io.Reader
	left int64
	err  error // other than io.EOF
}

func (s *cappedReader) Read(p []byte) (int, error) {
	if s.left <= 0 {
		s.err = fmt.Errorf("stream does not end: %w", ErrTooLarge)
		return 0, s.err
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	if s.left -= int64(n); err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// classify wraps an error of the CAR reader in the sentinel that applies.
func (s *cappedReader) classify(what string, err error) error {
	switch {
	case s.err != nil && isSentinel(s.err):
		return s.err
	case s.err != nil:
		return fmt.Errorf("%s breaks off: %w: %w", what, ErrIncomplete, s.err)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return fmt.Errorf("%s ends early: %w", what, ErrIncomplete)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrCorrupt, err)
}

var carBuffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 256<<10) }}

// writeCAR writes the DAG of root as CAR version 1: every block once, in
// depth-first order, so that a reader can verify it as it comes.
func writeCAR(ctx context.Context, from *blocks, root cid.Cid, w io.Writer) error {
	buf := carBuffers.Get().(*bufio.Writer) // also hides w's other methods: go-car would seek
	buf.Reset(w)
	defer func() {
		buf.Reset(nil)
		carBuffers.Put(buf)
	}()
	out, err := carstorage.NewWritable(buf, []cid.Cid{root}, car.WriteAsCarV1(true), car.UseWholeCIDs(true))
	if err != nil {
		return err
	}
	err = walkBlocks(ctx, from, root, func(c cid.Cid, data []byte) error { return out.Put(ctx, c.KeyString(), data) })
	if err != nil {
		return err
	}
	return buf.Flush()
}

// walkBlocks visits every block of root once, depth first, verified as it is read.
func walkBlocks(ctx context.Context, from *blocks, root cid.Cid, fn func(c cid.Cid, data []byte) error) error {
	if err := checkCID(root); err != nil {
		return err
	}
	seen := map[string]struct{}{}
	todo := []cid.Cid{root}
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, ok := seen[c.KeyString()]; ok {
			continue
		}
		seen[c.KeyString()] = struct{}{}
		block, err := from.get(c)
		if err != nil {
			return err
		}
		if err := fn(c, block); err != nil {
			return err
		}
		n, err := decode(c, block)
		if err != nil {
			return err
		}
		for i := len(n.links) - 1; i >= 0; i-- {
			todo = append(todo, n.links[i].cid)
		}
	}
	return nil
}

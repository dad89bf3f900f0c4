package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// maxBlock is the largest block that is read or written, in bytes. Bitswap and
// gateways use the same limit.
const maxBlock = 2 << 20

var blockName = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// blocks is a directory with one file per block. A file is named by the block's
// multihash; the second-to-last letter of the name, the last one that takes all
// 32 values, selects the subdirectory. (Kubo has 1,024 subdirectories: creating
// them took longer than writing the files of a package.) Writes go to a
// temporary file that is then renamed, so a block exists completely or not at
// all; a block damaged by power loss is detected on reading, since every read
// is hashed. Safe for concurrent use, also by several processes.
type blocks struct {
	dir   string // holds the subdirectories
	tmp   string // on the same file system
	quota *quota // nil: none

	memory *memory // nil: none
	root   cid.Cid // whose blocks are written to memory; undefined: all go to the disk
}

func openBlocks(dir string) (*blocks, error) {
	b := &blocks{dir: filepath.Join(dir, "blocks"), tmp: filepath.Join(dir, "tmp")}
	for _, d := range []string{b.dir, b.tmp} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *blocks) path(c cid.Cid) string { return b.pathOf(fileName(c)) }

func fileName(c cid.Cid) string { return blockName.EncodeToString(c.Hash()) }

func (b *blocks) pathOf(name string) string {
	return filepath.Join(b.dir, name[len(name)-2:len(name)-1], name)
}

// put stores a block that the caller has verified against c. An existing file
// is read first, so that a damaged one is replaced.
func (b *blocks) put(c cid.Cid, data []byte) error { return b.write(c, data, false) }

// write is put; with sync the block's bytes have reached the disk when it
// returns, but its name may not have.
func (b *blocks) write(c cid.Cid, data []byte, sync bool) error {
	if _, ok := inline(c); ok {
		return nil
	}
	if b.root.Defined() && !sync && b.memory.put(b.root, fileName(c), data) {
		return nil
	}
	path := b.path(c)
	if _, err := b.get(c); err == nil {
		if sync {
			return syncFile(path)
		}
		return nil
	}
	damaged, _ := b.size(c) // 0 if there is none
	f, err := os.CreateTemp(b.tmp, "block-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && sync {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
		if errors.Is(err, fs.ErrNotExist) { // first block of its subdirectory
			if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				err = os.Rename(f.Name(), path)
			}
		}
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	b.quota.wrote(int64(len(data))-damaged, false)
	return nil
}

// get reads a block and verifies it. ErrNotFound if it does not exist,
// ErrCorrupt if its bytes have changed on disk.
func (b *blocks) get(c cid.Cid) ([]byte, error) { return b.getInto(c, nil) }

// getInto is get, but reuses buf if it is large enough. A block of the memory is shared: it must not be changed, or
// become a buf.
func (b *blocks) getInto(c cid.Cid, buf []byte) ([]byte, error) {
	if data, ok := inline(c); ok {
		return data, nil
	}
	if data, ok := b.memory.get(b.root, fileName(c)); ok {
		return data, nil
	}
	f, err := os.Open(b.path(c))
	if err != nil {
		return nil, readError(c, err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if fi.Size() > maxBlock {
		return nil, fmt.Errorf("block %s: file of %d bytes: %w", c, fi.Size(), ErrCorrupt)
	}
	data := buf[:0]
	if int64(cap(data)) < fi.Size() {
		data = make([]byte, fi.Size())
	}
	data = data[:fi.Size()]
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("block %s: %w: %w", c, ErrCorrupt, err)
	}
	return data, verifyBlock(c, data)
}

var checkBuffers = sync.Pool{New: func() any { buf := make([]byte, 64<<10); return &buf }}

// check verifies that a block has size bytes and its hash, without returning
// it.
func (b *blocks) check(c cid.Cid, size int64) error {
	if data, ok := inline(c); ok && int64(len(data)) == size {
		return nil
	}
	f, err := os.Open(b.path(c))
	if err != nil {
		return readError(c, err)
	}
	defer f.Close()
	buf := checkBuffers.Get().(*[]byte)
	defer checkBuffers.Put(buf)
	h := sha256.New()
	n, err := io.CopyBuffer(h, io.LimitReader(f, maxBlock+1), *buf)
	if err != nil {
		return fmt.Errorf("block %s: %w: %w", c, ErrCorrupt, err)
	}
	if n != size || !bytes.Equal(h.Sum(nil), digest(c)) {
		return fmt.Errorf("block %s: the %d bytes on disk do not match its hash: %w", c, n, ErrCorrupt)
	}
	return nil
}

// moveFrom moves a block here from another directory of the same file system.
func (b *blocks) moveFrom(from *blocks, c cid.Cid) error {
	if err := os.MkdirAll(filepath.Dir(b.path(c)), 0o755); err != nil {
		return err
	}
	return os.Rename(from.path(c), b.path(c))
}

// size returns the length of a block without reading it.
func (b *blocks) size(c cid.Cid) (int64, error) {
	if data, ok := inline(c); ok {
		return int64(len(data)), nil
	}
	if data, ok := b.memory.get(b.root, fileName(c)); ok {
		return int64(len(data)), nil
	}
	fi, err := os.Stat(b.path(c))
	if err != nil {
		return 0, readError(c, err)
	}
	return fi.Size(), nil
}

// each calls fn with the path of every file below dir, also of files that are
// not where path puts blocks: an older layout may have left them.
func (b *blocks) each(fn func(path string, fi fs.FileInfo) error) error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(path, fi)
	})
}

// temporaries are the prefixes of file names in the temporary directory.
var temporaries = []string{"block-", "files-", "aside-", "back-"}

// sweep removes the files that killed processes left in the temporary
// directory: all of them if no other process uses the store, else only old
// ones.
func (b *blocks) sweep(alone bool) error {
	list, err := os.ReadDir(b.tmp)
	if err != nil {
		return err
	}
	for _, e := range list {
		if fi, err := e.Info(); err == nil && isTemporary(e.Name(), temporaries...) && (alone || time.Since(fi.ModTime()) > staleAge) {
			if err := os.RemoveAll(filepath.Join(b.tmp, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func readError(c cid.Cid, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("block %s: %w", c, ErrNotFound)
	}
	return fmt.Errorf("block %s: %w", c, err)
}

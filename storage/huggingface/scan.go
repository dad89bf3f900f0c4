package huggingface

import (
	"context"
	"crypto/sha1" // git's name of a blob, not a signature
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"

	"github.com/decloud-sdk/decloud-go/storage"
)

// file is a file to publish.
type file struct {
	path   string
	size   int64
	git    string // name of its blob if it is kept in git
	sha256 string // and in the large file storage
}

// scan reads and hashes the files of fsys.
func scan(ctx context.Context, fsys fs.FS) (files []file, err error) {
	err = fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case e.IsDir():
			return checkDir(fsys, path)
		case path == attributes:
			return fmt.Errorf("%s: the hub keeps a file of its own under this name: leave it out of the directory: %w", path, storage.ErrUnsupported)
		}
		f, err := hash(fsys, path)
		files = append(files, f)
		return err
	})
	return files, err
}

// checkDir refuses empty directories, which git does not have: the CID would be
// another one.
func checkDir(fsys fs.FS, path string) error {
	list, err := fs.ReadDir(fsys, path)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s is empty, and the hub does not keep empty directories: remove it, or put a file into it: %w", path, storage.ErrUnsupported)
	}
	return err
}

// hash reads a file once for both of its names.
func hash(fsys fs.FS, path string) (file, error) {
	in, err := fsys.Open(path)
	if err != nil {
		return file{}, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return file{}, err
	}
	git, large := sha1.New(), sha256.New()
	fmt.Fprintf(git, "blob %d\x00", info.Size())
	n, err := io.Copy(io.MultiWriter(git, large), in)
	if err == nil && n != info.Size() {
		err = fmt.Errorf("%s has %d bytes, not the %d that its directory says: %w", path, n, info.Size(), storage.ErrCorrupt)
	}
	return file{path, n, hex.EncodeToString(git.Sum(nil)), hex.EncodeToString(large.Sum(nil))}, err
}

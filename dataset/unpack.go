package dataset

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ErrArchive means that an archive cannot be unpacked safely: it is damaged,
// holds more than it may, or lacks what is wanted.
var ErrArchive = errors.New("dataset: bad archive")

// maxArchived bounds the entries of an archive.
const maxArchived = 1 << 20

// unpacker writes the wanted files of an archive into a folder. Names in the
// archive choose files and, below the folder, their place; none can leave it.
// Links and devices are never written.
type unpacker struct {
	dir     *os.Root
	keep    []Keep
	left    int64 // bytes that may still be written
	seen    []bool
	written []string
}

// unpack writes the files of an archive that keep names to dir, at most max
// bytes in all. Every pattern must fit at least one file.
func unpack(archive, dir string, keep []Keep, max int64) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{dir: root, keep: keep, left: max, seen: make([]bool, len(keep))}
	lower := strings.ToLower(archive)
	switch {
	case strings.HasSuffix(lower, ".zip"):
		err = u.zip(archive)
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"), strings.HasSuffix(lower, ".tar"):
		err = u.tar(archive, !strings.HasSuffix(lower, ".tar"))
	default:
		err = fmt.Errorf("%w: unknown kind (want .zip, .tar.gz, .tgz or .tar)", ErrArchive)
	}
	for i, seen := range u.seen {
		if err == nil && !seen {
			err = fmt.Errorf("%w: it holds no %s", ErrArchive, keep[i].Pattern)
		}
	}
	if err != nil {
		return err
	}
	return u.sync()
}

// wanted returns which pattern a file of the archive fits, and the name that it
// gets; -1 and "" if it is not kept.
func (u *unpacker) wanted(name string) (pattern int, as string) {
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if !filepath.IsLocal(name) {
		return -1, ""
	}
	for i, k := range u.keep {
		if ok, _ := path.Match(k.Pattern, name); ok {
			return i, k.name(name)
		}
	}
	return -1, ""
}

// name returns the name of a file that the pattern fits.
func (k Keep) name(file string) string {
	folder, tree := strings.CutSuffix(k.As, "/")
	switch {
	case k.As == "":
		return path.Base(file)
	case !tree:
		return k.As
	}
	skip := strings.Count(k.Pattern[:strings.IndexAny(k.Pattern+"*", "*?[")], "/")
	return path.Join(append([]string{folder}, strings.Split(file, "/")[skip:]...)...)
}

func (u *unpacker) write(name string, r io.Reader) error {
	if err := u.dir.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := u.dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: two files named %.80q", ErrArchive, name)
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, u.left+1))
	if u.left -= n; u.left < 0 && err == nil {
		err = fmt.Errorf("%w: it unpacks to more than expected; is it another file?", ErrArchive)
	}
	u.written = append(u.written, name)
	return errors.Join(err, f.Close())
}

// sync waits until all files have reached the disk. After the last one is
// written, since waiting for each of 100,000 in turn takes minutes.
func (u *unpacker) sync() error {
	for _, name := range u.written {
		f, err := u.dir.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) zip(archive string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArchive, err)
	}
	defer z.Close()
	if len(z.File) > maxArchived {
		return fmt.Errorf("%w: more than %d files", ErrArchive, maxArchived)
	}
	for _, f := range z.File {
		pattern, name := u.wanted(f.Name)
		if pattern < 0 || !f.Mode().IsRegular() {
			continue
		}
		u.seen[pattern] = true
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%w: %.80q: %w", ErrArchive, f.Name, err)
		}
		err = u.write(name, r)
		r.Close()
		if err != nil {
			return inArchive(err)
		}
	}
	return nil
}

func (u *unpacker) tar(archive string, zipped bool) error {
	f, _, err := regular.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if zipped {
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrArchive, err)
		}
		defer z.Close()
		// what is skipped is decompressed too
		r = io.LimitReader(z, 16*u.left+1<<30)
	}
	t := tar.NewReader(r)
	for n := 0; ; n++ {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: after %d files: %w", ErrArchive, n, err)
		}
		if n == maxArchived {
			return fmt.Errorf("%w: more than %d files", ErrArchive, maxArchived)
		}
		pattern, name := u.wanted(h.Name)
		if pattern < 0 || h.Typeflag != tar.TypeReg {
			continue
		}
		u.seen[pattern] = true
		if err := u.write(name, t); err != nil {
			return inArchive(err)
		}
	}
}

// inArchive marks what went wrong while a file was read from an archive.
func inArchive(err error) error {
	if errors.Is(err, ErrArchive) || errors.Is(err, os.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrArchive, err)
}

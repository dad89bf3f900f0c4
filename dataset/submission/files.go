package submission

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// documents may lie beside the rows, since hubs put them there; nobody reads them.
var documents = []string{"README.md", "LICENSE", "LICENSE.md", "LICENSE.txt", attributes}

// attributes is in every repository of a hub, which keeps in it where large files are.
const attributes = ".gitattributes"

// maxDocument bounds each of them, in bytes.
const maxDocument = 64 << 10

// reader reads one submission.
type reader struct {
	fsys   fs.FS
	schema Schema
	classes
	sizes map[string]int64 // of the files of rows, by path
	docs  []string         // data.json and the documents beside it
	sums  map[string]string
}

// list finds the files, by name and size, before anything is read.
func (r *reader) list() error {
	r.sizes = map[string]int64{}
	var total int64
	manifest := false
	err := fs.WalkDir(r.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." && d.IsDir() {
			return err
		}
		if name == "." {
			return invalid(BadFiles, "", "a file, not a directory")
		}
		if d.IsDir() {
			return r.folder(name)
		}
		if !d.Type().IsRegular() {
			return invalid(BadFiles, name, "no regular file")
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += info.Size(); total > r.schema.MaxBytes {
			return invalid(TooLarge, "", "more than %d bytes in all", r.schema.MaxBytes)
		}
		manifest = manifest || name == ManifestFile
		return r.file(name, info.Size())
	})
	if err == nil && !manifest {
		err = invalid(BadFiles, ManifestFile, "the file is missing")
	}
	return err
}

// folder refuses folders but those of pictures.
func (r *reader) folder(name string) error {
	inside, isClass := strings.CutPrefix(name, TrainDir+"/")
	if r.schema.Kind == Pictures && (name == TrainDir || isClass && !strings.Contains(inside, "/")) {
		return nil
	}
	return invalid(BadFiles, name, "a folder that does not belong there")
}

// file takes a file's size if it belongs there.
func (r *reader) file(name string, size int64) error {
	most := r.schema.MaxBytes
	switch {
	case name == ManifestFile:
		most = r.schema.maxManifest()
		r.docs = append(r.docs, name)
	case slices.Contains(documents, name):
		most = maxDocument
		r.docs = append(r.docs, name)
	case r.isRows(name):
		if len(r.sizes) == r.schema.MaxRows {
			return invalid(BadCount, "", "more than %d files of rows", r.schema.MaxRows)
		}
		r.sizes[name] = size
	default:
		return invalid(BadFiles, name, "the file does not belong there")
	}
	if size > most {
		return invalid(TooLarge, name, "%d bytes, at most %d", size, most)
	}
	return nil
}

// isRows reports whether a file holds rows by its name.
func (r *reader) isRows(name string) bool {
	switch r.schema.Kind {
	case Pictures:
		folder := path.Dir(name)
		return path.Dir(folder) == TrainDir && path.Ext(name) == ".png"
	case Values:
		return name == LinesFile || name == ArrayFile
	}
	return name == LinesFile
}

// manifest reads data.json and compares it with the files.
func (r *reader) manifest() (m Manifest, err error) {
	b, err := r.all(ManifestFile, r.schema.maxManifest())
	if err != nil {
		return m, err
	}
	if m, err = parseManifest(b); err != nil {
		return m, invalid(BadManifest, ManifestFile, "%v", err)
	}
	switch {
	case m.Schema != r.schema.Kind:
		return m, invalid(BadManifest, ManifestFile, "schema %q, the round takes %q", m.Schema, r.schema.Kind)
	case m.Rows < r.schema.MinRows || m.Rows > r.schema.MaxRows:
		return m, invalid(BadCount, ManifestFile, "%d rows, the round takes %d to %d", m.Rows, r.schema.MinRows, r.schema.MaxRows)
	}
	r.sums = m.Files
	return m, r.compare()
}

// compare fails if data.json names other files of rows than there are.
func (r *reader) compare() error {
	for _, name := range sortedKeys(r.sizes) {
		if _, ok := r.sums[name]; !ok {
			return invalid(BadManifest, name, "the file is not in files of %s", ManifestFile)
		}
	}
	for _, name := range sortedKeys(r.sums) {
		if _, ok := r.sizes[name]; !ok {
			return invalid(BadFiles, name, "%s names it, and it is missing", ManifestFile)
		}
	}
	if r.schema.Kind == Values && len(r.sizes) > 1 {
		return invalid(BadFiles, "", "%s and %s: want one of them", LinesFile, ArrayFile)
	}
	return nil
}

// source reads a file of known size, computes its checksum, and keeps the file system's error,
// which parsers make errors of their own of.
type source struct {
	file fs.File
	left int64
	sum  hash.Hash
	err  error
}

// Read is of [io.Reader].
func (s *source) Read(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.file.Read(b[:min(int64(len(b)), s.left)])
	s.left -= int64(n)
	s.sum.Write(b[:n])
	if errors.Is(err, io.EOF) && s.left > 0 {
		s.err = io.ErrUnexpectedEOF
	} else if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, s.err
}

// open calls read with a file of at most limit bytes. A wrong checksum explains any other
// error, and an error of the file system even that.
func (r *reader) open(name string, limit int64, read func(in io.Reader, size int64) error) error {
	f, info, err := regular.OpenFS(r.fsys, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	if info.Size() > limit {
		return invalid(TooLarge, name, "%d bytes, at most %d", info.Size(), limit)
	}
	s := &source{file: f, left: info.Size(), sum: sha256.New()}
	err = read(s, info.Size())
	if _, rest := io.Copy(io.Discard, s); rest != nil {
		return fmt.Errorf("%s: %w", name, rest)
	}
	if want, ok := r.sums[name]; ok && hex.EncodeToString(s.sum.Sum(nil)) != want {
		return invalid(BadChecksum, name, "its SHA-256 is not %s, as %s says", want, ManifestFile)
	}
	return err
}

// all reads a whole file.
func (r *reader) all(name string, limit int64) (b []byte, err error) {
	err = r.open(name, limit, func(in io.Reader, size int64) error {
		b = make([]byte, size)
		_, err := io.ReadFull(in, b)
		return err
	})
	return b, err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// has reports whether there is a file of rows of that name.
func (r *reader) has(name string) bool {
	_, ok := r.sizes[name]
	return ok
}

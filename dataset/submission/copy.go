package submission

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrChanged says that a submission was changed while it was copied: copy it again.
var ErrChanged = errors.New("the submission was changed while it was copied: try again")

// Copy copies a submission into the new directory dir: all of it, and only if [Read] takes the
// copy, or nothing. Names and sizes are checked before a file is copied, and no more is copied
// than the schema allows. A .gitattributes is left out: hubs keep it for themselves, and what
// they hand out has none, which has to have the CID of the copy.
//
// Where fsys changes meanwhile, the copy is of what it held at one time, or the error wraps
// [ErrChanged]. If dir exists already, the error wraps fs.ErrExist. Other errors are those of
// [Read], and the disk's.
func Copy(dir string, fsys fs.FS, schema Schema) (m Manifest, err error) {
	if schema, err = schema.withDefaults(); err != nil {
		return m, err
	}
	err = whole(dir, func(temp string) error {
		m, err = copyInto(temp, fsys, schema)
		return err
	})
	return m, err
}

func copyInto(temp string, fsys fs.FS, schema Schema) (m Manifest, err error) {
	r := &reader{fsys: fsys, schema: schema}
	if err := r.list(); err != nil {
		return m, err
	}
	if _, err := r.manifest(); err != nil {
		return m, err
	}
	r.docs = without(r.docs, attributes)
	set, err := r.copy(temp)
	if err != nil && !errors.As(err, new(*Invalid)) {
		return m, err
	}
	if changed := r.unchanged(temp); changed != nil {
		return m, fmt.Errorf("%w (%w)", ErrChanged, changed)
	}
	if err != nil {
		return m, err
	}
	return set.Manifest, nil
}

// copy copies the files that were listed, and reads the copy.
func (r *reader) copy(dir string) (*Set, error) {
	w := newWriter(dir, r.schema)
	for _, name := range slices.Concat(r.docs, sortedKeys(r.sizes)) {
		if err := r.open(name, r.schema.MaxBytes, func(in io.Reader, _ int64) error {
			return w.create(name, func(out io.Writer) error { _, err := io.Copy(out, in); return err })
		}); err != nil {
			return nil, err
		}
	}
	return Read(os.DirFS(dir), r.schema)
}

// unchanged fails unless the files beside the rows, which hold the checksums of the rows, are
// still those that were copied to dir: then all files that were copied were there together.
func (r *reader) unchanged(dir string) error {
	now := &reader{fsys: r.fsys, schema: r.schema}
	if err := now.list(); err != nil {
		return err
	}
	if now.docs = without(now.docs, attributes); !slices.Equal(now.docs, r.docs) {
		return fmt.Errorf("%q, and before %q", now.docs, r.docs)
	}
	for _, name := range r.docs {
		copied, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if b, err := now.all(name, r.schema.MaxBytes); err != nil || !bytes.Equal(b, copied) {
			return cmp.Or(err, fmt.Errorf("%s is another", name))
		}
	}
	return nil
}

// without is a list without a name.
func without(names []string, name string) []string {
	return slices.DeleteFunc(names, func(s string) bool { return s == name })
}

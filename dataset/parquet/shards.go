package parquet

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// shard is the end of a shard's name as the datasets library writes it.
var shard = regexp.MustCompile(`^(.*)-(\d{5})-of-(\d{5})\.parquet$`)

// Files returns the Parquet files of one part of a data set, in the order of the
// shards. path is such a file, which is returned alone, or a folder of them, such
// as that of a download from Hugging Face: train-00000-of-00003.parquet …, also
// in data, or train/0000.parquet …. A shard that is missing is an error that
// names it, dataset.ErrNoPart means that there are only files of the other part.
func Files(path string, part dataset.Part) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files, dirs, err := list(path)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 && slices.Contains(dirs, "data") {
		return Files(filepath.Join(path, "data"), part)
	}
	if len(files) == 0 && len(dirs) > 0 {
		own, err := part.Pick(dirs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(own) == 1 {
			return Files(filepath.Join(path, own[0]), part)
		}
		return nil, fmt.Errorf("%s: %w: no Parquet files, and the folders %q; give the path of one", path, dataset.ErrFormat, own)
	}
	if files, err = part.Pick(files); err == nil {
		files, err = inOrder(files)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, name := range files {
		files[i] = filepath.Join(path, name)
	}
	return files, nil
}

// list returns the names of the Parquet files and of the folders in a folder.
func list(path string) (files, dirs []string, err error) {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			dirs = append(dirs, e.Name())
		case strings.EqualFold(filepath.Ext(e.Name()), ".parquet"):
			files = append(files, e.Name())
		}
	}
	return files, dirs, err
}

// inOrder sorts the files of a part: shards of which all must be there, or files
// of any names, in their order.
func inOrder(files []string) ([]string, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no Parquet files", dataset.ErrFormat)
	}
	slices.Sort(files)
	first := shard.FindStringSubmatch(files[0])
	for _, name := range files {
		s := shard.FindStringSubmatch(name)
		if (s == nil) != (first == nil) || s != nil && (s[1] != first[1] || s[3] != first[3]) {
			return nil, fmt.Errorf("%w: %q and %q are not of one set; give the path of the file", dataset.ErrFormat, files[0], name)
		}
	}
	if first == nil {
		return files, nil
	}
	for i := range files {
		want := fmt.Sprintf("%s-%05d-of-%s.parquet", first[1], i, first[3])
		if files[i] != want {
			return nil, fmt.Errorf("%w: the shard %q is missing", dataset.ErrFormat, want)
		}
	}
	if n, _ := strconv.Atoi(first[3]); len(files) < n {
		return nil, fmt.Errorf("%w: the shard %q is missing", dataset.ErrFormat, fmt.Sprintf("%s-%05d-of-%s.parquet", first[1], len(files), first[3]))
	}
	return files, nil
}

// source is a file of a set.
type source struct {
	name string // empty where it is the only one, and no file
	r    io.ReaderAt
	size int64
}

type sources []source

// openFiles opens the files of a set. The caller closes what it returns, with an
// error, too.
func openFiles(path string, more []string) (files sources, err error) {
	for _, name := range append([]string{path}, more...) {
		f, info, err := regular.Open(name)
		if err != nil {
			return files, err
		}
		files = append(files, source{name: name, r: f, size: info.Size()})
	}
	return files, nil
}

func (files sources) close() {
	for _, f := range files {
		if c, ok := f.r.(io.Closer); ok {
			_ = c.Close() // only read
		}
	}
}

// each calls do for every file, whose columns are those of the first one. check
// looks at the pages of columns before these are read.
func (files sources) each(do func(f *parquet.File, s schema, first bool, check func(columns ...int) error) error) error {
	var first schema
	for i, file := range files {
		err := file.read(func(f *parquet.File, check func(columns ...int) error) error {
			s := describe(f)
			if i == 0 {
				first = s
			} else if err := s.same(first, files[0].name); err != nil {
				return err
			}
			return do(f, s, i == 0, check)
		})
		switch {
		case err != nil && file.name != "":
			return fmt.Errorf("%s: %w", file.name, err)
		case err != nil:
			return err
		}
	}
	return nil
}

// read opens a file.
func (file source) read(do func(f *parquet.File, check func(columns ...int) error) error) (err error) {
	if err := checkFooter(file.r, file.size); err != nil {
		return fmt.Errorf("%w: %w", dataset.ErrFormat, err)
	}
	defer func() { // damaged pages panic in the library
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: damaged pages: %v", dataset.ErrFormat, p)
		}
	}()
	f, err := parquet.OpenFile(file.r, file.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("%w: %w", dataset.ErrFormat, err)
	}
	if err := checkSizes(f); err != nil {
		return err
	}
	return do(f, func(columns ...int) error {
		for _, g := range f.Metadata().RowGroups {
			for _, i := range columns {
				if err := checkPages(file.r, file.size, g.Columns[i].MetaData); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

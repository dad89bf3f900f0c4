package parquet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Unpacked says what Unpack wrote.
type Unpacked struct {
	// Files are the Parquet files that were read, in order.
	Files []string
	// Rows is the number of rows, each a sample.
	Rows int
	// Label is the column of the label.
	Label string
	// Classes are the names in the files (ClassLabel); nil if they name none.
	Classes []string
	// Texts are the columns of text, if all others than the label's are.
	Texts []string
	// Table says that a table was written, not pictures.
	Table bool
	// Notes say what was left out.
	Notes []string
}

// Unpack writes the part of a Parquet data set at path (see Files) in a form that
// dataset.Open reads. If it holds pictures (column opts.X, as in ReadPictures), dir
// becomes a folder with one for each class, in which the image files are, byte for
// byte. Else dir + ".csv" becomes a table with a header, of all columns of numbers
// and texts; columns of other kinds are left out and noted. Labels that are numbers
// of a ClassLabel become its names. opts.Label is the column of the label, as in
// ReadTexts; other options mean nothing. What is there already is not replaced, and
// nothing is there after an error.
func Unpack(path string, part dataset.Part, dir string, opts dataset.Options) (u Unpacked, err error) {
	if u.Files, err = Files(path, part); err != nil {
		return u, err
	}
	files, err := openFiles(u.Files[0], u.Files[1:])
	defer files.close()
	if err != nil {
		return u, err
	}
	out := unpacker{Unpacked: u, opts: opts}
	defer func() { err = errors.Join(err, out.close()) }()
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".unpack-*")
	if err != nil {
		return u, err
	}
	defer os.RemoveAll(temporary)
	out.dir = temporary
	if err := files.each(out.file); err != nil {
		return u, err
	}
	if out.Rows == 0 {
		return u, fmt.Errorf("%s: %w: no rows", path, dataset.ErrFormat)
	}
	if err := out.close(); err != nil {
		return u, err
	}
	from := temporary
	if !out.pictures {
		from, dir = filepath.Join(temporary, table), dir+".csv"
	}
	if _, err := os.Lstat(dir); err == nil {
		return u, fmt.Errorf("%s is there already", dir)
	}
	out.note()
	out.Table = !out.pictures
	return out.Unpacked, os.Rename(from, dir)
}

// table is the name of a table that is being written.
const table = "table.csv"

// unpacker writes what files hold into a folder.
type unpacker struct {
	Unpacked
	opts     dataset.Options
	dir      string
	pictures bool
	columns  []int // that are written: the picture alone, or those of the table
	label    int
	folders  []string // of classes of pictures
	written  int      // pictures
	nulls    map[string]int
	f        *os.File
	csv      *csv.Writer
}

func (u *unpacker) close() error {
	if u.f == nil {
		return nil
	}
	u.csv.Flush()
	err := errors.Join(u.csv.Error(), u.f.Close())
	u.f = nil
	return err
}

// file writes the rows of one file.
func (u *unpacker) file(f *parquet.File, s schema, first bool, check func(columns ...int) error) error {
	if first {
		if err := u.begin(s); err != nil {
			return err
		}
	}
	if err := check(append(slices.Clone(u.columns), u.label)...); err != nil {
		return err
	}
	row := 0
	for _, g := range f.RowGroups() {
		if err := u.group(g, s, &row); err != nil {
			return err
		}
	}
	return nil
}

// begin decides by the columns what is written.
func (u *unpacker) begin(s schema) (err error) {
	if u.label, err = s.chooseLabel(u.opts.Label); err != nil {
		return err
	}
	if err := checkLabel(s[u.label]); err != nil {
		return err
	}
	u.Label, u.Classes, u.nulls = s[u.label].name, s[u.label].classes, map[string]int{}
	rest := s.without(u.label)
	isPicture := func(c column) bool { return c.image || c.bytes && c.deep && strings.HasSuffix(c.name, ".bytes") }
	if u.pictures = u.opts.X != "" || len(rest.all(isPicture)) > 0; u.pictures {
		u.columns, err = choosePictures(rest, u.opts)
		return err
	}
	var header []string
	for i, c := range s {
		if !c.scalar || !c.plain {
			u.Notes = append(u.Notes, fmt.Sprintf("column %q is left out: it holds %s, and a table holds one number or text in a cell", c.name, c.kind))
			continue
		}
		u.columns, header = append(u.columns, i), append(header, c.name)
	}
	if open := slices.ContainsFunc(u.columns, func(i int) bool { return i != u.label && !s[i].bytes }); !open {
		if texts, err := chooseTexts(rest, dataset.Options{}); err == nil {
			u.Texts = []string{rest[texts[0]].name}
		}
	}
	if u.f, err = os.Create(filepath.Join(u.dir, table)); err != nil {
		return err
	}
	u.csv = csv.NewWriter(u.f)
	return u.csv.Write(header)
}

// group writes a row group, which is held in memory: columns are stored one by
// one.
func (u *unpacker) group(g parquet.RowGroup, s schema, row *int) error {
	total, chunks := 0, g.ColumnChunks()
	cells := func(column int, null func() (string, error)) (list []string, err error) {
		unsigned, at := isUnsigned(chunks[column].Type()), *row
		err = values(chunks[column], func(v parquet.Value) error {
			text := string(labelText(v, unsigned))
			if total += len(text) + valueCost; total > dataset.MaxBytes {
				return fmt.Errorf("%w: more than %d bytes in a row group", dataset.ErrTooLarge, dataset.MaxBytes)
			}
			if !u.pictures && !utf8.ValidString(text) {
				return fmt.Errorf("row %d: %w: column %q holds bytes that are no text; if they are pictures, say so (Options.X)", at, dataset.ErrFormat, s[column].name)
			}
			if v.IsNull() {
				if text, err = null(); err != nil {
					return fmt.Errorf("row %d: %w", at, err)
				}
			}
			list, at = append(list, text), at+1
			return nil
		})
		return list, err
	}
	labels, err := cells(u.label, func() (string, error) { return "", fmt.Errorf("%w: the label is null", dataset.ErrFormat) })
	if err != nil {
		return err
	}
	if labels, err = u.named(s[u.label], labels, *row); err != nil {
		return err
	}
	grid := make([][]string, len(u.columns))
	for i, column := range u.columns {
		if column == u.label {
			grid[i] = labels
			continue
		}
		if grid[i], err = cells(column, func() (string, error) { return u.null(s[column]) }); err != nil {
			return err
		}
		if len(grid[i]) != len(labels) {
			return fmt.Errorf("%w: %d values of column %q, %d labels", dataset.ErrFormat, len(grid[i]), s[column].name, len(labels))
		}
	}
	for i, label := range labels {
		if err := u.row(grid, i, label); err != nil {
			return fmt.Errorf("row %d: %w", *row+i, err)
		}
	}
	*row, u.Rows = *row+len(labels), u.Rows+len(labels)
	return nil
}

// null is what is written for a value that is missing.
func (u *unpacker) null(c column) (string, error) {
	if u.pictures {
		return "", fmt.Errorf("%w: the picture is null, or only named by a path", dataset.ErrFormat)
	}
	u.nulls[c.name]++
	return "", nil
}

// note says which values are missing.
func (u *unpacker) note() {
	for name, n := range u.nulls {
		u.Notes = append(u.Notes, fmt.Sprintf("column %q: %d missing values are empty cells", name, n))
	}
	slices.Sort(u.Notes)
}

// named puts the names of a ClassLabel in place of its numbers.
func (u *unpacker) named(c column, numbers []string, row int) ([]string, error) {
	if c.classes == nil {
		return numbers, nil
	}
	for i, text := range numbers {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n >= len(c.classes) {
			return nil, fmt.Errorf("row %d: %w: column %q has the class %q, and there are %d (-1 stands for no label: this part has none)", row+i, dataset.ErrClass, c.name, text, len(c.classes))
		}
		numbers[i] = c.classes[n]
	}
	return numbers, nil
}

// row writes one row.
func (u *unpacker) row(grid [][]string, i int, label string) error {
	if u.pictures {
		return u.picture(grid[0][i], label)
	}
	record := make([]string, len(grid))
	for c := range grid {
		record[c] = grid[c][i]
	}
	return u.csv.Write(record)
}

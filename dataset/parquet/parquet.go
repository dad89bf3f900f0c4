// Package parquet reads data sets of Hugging Face's hub: Parquet files with a
// column of text, or two, and one of labels.
//
//	set, err := parquet.OpenTexts("train-00000-of-00001.parquet", dataset.Options{})
//
// The names of the classes are those that the datasets library keeps in the
// file (ClassLabel). It is a module of its own, since it links a large library.
//
// Files may be hostile: the footer is checked before that library reads it, the
// declared sizes of pages and columns are bounded, and its panics become errors.
package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// maxRows bounds the rows of a file.
const maxRows = 1 << 26

// OpenTexts reads the texts of a file. See ReadTexts.
func OpenTexts(path string, opts dataset.Options) (*dataset.TextSet, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	set, err := ReadTexts(f, info.Size(), opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return set, nil
}

// ReadTexts reads a Parquet file of size bytes with a column of text, or two that
// belong together (opts.Text; else text, sentence, content, or the only one of
// strings), and one of labels (opts.Label; else label). Labels are numbered by
// opts.Classes, else by the file's ClassLabel names, else as in any other file.
// Texts that are null are refused.
func ReadTexts(r io.ReaderAt, size int64, opts dataset.Options) (set *dataset.TextSet, err error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	if err := checkFooter(r, size); err != nil {
		return nil, fmt.Errorf("%w: %w", dataset.ErrFormat, err)
	}
	defer func() { // damaged pages panic in the library
		if p := recover(); p != nil {
			set, err = nil, fmt.Errorf("%w: damaged pages: %v", dataset.ErrFormat, p)
		}
	}()
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", dataset.ErrFormat, err)
	}
	if err := checkSizes(f); err != nil {
		return nil, err
	}
	c, err := choose(f, opts)
	if err != nil {
		return nil, err
	}
	for _, g := range f.Metadata().RowGroups {
		for _, i := range append(slices.Clone(c.texts), c.label) {
			if err := checkPages(r, size, g.Columns[i].MetaData); err != nil {
				return nil, err
			}
		}
	}
	return c.read(f, opts)
}

// checkSizes bounds what the columns say they hold.
func checkSizes(f *parquet.File) error {
	if n := f.NumRows(); n < 1 || n > maxRows {
		return fmt.Errorf("%w: %d rows, want 1 to %d", dataset.ErrTooLarge, n, maxRows)
	}
	var total int64
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			n := c.MetaData.TotalUncompressedSize
			if n < 0 || n > dataset.MaxBytes {
				return fmt.Errorf("%w: a column of %d bytes", dataset.ErrTooLarge, n)
			}
			if total += n; total > 4*dataset.MaxBytes {
				return fmt.Errorf("%w: more than %d bytes of columns", dataset.ErrTooLarge, int64(4*dataset.MaxBytes))
			}
		}
	}
	return nil
}

// columns are those of text, one or two, and of the label.
type columns struct {
	texts   []int
	label   int
	classes []string
}

func choose(f *parquet.File, opts dataset.Options) (columns, error) {
	names, strs := []string{}, []int{}
	for i, path := range f.Schema().Columns() {
		names = append(names, strings.Join(path, "."))
		if leaf, ok := f.Schema().Lookup(path...); ok && leaf.Node.Type().Kind() == parquet.ByteArray && len(path) == 1 {
			strs = append(strs, i)
		}
	}
	label := "label"
	if opts.Label != "" {
		label = opts.Label
	}
	c := columns{label: slices.Index(names, label)}
	if c.label < 0 {
		return c, fmt.Errorf("%w: no column %q; there are %q (Options.Label)", dataset.ErrFormat, label, names)
	}
	strs = slices.DeleteFunc(strs, func(i int) bool { return i == c.label })
	if c.texts = chooseTexts(names, strs, opts.Text); c.texts == nil {
		return c, fmt.Errorf("%w: which column is the text, or which two? There are %q (Options.Text)", dataset.ErrFormat, names)
	}
	c.classes = classLabel(f, names[c.label])
	return c, nil
}

// chooseTexts returns the columns of wanted, one or two; where nothing is wanted the
// one with a usual name, else the only one of strings; nil if that is open.
func chooseTexts(names []string, strs []int, wanted []string) (texts []int) {
	if len(wanted) > 2 {
		return nil
	}
	for _, w := range wanted {
		i := slices.Index(names, w)
		if !slices.Contains(strs, i) || slices.Contains(texts, i) {
			return nil
		}
		texts = append(texts, i)
	}
	if len(wanted) > 0 {
		return texts
	}
	for _, usual := range []string{"text", "sentence", "content"} {
		if i := slices.Index(names, usual); slices.Contains(strs, i) {
			return []int{i}
		}
	}
	if len(strs) == 1 {
		return strs
	}
	return nil
}

// classLabel returns the class names that the datasets library wrote.
func classLabel(f *parquet.File, column string) []string {
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	text, ok := f.Lookup("huggingface")
	if !ok || json.Unmarshal([]byte(text), &meta) != nil {
		return nil
	}
	var feature struct {
		Names []string `json:"names"`
	}
	if json.Unmarshal(meta.Info.Features[column], &feature) != nil {
		return nil
	}
	return feature.Names
}

// read reads both columns of every row group.
func (c columns) read(f *parquet.File, opts dataset.Options) (*dataset.TextSet, error) {
	if opts.Classes == nil {
		opts.Classes = c.classes
	}
	labels, err := dataset.NewLabelReader(opts)
	if err != nil {
		return nil, err
	}
	texts := textColumns{columns: make([][]string, len(c.texts))}
	row := 0
	for _, g := range f.RowGroups() {
		chunks := g.ColumnChunks()
		for i, column := range c.texts {
			if err := values(chunks[column], func(v parquet.Value) error { return texts.add(i, v) }); err != nil {
				return nil, err
			}
		}
		if err := values(chunks[c.label], func(v parquet.Value) error {
			row++
			if err := labels.Add(labelText(v), row); err != nil {
				return fmt.Errorf("row %d: %w", row-1, err)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	y, names, err := labels.Finish()
	if err != nil {
		return nil, err
	}
	classes := make([]int, len(y))
	for i, l := range y {
		classes[i] = int(l)
	}
	if len(texts.columns) == 2 {
		return dataset.NewTextPairs(texts.columns[0], texts.columns[1], classes, names)
	}
	return dataset.NewTexts(texts.columns[0], classes, names)
}

// textColumns collects texts, by column.
type textColumns struct {
	columns [][]string
	bytes   int
}

func (t *textColumns) add(column int, v parquet.Value) error {
	if v.IsNull() || !utf8.Valid(v.ByteArray()) {
		return fmt.Errorf("row %d: %w: the text is null or not UTF-8", len(t.columns[column]), dataset.ErrFormat)
	}
	if t.bytes += len(v.ByteArray()) + 16; t.bytes > dataset.MaxBytes {
		return fmt.Errorf("%w: more than %d bytes of text", dataset.ErrTooLarge, dataset.MaxBytes)
	}
	t.columns[column] = append(t.columns[column], string(v.ByteArray()))
	return nil
}

// labelText is a label as a file of text would have it.
func labelText(v parquet.Value) []byte {
	switch v.Kind() {
	case parquet.Int32:
		return strconv.AppendInt(nil, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(nil, v.Int64(), 10)
	case parquet.ByteArray:
		return v.ByteArray()
	case parquet.Boolean:
		return map[bool][]byte{false: []byte("0"), true: []byte("1")}[v.Boolean()]
	}
	return nil
}

// values calls yield for every value of a column.
func values(c parquet.ColumnChunk, yield func(v parquet.Value) error) error {
	pages := c.Pages()
	defer pages.Close()
	buffer := make([]parquet.Value, 256)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", dataset.ErrFormat, err)
		}
		for r := page.Values(); ; {
			n, err := r.ReadValues(buffer)
			for _, v := range buffer[:n] {
				if err := yield(v); err != nil {
					parquet.Release(page)
					return err
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				parquet.Release(page)
				return fmt.Errorf("%w: %w", dataset.ErrFormat, err)
			}
		}
		parquet.Release(page)
	}
}

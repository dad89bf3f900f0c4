// Package parquet reads data sets of Hugging Face's hub: Parquet files with a
// column of text, or two, or of pictures, and one of labels.
//
//	set, err := parquet.OpenTexts("train-00000-of-00001.parquet", dataset.Options{})
//	set, err := parquet.OpenPictures("train-00000-of-00001.parquet", []int{3, 32, 32}, dataset.Options{})
//
// A set in several files is read as one:
//
//	files, err := parquet.Files("ag_news", dataset.Train) // data/train-00000-of-00002.parquet …
//	set, err := parquet.OpenTexts(files[0], dataset.Options{}, files[1:]...)
//
// [Unpack] makes of one what the apps read, tables of numbers included; command
// unpack calls it.
//
// The names of the classes are those that the datasets library keeps in the
// file (ClassLabel). It is a module of its own, since it links a large library.
//
// Files may be hostile: the footer is checked before that library reads it, the
// declared sizes of pages and columns are bounded, and its panics become errors.
package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// maxRows bounds the rows of a file.
const maxRows = 1 << 26

// OpenTexts reads the texts of a file, and of those that continue it. See
// ReadTexts.
func OpenTexts(path string, opts dataset.Options, more ...string) (*dataset.TextSet, error) {
	files, err := openFiles(path, more)
	defer files.close()
	if err != nil {
		return nil, err
	}
	return readTexts(files, opts)
}

// ReadTexts reads a Parquet file of size bytes with a column of text, or two that
// belong together (opts.Text; else text, sentence, content, or the only one of
// strings), and one of labels (opts.Label; else label, or the only ClassLabel).
// The numbers of a ClassLabel mean its names, which are looked up in opts.Classes
// if there are any; other labels are as in any other file. Texts that are null
// are refused.
func ReadTexts(r io.ReaderAt, size int64, opts dataset.Options) (*dataset.TextSet, error) {
	return readTexts(sources{{r: r, size: size}}, opts)
}

func readTexts(files sources, opts dataset.Options) (*dataset.TextSet, error) {
	var texts [2][]string
	labels, classes, err := readRows(files, opts, chooseTexts, func(column int, value []byte) error {
		if !utf8.Valid(value) {
			return fmt.Errorf("%w: the text is not UTF-8", dataset.ErrFormat)
		}
		texts[column] = append(texts[column], string(value))
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case texts[1] != nil:
		return dataset.NewTextPairs(texts[0], texts[1], labels, classes)
	}
	return dataset.NewTexts(texts[0], labels, classes)
}

// OpenPictures reads the pictures of a file, and of those that continue it. See
// ReadPictures.
func OpenPictures(path string, shape []int, opts dataset.Options, more ...string) (*dataset.Pictures, error) {
	files, err := openFiles(path, more)
	defer files.close()
	if err != nil {
		return nil, err
	}
	return readPictures(files, shape, opts)
}

// ReadPictures reads a Parquet file of size bytes with a column of image files
// (PNG, JPEG …) and one of labels. The pictures are in field bytes of a structure,
// as Hugging Face's Image feature keeps them, or in a column of bytes: opts.X;
// else the only Image, image, img, or the only column of that kind. Labels are
// those of [ReadTexts]. shape and the other options are those of
// dataset.OpenImageFolder; at most dataset.MaxBytes of files are held. Pictures
// that are null, or only named by a path, are refused.
func ReadPictures(r io.ReaderAt, size int64, shape []int, opts dataset.Options) (*dataset.Pictures, error) {
	return readPictures(sources{{r: r, size: size}}, shape, opts)
}

func readPictures(sources sources, shape []int, opts dataset.Options) (*dataset.Pictures, error) {
	var files [][]byte
	labels, classes, err := readRows(sources, opts, choosePictures, func(_ int, value []byte) error {
		files = append(files, bytes.Clone(value))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dataset.NewPictures(shape, files, labels, classes, opts)
}

// readRows reads the labels of all files, and calls add for every value of the
// columns that choose returns, whose number among these it gets.
func readRows(files sources, opts dataset.Options, choose func(schema, dataset.Options) ([]int, error),
	add func(column int, value []byte) error,
) (labels []int, classes []string, err error) {
	if err := opts.Check(); err != nil {
		return nil, nil, err
	}
	var all rows
	var columns []int
	label := 0
	err = files.each(func(f *parquet.File, s schema, first bool, check func(columns ...int) error) (err error) {
		if first {
			if label, err = s.chooseLabel(opts.Label); err != nil {
				return err
			}
			if err := checkLabel(s[label]); err != nil {
				return err
			}
			if columns, err = choose(s.without(label), opts); err != nil {
				return err
			}
			if all.labels, err = dataset.NewLabelReader(s[label].options(opts)); err != nil {
				return err
			}
		}
		if err := check(append(slices.Clone(columns), label)...); err != nil {
			return err
		}
		return all.read(f, columns, label, add)
	})
	if err != nil {
		return nil, nil, err
	}
	return all.finish()
}

// checkSizes bounds what the columns say they hold.
func checkSizes(f *parquet.File) error {
	if n := f.NumRows(); n < 0 || n > maxRows {
		return fmt.Errorf("%w: %d rows, at most %d", dataset.ErrTooLarge, n, maxRows)
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

package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Part is one of a data set's two splits.
type Part string

// The parts of a data set.
const (
	Train Part = "train"
	Test  Part = "test"
)

// aliases are the names that files of a part start with.
func (p Part) aliases() []string {
	if p == Train {
		return []string{"train", "training", "data_batch"}
	}
	return []string{"test", "t10k", "val", "valid", "validation"}
}

// Open reads one part of a data set from path, a file or a folder, and detects
// the format:
//
//   - a folder with IDX images and labels (train-images-idx3-ubyte.gz and
//     t10k-…, as MNIST and its family are published; or SaveIDX's),
//   - a folder with CIFAR's binary files (data_batch_1.bin …, test_batch.bin;
//     train.bin, test.bin) if id is Cifar10 or Cifar100,
//   - a folder with x.npz, .csv, .tsv or .jsonl files named after the part,
//   - a folder of folders of images, one per class (in train/ and test/ if these
//     exist), scaled to the shape in id's Info,
//   - a file: .csv, .tsv, .jsonl (each may be .gz) or .npz with arrays x and y
//     or x_train and y_train, x_test and y_test.
//
// A file or folder whose name has no part is used for both parts. A table's
// first line may be a header; the label is the last column. A set with more
// classes than id's Info is refused.
func Open(id ID, path string, part Part) (Described, error) {
	if part != Train && part != Test {
		return nil, fmt.Errorf("dataset: unknown part %q, want %q or %q", part, Train, Test)
	}
	o := opener{info: id.Info(), id: id, part: part}
	ds, err := o.open(path)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", id, err)
	}
	if n := o.info.Classes; n > 1 && ds.Classes() > n {
		return nil, fmt.Errorf("%v: %s: %w: %d classes, the data set has %d", id, path, ErrFormat, ds.Classes(), n)
	}
	return ds, nil
}

type opener struct {
	id   ID
	info Info
	part Part
}

func (o opener) open(path string) (Described, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return o.file(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files, dirs []string
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, e.Name())
		} else {
			files = append(files, e.Name())
		}
	}
	if len(files) > 0 {
		if ds, err := o.files(path, files); ds != nil || err != nil {
			return ds, err
		}
	}
	for _, dir := range dirs {
		if o.isPart(dir) {
			return o.open(filepath.Join(path, dir))
		}
	}
	if len(dirs) > 0 && len(o.info.Shape) == 3 {
		return OpenImageFolder(path, o.info.Shape)
	}
	return nil, fmt.Errorf("%s: %w: no data found (want IDX, CIFAR, CSV, TSV, JSONL or NPZ files, or folders of images)", path, ErrFormat)
}

// isPart reports whether a file name is of the wanted part.
func (o opener) isPart(name string) bool { return matches(name, o.part.aliases()) }

// isOtherPart reports whether a file name is of the other part.
func (o opener) isOtherPart(name string) bool {
	if o.part == Train {
		return matches(name, Test.aliases())
	}
	return matches(name, Train.aliases())
}

func matches(name string, aliases []string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(aliases, func(a string) bool {
		rest, ok := strings.CutPrefix(name, a)
		return ok && (rest == "" || strings.ContainsAny(rest[:1], "-_."))
	})
}

// pick returns the names that fit: those of the part if there are any,
// otherwise those of neither part.
func (o opener) pick(names []string, fit func(string) bool) []string {
	var ofPart, neutral []string
	for _, n := range names {
		switch {
		case !fit(strings.ToLower(n)):
		case o.isPart(n):
			ofPart = append(ofPart, n)
		case !o.isOtherPart(n):
			neutral = append(neutral, n)
		}
	}
	if len(ofPart) > 0 {
		return ofPart
	}
	return neutral
}

// files opens the set that the files of a folder form; nil, nil if their kind
// is unknown.
func (o opener) files(dir string, names []string) (Described, error) {
	images := o.pick(names, func(n string) bool { return strings.Contains(n, "images") && strings.Contains(n, "idx") })
	labels := o.pick(names, func(n string) bool { return strings.Contains(n, "labels") && strings.Contains(n, "idx") })
	if len(images) == 1 && len(labels) == 1 {
		return OpenIDX(filepath.Join(dir, images[0]), filepath.Join(dir, labels[0]), o.info.Classes)
	}
	if o.id == Cifar10 || o.id == Cifar100 {
		if bins := o.pick(names, func(n string) bool {
			return strings.HasSuffix(n, ".bin") || strings.HasSuffix(n, ".bin.gz")
		}); len(bins) > 0 {
			paths := make([]string, len(bins))
			for i, n := range bins {
				paths[i] = filepath.Join(dir, n)
			}
			return OpenCIFAR(o.id, paths...)
		}
	}
	tables := o.pick(names, func(n string) bool { return kindOf(n) != "" })
	switch len(tables) {
	case 0:
		return nil, nil
	case 1:
		return o.file(filepath.Join(dir, tables[0]))
	}
	return nil, fmt.Errorf("%s: %w: %v could all be the %s part; give the path of the file instead", dir, ErrFormat, tables, o.part)
}

// kindOf returns the extension without .gz of a table, "" for other files.
func kindOf(name string) string {
	ext := filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))
	switch ext {
	case ".csv", ".tsv", ".jsonl", ".npz":
		return ext
	}
	return ""
}

func (o opener) file(path string) (Described, error) {
	switch kindOf(path) {
	case ".csv":
		return openTable(path, ',')
	case ".tsv":
		return openTable(path, '\t')
	case ".jsonl":
		return OpenJSONL(path, JSONLOptions{})
	case ".npz":
		opts := ArrayOptions{Classes: max(o.info.Classes, 0)}
		m, err := OpenNPZ(path, opts)
		if err != nil {
			opts.X, opts.Y = "x_"+string(o.part), "y_"+string(o.part)
			if split, err2 := OpenNPZ(path, opts); err2 == nil {
				return split, nil
			}
			return nil, err
		}
		return m, nil
	}
	return nil, fmt.Errorf("%s: %w: unknown file type (want .csv, .tsv, .jsonl or .npz)", path, ErrFormat)
}

// openTable reads a table with or without a header.
func openTable(path string, comma rune) (Described, error) {
	m, err := OpenCSV(path, CSVOptions{Comma: comma})
	if err == nil {
		return m, nil
	}
	if m, err2 := OpenCSV(path, CSVOptions{Comma: comma, Header: true}); err2 == nil {
		return m, nil
	}
	return nil, err
}

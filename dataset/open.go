package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Open reads one part of a data set from path, a file or a folder, and detects
// the format:
//
//   - a folder with IDX images and labels (train-images-idx3-ubyte.gz and
//     t10k-…, as MNIST and its family are published; or SaveIDX's),
//   - a folder with CIFAR's binary files (data_batch_1.bin …, test_batch.bin;
//     train.bin, test.bin) if id is Cifar10 or Cifar100, with STL-10's
//     (train_X.bin, train_y.bin …), or with SVHN's (train_32x32.mat …) if id is
//     Svhn,
//   - a folder with .npz, .csv, .tsv or .jsonl files named after the part,
//   - a folder of folders of images, one per class (in train/ and test/ if these
//     exist), resized to the shape in id's Info,
//   - for audio sets a folder of folders of WAV files, and for text sets one of
//     folders of .txt files, one per class,
//   - such folders with lists of the files of a part beside them, as
//     SpeechCommands (testing_list.txt, validation_list.txt) and Food-101
//     (meta/train.txt, meta/test.txt) are published,
//   - a file: .csv, .tsv, .jsonl (each may be .gz) or .npz.
//
// Tables and JSON lines of a text set, or with opts.Text, become a [TextSet]
// unless all their features are numbers. JSON lines with turns of a conversation
// become a [ConversationSet].
//
// A file or folder whose name tells no part is used for both parts; where names
// tell only the other part, that is an ErrNoPart. Labels are numbered by
// opts.Classes, else by the names that the data set's users have agreed on
// (Info.ClassNames), else by what occurs. A table or array of an image set gets
// the set's shape, and pixels 0 … 1. A set with more classes than id's Info is
// refused. [Notes] says what was decided.
func Open(id ID, path string, part Part, opts Options) (Described, error) {
	if part != Train && part != Test {
		return nil, fmt.Errorf("dataset: unknown part %q, want %q or %q", part, Train, Test)
	}
	if err := opts.Check(); err != nil {
		return nil, err
	}
	o := opener{info: id.Info(), id: id, part: part, opts: opts}
	if o.opts.Classes == nil {
		o.opts.Classes = o.info.ClassNames
	}
	ds, err := o.open(path)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", id, err)
	}
	if opts.Transpose {
		if err := transposePictures(ds); err != nil {
			return nil, fmt.Errorf("%v: %s: %w", id, path, err)
		}
	}
	if n := o.info.Classes; n > 1 && ds.Classes() > n {
		return nil, fmt.Errorf("%v: %s: %w: %d classes, the data set has %d%s", id, path, ErrFormat, ds.Classes(), n, namedClasses(ds))
	}
	return ds, nil
}

// namedClasses lists the classes that have names, for messages.
func namedClasses(ds Dataset) string {
	names := ClassNames(ds)
	if names == nil || allNumbers(names) {
		return ""
	}
	return ": " + listNames(names)
}

type opener struct {
	id   ID
	info Info
	part Part
	opts Options
}

func (o opener) open(path string) (Described, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if p, _ := partOf(filepath.Base(path)); p != "" && p != o.part {
		return nil, fmt.Errorf("%s: %w: this is the %s part by its name, and the %s part is wanted", path, ErrNoPart, p, o.part)
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
		switch {
		case junk(e.Name()):
		case e.IsDir():
			dirs = append(dirs, e.Name())
		default:
			files = append(files, e.Name())
		}
	}
	if ds, err := o.files(path, files); ds != nil || err != nil {
		return ds, err
	}
	return o.dirs(path, dirs, files)
}

// dirs opens the set in the folders of a folder: one of them if they are named
// after parts, all of them if they are named after classes.
func (o opener) dirs(path string, dirs, files []string) (Described, error) {
	named, err := o.part.pick(dirs, isPartDir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case len(named) > 1:
		return nil, fmt.Errorf("%s: %w: %s could all be the %s part; give the path of one", path, ErrFormat, listNames(named), o.part)
	case len(named) == 1:
		return o.open(filepath.Join(path, named[0]))
	case len(dirs) > 0:
		return o.classDirs(path)
	}
	return nil, o.nothing(path, files)
}

// nothing is the error of a folder without data that is known.
func (o opener) nothing(path string, files []string) error {
	loose := looseTypes[o.info.Modality]
	if i := slices.IndexFunc(files, func(n string) bool { return slices.Contains(loose, strings.ToLower(filepath.Ext(n))) }); i >= 0 {
		return fmt.Errorf("%s: %w: nothing says which class %q and the other files are: they must be in a folder for each class, named after it", path, ErrFormat, files[i])
	}
	found := ""
	if i := slices.IndexFunc(files, func(n string) bool { return hint(n) != "" }); i >= 0 {
		found = fmt.Sprintf("; there is %.60q%s", files[i], hint(files[i]))
	}
	return fmt.Errorf("%s: %w: no data found (want IDX, CIFAR, CSV, TSV, JSONL or NPZ files, or a folder of %s for each class)%s", path, ErrFormat,
		cmp.Or(map[string]string{"audio": "WAV files", "text": ".txt files"}[o.info.Modality], "pictures"), found)
}

// classDirs opens a set in folders named after classes.
func (o opener) classDirs(path string) (Described, error) {
	root, which, err := o.listed(path)
	if err != nil {
		return nil, inDir(path, err)
	}
	modality := o.info.Modality
	if modality == "" {
		modality = modalityOf(root)
	}
	shape := o.pictureShape()
	switch {
	case modality == "audio":
		if err = o.opts.only("recordings in folders", nil); err == nil {
			return openWaveFolder(root, o.opts, which)
		}
	case modality == "text":
		if err = o.opts.only("texts in folders", nil); err == nil {
			return openTextFolder(root, o.opts, which)
		}
	case modality == "image" && shape == nil:
		err = fmt.Errorf("%w: nobody agreed on the size of these pictures; say to which they are resized (Options.Resize)", ErrShape)
	case modality == "image":
		if err = o.opts.only("pictures in folders", forPictures); err == nil {
			return openImageFolder(root, shape, o.opts, which)
		}
	default:
		return nil, o.nothing(path, nil)
	}
	return nil, inDir(path, err)
}

// modalityOf is what the first file of a folder's folders shows; "" if there is
// none that is known.
func modalityOf(root string) (modality string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Dir(path) == filepath.Clean(root) || junk(d.Name()) {
			return nil //nolint:nilerr // what cannot be looked at shows nothing
		}
		for m, types := range looseTypes {
			if slices.Contains(types, strings.ToLower(filepath.Ext(path))) {
				modality = m
				return fs.SkipAll
			}
		}
		return nil
	})
	return modality
}

// looseTypes are the extensions of files that are a sample each.
var looseTypes = map[string][]string{"image": pictureTypes, "audio": {".wav", ".wave"}, "text": {".txt"}}

// pictureShape is the shape of samples of pictures; nil if none is agreed on and
// no size is given.
func (o opener) pictureShape() []int {
	channels := []int{3}
	if len(o.info.Shape) == 3 {
		channels = o.info.Shape[:1:1]
	}
	if o.opts.Resize == nil {
		if len(o.info.Shape) != 3 {
			return nil
		}
		return o.info.Shape
	}
	return append(channels, o.opts.Resize.Result()...)
}

// files opens the set that the files of a folder form; nil, nil if their kind
// is unknown.
func (o opener) files(dir string, names []string) (Described, error) {
	for _, try := range []func(string, []string) (Described, error){o.idx, o.stl10, o.cifar, o.flowers, o.tables} {
		if ds, err := try(dir, names); ds != nil || err != nil {
			return ds, err
		}
	}
	return nil, nil
}

func (o opener) tables(dir string, names []string) (Described, error) {
	tables, err := o.part.pick(names, func(n string) bool { return kindOf(n) != "" })
	switch {
	case err != nil:
		return nil, inDir(dir, err)
	case len(tables) == 0:
		return nil, nil
	case len(tables) == 1:
		return o.file(filepath.Join(dir, tables[0]))
	}
	return nil, fmt.Errorf("%s: %w: %s could all be the %s part; give the path of the file instead", dir, ErrFormat, listNames(tables), o.part)
}

func inDir(dir string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", dir, err)
}

// kindOf returns the extension without .gz of a table, "" for other files.
func kindOf(name string) string {
	ext := filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))
	switch ext {
	case ".csv", ".tsv", ".jsonl", ".npz", ".mat":
		return ext
	}
	return ""
}

func (o opener) file(path string) (Described, error) {
	if err := o.checkFile(path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if kindOf(path) == ".jsonl" && holdsConversations(path) {
		if err := o.opts.only("conversations", nil); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return OpenConversations(path)
	}
	if o.info.Modality == "text" || len(o.opts.Text) > 0 {
		if t, err := o.texts(path); err != nil {
			return nil, err
		} else if t != nil {
			return t, nil
		}
	}
	m, err := o.table(path)
	if err != nil {
		return nil, err
	}
	if o.info.Modality == "image" {
		if err := m.asImages(o.info.Shape, o.opts.Scale); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return m, nil
}

// texts reads a file of texts; nil if what it holds is numbers, such as token
// ids.
func (o opener) texts(path string) (*TextSet, error) {
	switch kindOf(path) {
	case ".csv":
		return openText(path, o.opts, readTextCSV)
	case ".tsv":
		return openText(path, o.tabs(), readTextCSV)
	case ".jsonl":
		t, err := OpenTextJSONL(path, o.opts)
		if errors.Is(err, errNoText) {
			return nil, nil
		}
		return t, err
	}
	return nil, nil
}

// tabs are the options of a .tsv file.
func (o opener) tabs() Options {
	if o.opts.Separator == "" {
		o.opts.Separator = "\t"
	}
	return o.opts
}

// table reads a file of one of the kinds that kindOf knows.
func (o opener) table(path string) (*Memory, error) {
	switch kindOf(path) {
	case ".csv":
		return OpenCSV(path, o.opts)
	case ".tsv":
		return OpenCSV(path, o.tabs())
	case ".jsonl":
		return OpenJSONL(path, o.opts)
	case ".npz":
		return openNPZ(path, o.part, o.opts, o.info.Shape)
	case ".mat":
		if o.id == Svhn {
			return o.svhn(path)
		}
	}
	return nil, fmt.Errorf("%s: %w: unknown file type (want .csv, .tsv, .jsonl or .npz)%s", path, ErrFormat, hint(path))
}

// hint says how a file of a kind that is not read becomes one that is.
func hint(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".parquet":
		return "; command unpack of module dataset/parquet makes of it what is read (DATA.md), and so does pandas: read_parquet(…).to_csv(…, index=False)"
	case ".xlsx", ".xls", ".ods":
		return "; save the sheet as CSV in UTF-8"
	case ".json":
		return "; JSON must have one object a line and be named .jsonl"
	case ".mat":
		return "; convert it: scipy.io.loadmat, numpy.savez"
	case ".npy":
		return "; samples and labels belong together: numpy.savez(…, x=…, y=…)"
	case ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".rar", ".7z":
		return "; unpack it and name the folder"
	}
	return ""
}

package dataset

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// npzPartNames are the names in use for the arrays of samples and labels of a part,
// for which "*" stands (train, test), as Keras and MedMNIST write it.
var npzPartNames = [][2]string{{"x_*", "y_*"}, {"X_*", "y_*"}, {"*_images", "*_labels"}, {"*_x", "*_y"}, {"*_data", "*_labels"}}

// npzNames are those in use where there is one part.
var npzNames = [][2]string{
	{"x", "y"}, {"X", "y"}, {"images", "labels"}, {"data", "labels"}, {"data", "target"}, {"features", "labels"}, {"arr_0", "arr_1"},
}

// ReadNPZ reads samples and labels from an .npz archive of size bytes, whose
// entries may be compressed: arrays named by the options, else by one of the
// usual pairs of names, those of the given part first (x_train and y_train,
// train_images and train_labels …; x and y, images and labels, arr_0 and
// arr_1 …). Where arrays of several such pairs are there, the options must say
// which are meant. part may be empty. See ReadNPY.
func ReadNPZ(r io.ReaderAt, size int64, part Part, opts Options) (*Memory, error) {
	return readNPZ(r, size, part, opts, nil)
}

func readNPZ(r io.ReaderAt, size int64, part Part, opts Options, agreed []int) (*Memory, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	zr.RegisterDecompressor(zip.Deflate, inflater(size))
	a := npz{zr: zr, size: size}
	xName, yName, err := a.names(part, opts)
	if err != nil {
		return nil, err
	}
	x, err := a.array(xName, readNPYFloats)
	if err != nil {
		return nil, err
	}
	y, err := a.array(yName, readNPY)
	if err != nil {
		return nil, err
	}
	m, err := fromArrays(x, y, opts, agreed)
	if err == nil && opts.X == "" {
		m.notes = append(m.notes, fmt.Sprintf("the array %.40q holds the samples, %.40q the labels", xName, yName))
	}
	return m, err
}

// npz is an open archive.
type npz struct {
	zr   *zip.Reader
	size int64
}

func (a npz) has(name string) bool {
	for _, f := range a.zr.File {
		if f.Name == name+".npy" {
			return true
		}
	}
	return false
}

// names returns the names of the arrays of samples and labels.
func (a npz) names(part Part, opts Options) (x, y string, err error) {
	if opts.X != "" && opts.Y != "" {
		return opts.X, opts.Y, nil
	}
	if opts.X != "" || opts.Y != "" {
		return "", "", fmt.Errorf("%w: name both arrays, of samples and labels (Options.X and Options.Y); there are %s", ErrFormat, a.list())
	}
	for _, alias := range part.aliases() {
		if x, y, err := a.usual(npzPartNames, alias); x != "" || err != nil {
			return x, y, err
		}
	}
	if x, y, err := a.usual(npzNames, ""); x != "" || err != nil {
		return x, y, err
	}
	for _, alias := range part.other().aliases() {
		if x, _, err := a.usual(npzPartNames, alias); x != "" && err == nil {
			return "", "", fmt.Errorf("%w: no array is named as the %s part (Options.X and Options.Y name others); there are %s", ErrNoPart, part, a.list())
		}
	}
	return "", "", fmt.Errorf("%w: no arrays of samples and labels for the %s part under a usual name; name them (Options.X and Options.Y): there are %s",
		ErrFormat, part, a.list())
}

// usual returns the names of the first pair that is there; an ErrFormat if other
// arrays have names of the kind, too.
func (a npz) usual(pairs [][2]string, alias string) (x, y string, err error) {
	var found [2][]string // of samples, of labels
	for _, pair := range pairs {
		for i, name := range pair {
			name = strings.ReplaceAll(name, "*", alias)
			if pair[i] = name; a.has(name) && !slices.Contains(found[i], name) {
				found[i] = append(found[i], name)
			}
		}
		if x == "" && a.has(pair[0]) && a.has(pair[1]) {
			x, y = pair[0], pair[1]
		}
	}
	if x == "arr_0" && a.has("arr_2") {
		found[0] = []string{"arr_0", "arr_1", "arr_2"}
	}
	for i, what := range []string{"samples", "labels"} {
		if x != "" && len(found[i]) > 1 {
			return "", "", fmt.Errorf("%w: the %s could be the array %s; say which (Options.X and Options.Y): there are %s",
				ErrFormat, what, strings.ReplaceAll(listNames(found[i]), ", ", " or "), a.list())
		}
	}
	return x, y, nil
}

func (a npz) list() string {
	var names []string
	for _, f := range a.zr.File {
		names = append(names, strings.TrimSuffix(f.Name, ".npy"))
	}
	return listNames(names)
}

// array reads one entry, with read. Its .npy header bounds the unpacked size, and MaxBytes
// bounds what the header may declare.
func (a npz) array(name string, read func(r io.Reader, available int64) (array, error)) (array, error) {
	for i, f := range a.zr.File {
		if f.Name != name+".npy" {
			continue
		}
		if slices.ContainsFunc(a.zr.File[i+1:], func(g *zip.File) bool { return g.Name == f.Name }) {
			return array{}, fmt.Errorf("%w: two arrays are named %.60q", ErrFormat, name)
		}
		rc, err := f.Open()
		if err != nil {
			return array{}, fmt.Errorf("array %.60q: %w: %w", name, ErrFormat, err)
		}
		defer rc.Close()
		arr, err := read(rc, a.available(f))
		if err != nil {
			return array{}, fmt.Errorf("array %.60q: %w", name, err)
		}
		return arr, nil
	}
	return array{}, fmt.Errorf("%w: no array %.60q in the archive, which has %s", ErrFormat, name, a.list())
}

// available estimates what an entry holds, whatever its headers declare: deflate
// rarely packs more than 20 bytes into one.
func (a npz) available(f *zip.File) int64 {
	packed := min(int64(min(f.CompressedSize64, 1<<40)), a.size)
	if f.Method == zip.Store {
		return packed
	}
	return 20 * packed
}

// OpenNPZ reads an .npz file. See ReadNPZ.
func OpenNPZ(path string, part Part, opts Options) (*Memory, error) {
	return openNPZ(path, part, opts, nil)
}

func openNPZ(path string, part Part, opts Options, agreed []int) (*Memory, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := readNPZ(f, info.Size(), part, opts, agreed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

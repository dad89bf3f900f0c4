package dataset

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ImageFolder is a set of images in folders named after their classes, like
// torchvision's ImageFolder: root/cat/1.png, root/dog/2.jpg. Sample decodes its
// image each time, so that the set takes little memory.
type ImageFolder struct {
	pictureSet
	root   string
	files  []string
	types  []string // extensions of the files that are listed
	choice          // of what else is not listed
}

// choice is which files of a folder are read.
type choice struct {
	without []string              // folders that are no classes
	only    func(rel string) bool // nil for all
}

// OpenImageFolder lists the PNG, JPEG, GIF, BMP, TIFF and WebP files in root's
// folders, in the order of folder and file names. shape is the shape of samples:
// [1, h, w] for grey images or [3, h, w] for red, green and blue, with values 0 …
// 1; colours become what Pillow's convert makes of them ("RGB" and "L";
// transparency is dropped). Images of another size are resized, as opts.Resize
// says. Folders are classes as labels of a table are: by opts.Classes, else
// whole numbers are class numbers and names are numbered in order. Hidden files
// and those that systems leave behind are left out, others that are no images
// and symbolic links are left out and named in [Notes].
func OpenImageFolder(root string, shape []int, opts Options) (*ImageFolder, error) {
	return openImageFolder(root, shape, opts, choice{})
}

func openImageFolder(root string, shape []int, opts Options, which choice) (*ImageFolder, error) {
	set, err := newPictureSet(shape, opts)
	if err != nil {
		return nil, err
	}
	f := &ImageFolder{pictureSet: set, root: root, types: pictureTypes, choice: which}
	f.open = f.openFile
	if err := f.list(); err != nil {
		return nil, inDir(root, err)
	}
	return f, nil
}

// list finds the classes and their files.
func (f *ImageFolder) list() error {
	entries, err := os.ReadDir(f.root)
	if err != nil {
		return err
	}
	labels, err := NewLabelReader(f.opts)
	if err != nil {
		return err
	}
	labels.unit = "folder"
	var left leftOut
	var of []int // the folder of every file
	for _, e := range entries {
		switch {
		case junk(e.Name()):
			continue
		case !e.IsDir(), slices.Contains(f.without, e.Name()):
			left.add(e.Name(), e.Type())
			continue
		}
		if err := labels.Add([]byte(e.Name()), labels.Len()+1); err != nil {
			return fmt.Errorf("folder %.60q: %w (the folder to name is the one that holds those of the classes)", e.Name(), err)
		}
		if err := f.walk(e.Name(), &left); err != nil {
			return err
		}
		for len(of) < len(f.files) {
			of = append(of, labels.Len()-1)
		}
	}
	if len(f.files) == 0 {
		return fmt.Errorf("%w: no folders with files of the kind (%s)%s", ErrFormat, strings.Join(f.types, " "), left.said())
	}
	y, names, err := labels.Finish()
	if err != nil {
		return err
	}
	for _, folder := range of {
		f.labels = append(f.labels, int(y[folder]))
	}
	f.names, f.listed = names, f.opts.Classes != nil
	if left.n > 0 {
		f.notes = append(f.notes, strings.TrimPrefix(left.said(), "; "))
	}
	return nil
}

// walk lists the files of one class.
func (f *ImageFolder) walk(class string, left *leftOut) error {
	return filepath.WalkDir(filepath.Join(f.root, class), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case junk(d.Name()) && d.Name() != class:
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case slices.Contains(f.types, strings.ToLower(filepath.Ext(path))) && d.Type().IsRegular():
			if f.chosen(path) {
				f.files = append(f.files, path)
			}
		default:
			left.add(filepath.Join(class, d.Name()), d.Type())
		}
		return nil
	})
}

// chosen reports whether a file is one of those to read.
func (f *ImageFolder) chosen(path string) bool {
	if f.only == nil {
		return true
	}
	rel, err := filepath.Rel(f.root, path)
	return err == nil && f.only(filepath.ToSlash(rel))
}

// leftOut are the files of a folder that are not read.
type leftOut struct {
	n     int
	names []string
}

func (l *leftOut) add(name string, mode fs.FileMode) {
	switch {
	case mode&fs.ModeSymlink != 0:
		name += " (a symbolic link)"
	case mode.IsDir():
		name += " (a folder)"
	}
	if l.n++; len(l.names) < 12 {
		l.names = append(l.names, name)
	}
}

func (l *leftOut) said() string {
	if l.n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d files were left out: %s", l.n, listNames(l.names))
}

// pictureTypes are the extensions of files that are read.
var pictureTypes = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"}

// openFile opens picture i.
func (f *ImageFolder) openFile(i int) (io.ReadSeekCloser, string, error) {
	file, _, err := regular.Open(f.files[i])
	return file, f.files[i], err
}

func (f *ImageFolder) adapt(s Schema) (Dataset, error) {
	set, err := f.adapted(s)
	if err != nil {
		return nil, err
	}
	other := *f
	other.pictureSet = set
	return &other, nil
}

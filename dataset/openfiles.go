package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// idx opens a pair of IDX files.
func (o opener) idx(dir string, names []string) (Described, error) {
	images, err := o.part.pick(names, func(n string) bool { return strings.Contains(n, "images") && strings.Contains(n, "idx") })
	if err != nil || len(images) == 0 {
		return nil, inDir(dir, err)
	}
	if len(images) > 1 && o.id == Emnist { // published in six splits, of which the protocol means the balanced one
		images = slices.DeleteFunc(images, func(n string) bool { return !strings.Contains(n, "balanced") })
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("%s: %w: several IDX files could be the %s part: keep one pair in a folder", dir, ErrFormat, o.part)
	}
	labels := slices.IndexFunc(names, func(n string) bool { return sameIDX(images[0], n) })
	if labels < 0 {
		return nil, fmt.Errorf("%s: %w: no labels beside %s", dir, ErrFormat, images[0])
	}
	if err := o.checkBytes(dir); err != nil {
		return nil, err
	}
	m, err := OpenIDX(filepath.Join(dir, images[0]), filepath.Join(dir, names[labels]), max(o.info.Classes, len(o.opts.Classes)))
	if err != nil {
		return nil, err
	}
	if o.id == Emnist && !o.opts.Transpose {
		m.notes = append(m.notes, "EMNIST's pictures lie on their side, as they are published and as torchvision gives them (Options.Transpose exchanges rows and columns)")
	}
	return m, o.name(m)
}

// sameIDX reports whether a file has the labels of the images.
func sameIDX(images, labels string) bool {
	stem := func(name string) string {
		name = strings.ToLower(strings.TrimSuffix(name, ".gz"))
		for _, s := range [][2]string{{"images", "labels"}, {"idx3", "idx"}, {"idx1", "idx"}} {
			name = strings.ReplaceAll(name, s[0], s[1])
		}
		return name
	}
	return labels != images && stem(images) == stem(labels)
}

// name gives the classes of a set of class numbers their names.
func (o opener) name(m *Memory) (err error) {
	m.names, err = o.classNames(m.classes)
	m.listed = o.opts.Classes != nil
	return err
}

// classNames are the names of so many classes, mere numbers if none are agreed.
func (o opener) classNames(n int) ([]string, error) {
	switch {
	case o.opts.Classes == nil:
		return numberNames(n), nil
	case len(o.opts.Classes) < n:
		return nil, fmt.Errorf("%w: %d classes, but %d are named", ErrClass, n, len(o.opts.Classes))
	}
	return o.opts.Classes, nil
}

func (o opener) cifar(dir string, names []string) (Described, error) {
	if o.id != Cifar10 && o.id != Cifar100 {
		return nil, nil
	}
	bins, err := o.part.pick(names, func(n string) bool {
		return strings.HasSuffix(n, ".bin") || strings.HasSuffix(n, ".bin.gz")
	})
	if err != nil || len(bins) == 0 {
		return nil, inDir(dir, err)
	}
	paths := make([]string, len(bins))
	for i, n := range bins {
		paths[i] = filepath.Join(dir, n)
	}
	if err := o.checkBytes(dir); err != nil {
		return nil, err
	}
	m, err := OpenCIFAR(o.id, paths...)
	if err != nil {
		return nil, err
	}
	return m, o.name(m)
}

// stl10 opens a pair of STL-10's files.
func (o opener) stl10(dir string, names []string) (Described, error) {
	images, labels := string(o.part)+"_X.bin", string(o.part)+"_y.bin"
	if o.id == Cifar10 || o.id == Cifar100 || !slices.Contains(names, images) || !slices.Contains(names, labels) {
		return nil, nil
	}
	if err := o.checkBytes(dir); err != nil {
		return nil, err
	}
	m, err := OpenSTL10(filepath.Join(dir, images), filepath.Join(dir, labels))
	if err != nil {
		return nil, err
	}
	if text, err := readText(filepath.Join(dir, "class_names.txt")); err == nil && o.opts.Classes == nil {
		o.opts.Classes = strings.Fields(text)
	}
	return m, o.name(m)
}

func (o opener) svhn(path string) (*Memory, error) {
	m, err := OpenSVHN(path)
	if err != nil {
		return nil, err
	}
	return m, o.name(m)
}

package dataset

import (
	"fmt"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// flowers opens Oxford's 102 flowers as they are published: jpg/image_00001.jpg …,
// their labels from 1 in imagelabels.mat, and the numbers of the pictures of a
// part in setid.mat (trnid, tstid).
func (o opener) flowers(dir string, names []string) (Described, error) {
	if o.id != Flowers102 || !isFile(dir, "imagelabels.mat") || !isFile(dir, "setid.mat") {
		return nil, nil
	}
	labels, err := openMAT(dir, "imagelabels.mat", "labels")
	if err != nil {
		return nil, err
	}
	pictures, err := openMAT(dir, "setid.mat", map[Part]string{Train: "trnid", Test: "tstid"}[o.part])
	if err != nil {
		return nil, err
	}
	set, err := newPictureSet(o.pictureShape(), o.opts)
	if err != nil {
		return nil, err
	}
	f := &ImageFolder{pictureSet: set, root: dir}
	f.open = f.openFile
	for i := range pictures.len() {
		n := pictures.number(i)
		if !(n >= 1 && n <= float64(labels.len())) {
			return nil, fmt.Errorf("%s: %w: picture %v of %d", filepath.Join(dir, "setid.mat"), ErrFormat, n, labels.len())
		}
		label := labels.number(int(n) - 1)
		if !(label >= 1 && label <= float64(o.info.Classes)) {
			return nil, fmt.Errorf("%s: %w: picture %v has label %v, want 1 to %d", filepath.Join(dir, "imagelabels.mat"), ErrFormat, n, label, o.info.Classes)
		}
		f.files = append(f.files, filepath.Join(dir, "jpg", fmt.Sprintf("image_%05d.jpg", int(n))))
		f.labels = append(f.labels, int(label)-1)
	}
	if len(f.files) == 0 {
		return nil, fmt.Errorf("%s: %w: no pictures", dir, ErrFormat)
	}
	f.names, err = o.classNames(o.info.Classes)
	f.listed = o.opts.Classes != nil
	return f, err
}

// openMAT reads one array of a MAT-file.
func openMAT(dir, file, name string) (matArray, error) {
	path := filepath.Join(dir, file)
	f, _, err := regular.Open(path)
	if err != nil {
		return matArray{}, err
	}
	defer f.Close()
	arrays, err := readMAT(f)
	if err != nil {
		return matArray{}, fmt.Errorf("%s: %w", path, err)
	}
	a, ok := arrays[name]
	if !ok {
		return a, fmt.Errorf("%s: %w: it holds no numbers named %s", path, ErrFormat, name)
	}
	return a, nil
}

package dataset

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// pictureSet is a set of pictures that Sample decodes each time.
type pictureSet struct {
	origin
	shape  []int
	opts   Options
	labels []int
	// open returns picture i and what to call it in errors.
	open func(i int) (io.ReadSeekCloser, string, error)
}

// newPictureSet checks the shape of the samples.
func newPictureSet(shape []int, opts Options) (pictureSet, error) {
	if _, err := countFeatures(shape); err != nil || len(shape) != 3 || (shape[0] != 1 && shape[0] != 3) {
		return pictureSet{}, fmt.Errorf("dataset: images cannot become samples of shape %v, only [1 h w] or [3 h w]", shape)
	}
	if err := opts.Check(); err != nil {
		return pictureSet{}, err
	}
	if opts.Resize != nil && !slices.Equal(opts.Resize.Result(), shape[1:]) {
		return pictureSet{}, fmt.Errorf("dataset: images resized to %v do not become samples of shape %v", opts.Resize.Result(), shape)
	}
	return pictureSet{shape: slices.Clone(shape), opts: opts}, nil
}

// Len returns the number of images.
func (p *pictureSet) Len() int { return len(p.labels) }

// Shape returns the shape of a sample.
func (p *pictureSet) Shape() []int { return slices.Clone(p.shape) }

// Classes returns the number of classes.
func (p *pictureSet) Classes() int { return len(p.names) }

// Resizing returns how pictures come to the samples' size, for a package's
// preprocessing.
func (p *pictureSet) Resizing() *Resize {
	if p.opts.Resize != nil {
		return p.opts.Resize
	}
	return &Resize{Size: p.shape[1:]}
}

// Sample implements Dataset.
func (p *pictureSet) Sample(i int, dst []float32) (int, error) {
	if i < 0 || i >= len(p.labels) {
		return 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(p.labels))
	}
	if n := p.shape[0] * p.shape[1] * p.shape[2]; len(dst) != n {
		return 0, fmt.Errorf("%w: %d values, a sample of shape %v has %d", ErrBuffer, len(dst), p.shape, n)
	}
	r, name, err := p.open(i)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	if err := p.decode(r, dst); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return p.labels[i], nil
}

// decode writes one picture to dst.
func (p *pictureSet) decode(r io.ReadSeeker, dst []float32) error {
	pic, err := decodePicture(r, p.shape[0], p.opts)
	if err != nil {
		return err
	}
	if pic, err = pic.resized(*p.Resizing()); err != nil {
		return err
	}
	pic.planes(dst)
	return nil
}

// adapted is the set with samples of a package's shape.
func (p pictureSet) adapted(s Schema) (pictureSet, error) {
	if s.Shape == nil || s.Resize == nil && sameShape(p.shape, s.Shape) {
		return p, nil
	}
	if !isImage(s.Shape) {
		return p, fmt.Errorf("%w: pictures, and the package takes %v", ErrShape, s.Shape)
	}
	p.shape, p.opts.Resize = s.Shape, s.Resize
	return p, nil
}

// Pictures is a set of image files in memory, PNG, JPEG, GIF, BMP, TIFF or WebP.
// Sample decodes them each time, as those of an [ImageFolder].
type Pictures struct{ pictureSet }

// NewPictures returns a set of image files and their classes, by the names in
// classes. shape and opts are those of [OpenImageFolder]; of opts, Resize, EXIF,
// Scale and Transpose count. files are kept, not copied; at most MaxBytes in all.
func NewPictures(shape []int, files [][]byte, labels []int, classes []string, opts Options) (*Pictures, error) {
	set, err := newPictureSet(shape, opts)
	if err != nil {
		return nil, err
	}
	if len(files) != len(labels) || len(files) == 0 {
		return nil, fmt.Errorf("%w: %d pictures and %d labels", ErrFormat, len(files), len(labels))
	}
	total := 0
	for i, l := range labels {
		if l < 0 || l >= len(classes) {
			return nil, fmt.Errorf("%w: sample %d has label %d, want 0 to %d", ErrFormat, i, l, len(classes)-1)
		}
		if total += len(files[i]); total > MaxBytes {
			return nil, fmt.Errorf("%w: more than %d bytes of pictures", ErrTooLarge, MaxBytes)
		}
	}
	set.labels, set.names = slices.Clone(labels), slices.Clone(classes)
	set.open = func(i int) (io.ReadSeekCloser, string, error) {
		return inMemory{bytes.NewReader(files[i])}, fmt.Sprintf("picture %d", i), nil
	}
	return &Pictures{set}, nil
}

func (p *Pictures) adapt(s Schema) (Dataset, error) {
	set, err := p.adapted(s)
	if err != nil {
		return nil, err
	}
	return &Pictures{set}, nil
}

// inMemory is a file in memory.
type inMemory struct{ *bytes.Reader }

// Close does nothing.
func (inMemory) Close() error { return nil }

package dataset

import (
	"fmt"
	"image"
	_ "image/gif"  // registers the format with image.Decode
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxImagePixels bounds one image before it is decoded: 64 megapixels.
const maxImagePixels = 64 << 20

// ImageFolder is a set of images in folders named after their classes, like
// torchvision's ImageFolder: root/cat/1.png, root/dog/2.jpg. Sample decodes its
// image each time, so that the set takes little memory.
type ImageFolder struct {
	root   string
	shape  []int
	names  []string
	files  []string
	labels []int
}

// OpenImageFolder lists the PNG, JPEG and GIF files in root's folders, in the
// order of folder and file names. shape is the shape of samples: [1, h, w] for
// grey images or [3, h, w] for red, green and blue, with values 0 … 1. Images
// of another size are scaled. Symbolic links are skipped.
func OpenImageFolder(root string, shape []int) (*ImageFolder, error) {
	if _, err := countFeatures(shape); err != nil || len(shape) != 3 || (shape[0] != 1 && shape[0] != 3) {
		return nil, fmt.Errorf("dataset: images cannot become samples of shape %v, only [1 h w] or [3 h w]", shape)
	}
	f := &ImageFolder{root: root, shape: slices.Clone(shape)}
	classes, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		if !class.IsDir() || strings.HasPrefix(class.Name(), ".") {
			continue
		}
		if len(f.names) == MaxClasses {
			return nil, fmt.Errorf("%s: %w: more than %d classes", root, ErrTooLarge, MaxClasses)
		}
		if err := f.list(class.Name()); err != nil {
			return nil, err
		}
		f.names = append(f.names, class.Name())
	}
	if len(f.files) == 0 {
		return nil, fmt.Errorf("%s: %w: no folders with PNG, JPEG or GIF files", root, ErrFormat)
	}
	return f, nil
}

func (f *ImageFolder) list(class string) error {
	return filepath.WalkDir(filepath.Join(f.root, class), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".png", ".jpg", ".jpeg", ".gif":
			if d.Type().IsRegular() {
				f.files = append(f.files, path)
				f.labels = append(f.labels, len(f.names))
			}
		}
		return nil
	})
}

// Len returns the number of images.
func (f *ImageFolder) Len() int { return len(f.files) }

// Shape returns the shape of a sample.
func (f *ImageFolder) Shape() []int { return slices.Clone(f.shape) }

// Classes returns the number of folders.
func (f *ImageFolder) Classes() int { return len(f.names) }

// ClassNames returns the names of the folders, by label.
func (f *ImageFolder) ClassNames() []string { return slices.Clone(f.names) }

// Sample implements Dataset.
func (f *ImageFolder) Sample(i int, dst []float32) (int, error) {
	if i < 0 || i >= len(f.files) {
		return 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(f.files))
	}
	if n := f.shape[0] * f.shape[1] * f.shape[2]; len(dst) != n {
		return 0, fmt.Errorf("%w: %d values, a sample of shape %v has %d", ErrBuffer, len(dst), f.shape, n)
	}
	img, err := decodeImage(f.files[i])
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.files[i], err)
	}
	scale(img, f.shape, dst)
	return f.labels[i], nil
}

func decodeImage(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, _, err := image.DecodeConfig(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxImagePixels/size.Height {
		return nil, fmt.Errorf("%w: %d×%d pixels, at most %d in total", ErrTooLarge, size.Width, size.Height, maxImagePixels)
	}
	if _, err := file.Seek(0, 0); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return img, nil
}

// scale writes the image to dst as [channels, h, w]. Shrinking averages the
// pixels of the area that a target pixel covers; enlarging takes the nearest
// pixel. Grey is the luma of ITU-R 601, as in Python's PIL.
func scale(img image.Image, shape []int, dst []float32) {
	b := img.Bounds()
	h, w := shape[1], shape[2]
	for y := range h {
		y0, y1 := span(y, h, b.Dy())
		for x := range w {
			x0, x1 := span(x, w, b.Dx())
			var sum [3]float64
			for v := y0; v < y1; v++ {
				for u := x0; u < x1; u++ {
					r, g, bl, _ := img.At(b.Min.X+u, b.Min.Y+v).RGBA()
					sum[0] += float64(r)
					sum[1] += float64(g)
					sum[2] += float64(bl)
				}
			}
			n := float64((y1-y0)*(x1-x0)) * 0xffff
			if shape[0] == 1 {
				dst[y*w+x] = float32((0.299*sum[0] + 0.587*sum[1] + 0.114*sum[2]) / n)
				continue
			}
			for c, s := range sum {
				dst[(c*h+y)*w+x] = float32(s / n)
			}
		}
	}
}

// span returns the range of source pixels that target pixel i of n covers, at
// least one.
func span(i, n, source int) (from, to int) {
	from, to = i*source/n, (i+1)*source/n
	return from, max(to, from+1)
}

package submission

import (
	"bytes"
	"errors"
	"image/png"
	"path"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// pixelsPerByte bounds the pixels of all pictures together, by the bytes that a submission
// may have: decoding them is what pictures cost.
const pixelsPerByte = 16

// pictures reads train/<class>/<name>.png, in the order of the paths.
func (r *reader) pictures(rows int) (*dataset.Pictures, error) {
	names := sortedKeys(r.sizes)
	if len(names) != rows {
		return nil, invalid(BadCount, "", "%d pictures, %s says %d", len(names), ManifestFile, rows)
	}
	files, labels := make([][]byte, rows), make([]int, rows)
	left := pixelsPerByte * r.schema.MaxBytes
	for i, name := range names {
		class := path.Base(path.Dir(name))
		if labels[i] = r.ofName(class); labels[i] < 0 {
			return nil, invalid(BadLabel, name, "the folder is named after none of the %d classes", len(r.index))
		}
		var err error
		if files[i], err = r.all(name, r.schema.MaxBytes); err != nil {
			return nil, err
		}
		size, err := png.DecodeConfig(bytes.NewReader(files[i]))
		if err != nil {
			return nil, invalid(BadPicture, name, "%v", err)
		}
		if size.Width < 1 || size.Height < 1 || size.Width > MaxPixels/size.Height {
			return nil, invalid(TooLarge, name, "%d×%d pixels, at most %d in all", size.Width, size.Height, MaxPixels)
		}
		if left -= int64(size.Width) * int64(size.Height); left < 0 {
			return nil, invalid(TooLarge, "", "the pictures have more than %d pixels in all", pixelsPerByte*r.schema.MaxBytes)
		}
	}
	set, err := dataset.NewPictures(r.schema.Shape, files, labels, r.schema.Classes, dataset.Options{})
	if err != nil {
		return nil, err
	}
	return set, r.decodeAll(set, names)
}

// decodeAll finds the pictures that cannot be decoded, each of which makes the submission
// invalid.
func (r *reader) decodeAll(set *dataset.Pictures, names []string) error {
	sample := make([]float32, r.schema.features())
	for i, name := range names {
		_, err := set.Sample(i, sample)
		if errors.Is(err, dataset.ErrFormat) || errors.Is(err, dataset.ErrTooLarge) {
			return invalid(BadPicture, name, "%v", err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

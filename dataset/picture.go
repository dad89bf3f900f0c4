package dataset

import (
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // registers the format with image.Decode
	_ "image/png"  // likewise
	"io"

	_ "golang.org/x/image/bmp"  // likewise
	_ "golang.org/x/image/tiff" // likewise
	_ "golang.org/x/image/webp" // likewise

	"github.com/decloud-sdk/decloud-go/dataset/internal/baseline"
)

// maxImagePixels bounds one image before it is decoded: 64 megapixels.
const maxImagePixels = 64 << 20

// maxDecoded bounds what one image is decoded to, in bytes: that many pixels of
// 8 bits and four channels, half as many of 16 bits.
const maxDecoded = 4 * maxImagePixels

// checkDecoded compares what an image of so many bytes says that it decodes to
// with the bounds, before memory is allocated.
func checkDecoded(size image.Config, format string, bytes int64) error {
	if size.Width < 1 || size.Height < 1 || size.Width > maxImagePixels/size.Height {
		return fmt.Errorf("%w: %d×%d pixels, at most %d in total", ErrTooLarge, size.Width, size.Height, maxImagePixels)
	}
	decoded := int64(size.Width) * int64(size.Height) * pixelBytes(size.ColorModel)
	if decoded > maxDecoded {
		return fmt.Errorf("%w: %d×%d pixels take %d bytes, at most %d", ErrTooLarge, size.Width, size.Height, decoded, maxDecoded)
	}
	if most, ok := mostPacked[format]; ok && decoded > smallDecoded && decoded/8/most > bytes {
		return fmt.Errorf("%w: %d×%d pixels cannot be in %d bytes", ErrFormat, size.Width, size.Height, bytes)
	}
	return nil
}

// mostPacked is how far formats can pack at most, by name: deflate 1032 times. PNG
// has eight pixels in a byte at most.
var mostPacked = map[string]int64{"png": 1032}

// smallDecoded is what is decoded without a look at the file's size.
const smallDecoded = 1 << 20

// pixelBytes is what a pixel takes that is decoded.
func pixelBytes(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.Gray16Model:
		return 2
	case color.GrayModel:
		return 1
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// picture is an image of bytes: rows of pixels of one channel (grey) or three
// (red, green, blue).
type picture struct {
	w, h, channels int
	pix            []byte
}

// transposed is the EXIF orientation of a picture whose rows and columns are
// exchanged.
const transposed = 5

// decodePicture reads a file as a picture of so many channels. Of the options it
// takes EXIF, Scale and Transpose.
func decodePicture(r io.ReadSeeker, channels int, opts Options) (picture, error) {
	p, format, err := readPicture(r, channels, opts.Scale)
	if err != nil {
		return p, err
	}
	if opts.EXIF {
		turn, err := exifOrientation(r, format)
		if err != nil {
			return picture{}, err
		}
		p = p.turned(turn)
	}
	if opts.Transpose {
		p = p.turned(transposed)
	}
	return p, nil
}

// readPicture is decodePicture without EXIF and Transpose; it returns the file's
// format too.
func readPicture(r io.ReadSeeker, channels int, scale float64) (p picture, format string, err error) {
	size, format, err := image.DecodeConfig(r)
	if err != nil {
		return picture{}, "", fmt.Errorf("%w: %w%s", ErrFormat, err, unread(r))
	}
	bytes, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return picture{}, "", err
	}
	if err := checkDecoded(size, format, bytes); err != nil {
		return picture{}, "", err
	}
	tags, err := tagsOf(r, format)
	if err != nil {
		return picture{}, "", err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return picture{}, "", err
	}
	img, err := decode(r, format, bytes)
	if err != nil {
		return picture{}, "", fmt.Errorf("%w: %w%s", ErrFormat, err, unread(r))
	}
	if b := img.Bounds(); b.Dx() != size.Width || b.Dy() != size.Height {
		return picture{}, "", fmt.Errorf("%w: %d×%d pixels, its header says %d×%d", ErrFormat, b.Dx(), b.Dy(), size.Width, size.Height)
	}
	p, err = convert(img, format, channels, scale)
	if err == nil && tags != nil {
		p = tags.meant(p)
	}
	return p, format, err
}

// decode decodes a file of so many bytes: a JPEG by baseline if that can.
func decode(r io.ReadSeeker, format string, bytes int64) (image.Image, error) {
	if (format == "jpeg" || format == "gif") && bytes <= maxDecoded {
		file, err := readExactly(r, bytes, bytes)
		if err != nil {
			return nil, err
		}
		if format == "gif" {
			return decodeGIF(file)
		}
		if img, ok := baseline.Decode(file); ok {
			return img, nil
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	img, _, err := image.Decode(r)
	return img, err
}

// unread says of files of other kinds, with the extensions of pictures, what they
// are and what to do.
func unread(r io.ReadSeeker) string {
	var head [21]byte
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return ""
	}
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return ""
	}
	what := ""
	switch start := string(head[:]); {
	case start[:4] == "RIFF" && start[8:16] == "WEBPVP8X" && head[20]&2 != 0:
		return " (an animated WebP: save its first frame alone)"
	case start[:4] == "II+\x00", start[:4] == "MM\x00+":
		what = "BigTIFF"
	case start[4:8] == "ftyp":
		what = "HEIC or AVIF"
	case start[4:8] == "jP  ":
		what = "JPEG 2000"
	case start[:4] == "8BPS":
		what = "Photoshop"
	case start[:4] == "%PDF":
		what = "PDF"
	default:
		return ""
	}
	return " (it is " + what + ": save it as PNG)"
}

// planes writes the picture to dst as [channels, h, w], bytes divided by 255.
func (p picture) planes(dst []float32) {
	if p.channels == 1 {
		for i, v := range p.pix {
			dst[i] = byteValue[v]
		}
		return
	}
	n := p.w * p.h
	for i := range n {
		dst[i] = byteValue[p.pix[3*i]]
		dst[n+i] = byteValue[p.pix[3*i+1]]
		dst[2*n+i] = byteValue[p.pix[3*i+2]]
	}
}

// crop returns the part of w×h pixels whose upper left one is at x, y.
func (p picture) crop(x, y, w, h int) picture {
	out := picture{w, h, p.channels, make([]byte, 0, w*h*p.channels)}
	for row := y; row < y+h; row++ {
		from := (row*p.w + x) * p.channels
		out.pix = append(out.pix, p.pix[from:from+w*p.channels]...)
	}
	return out
}

// turned returns the picture as it is meant by an EXIF orientation, 1 to 8.
func (p picture) turned(orientation int) picture {
	if orientation < 2 || orientation > 8 {
		return p
	}
	out := picture{p.w, p.h, p.channels, make([]byte, len(p.pix))}
	if orientation > 4 {
		out.w, out.h = p.h, p.w
	}
	c := p.channels
	for y := range out.h {
		for x := range out.w {
			u, v := x, y // in p
			if orientation > 4 {
				u, v = y, x
			}
			switch orientation {
			case 2, 3, 7, 8:
				u = p.w - 1 - u
			}
			switch orientation {
			case 3, 4, 6, 7:
				v = p.h - 1 - v
			}
			copy(out.pix[(y*out.w+x)*c:][:c], p.pix[(v*p.w+u)*c:])
		}
	}
	return out
}

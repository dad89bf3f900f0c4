package dataset

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pillow holds what Pillow read; testdata/pictures/make.py made it.
func pillow(t testing.TB) npz {
	t.Helper()
	b, err := os.ReadFile("testdata/pictures/pillow.npz")
	require.NoError(t, err)
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return npz{zr: zr, size: int64(len(b))}
}

// farthest returns the largest difference of two bytes.
func farthest(a, b []byte) (most int) {
	for i := range a {
		most = max(most, int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return most
}

// openPicture decodes a file.
func openPicture(path string, channels int, opts Options) (picture, error) {
	f, err := os.Open(path)
	if err != nil {
		return picture{}, err
	}
	defer f.Close()
	return decodePicture(f, channels, opts)
}

// Pictures are the bytes that Pillow's convert makes of them; progressive and CMYK
// JPEG and lossy WebP within the rounding of another inverse cosine transform.
func TestPicturesArePillows(t *testing.T) {
	want := pillow(t)
	tolerance := func(name string) int {
		switch {
		case name == "cmyk.jpg", name == "progressive.jpg", name == "lossy.webp":
			return 2
		}
		return 0
	}
	n := 0
	for _, f := range want.zr.File {
		mode, name, _ := strings.Cut(strings.TrimSuffix(f.Name, ".npy"), ":")
		if mode != "rgb" && mode != "l" {
			continue
		}
		n++
		t.Run(mode+" "+name, func(t *testing.T) {
			a, err := want.array(mode+":"+name, readNPY)
			require.NoError(t, err)
			p, err := openPicture(filepath.Join("testdata/pictures", name), map[string]int{"rgb": 3, "l": 1}[mode], Options{EXIF: strings.HasPrefix(name, "turned"), Scale: 255})
			require.NoError(t, err)
			require.Equal(t, a.shape[:2], []int{p.h, p.w})
			require.Len(t, p.pix, len(a.raw))
			require.LessOrEqual(t, farthest(a.raw, p.pix), tolerance(name))
		})
	}
	require.Greater(t, n, 50)
}

func TestResizeIsPillows(t *testing.T) {
	want := pillow(t)
	source, err := openPicture("testdata/pictures/noise.png", 3, Options{})
	require.NoError(t, err)
	n := 0
	for _, f := range want.zr.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		spec := strings.Split(name, ":")
		if spec[0] != "resize" {
			continue
		}
		n++
		r := Resize{Filter: spec[3]}
		for text, to := range map[string]*[]int{spec[1]: &r.Size, spec[2]: &r.Crop} {
			for part := range strings.SplitSeq(text, ",") {
				var side int
				if _, err := fmt.Sscan(part, &side); err == nil {
					*to = append(*to, side)
				}
			}
		}
		require.NoError(t, r.Check(), name)
		a, err := want.array(name, readNPY)
		require.NoError(t, err)
		p, err := source.resized(r)
		require.NoError(t, err)
		require.Equal(t, a.shape, []int{p.h, p.w, 3}, name)
		require.Equal(t, r.Result(), []int{p.h, p.w})
		require.True(t, slices.Equal(a.raw, p.pix), "%s is %d off", name, farthest(a.raw, p.pix))
	}
	require.Equal(t, 6, n)
}

func TestDeepGreyNeedsItsRange(t *testing.T) {
	_, err := openPicture("testdata/pictures/deep.png", 1, Options{})
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "65535")
	p, err := openPicture("testdata/pictures/deep.png", 1, Options{Scale: 65535})
	require.NoError(t, err)
	grey, err := openPicture("testdata/pictures/grey.png", 1, Options{})
	require.NoError(t, err)
	require.Equal(t, grey.pix, p.pix, "made of grey's bytes as the upper ones")
}

// What a header says is compared with the file's size and with the bounds before
// memory is allocated.
func TestPicturesThatLie(t *testing.T) {
	for _, c := range []struct {
		w, h  int
		model color.Model
		kind  string
		bytes int64
		want  error
	}{
		{8192, 8192, color.NRGBAModel, "jpeg", 1 << 20, nil},
		{8192, 8192, color.NRGBAModel, "png", 1 << 20, nil},
		{8192, 8192, color.NRGBAModel, "png", 1 << 10, ErrFormat},
		{8192, 8192, color.NRGBA64Model, "png", 1 << 28, ErrTooLarge},
		{8192, 4096, color.NRGBA64Model, "tiff", 1 << 28, nil},
		{8193, 8192, color.GrayModel, "png", 1 << 28, ErrTooLarge},
		{1 << 40, 1 << 40, color.GrayModel, "png", 1 << 28, ErrTooLarge},
		{0, 5, color.GrayModel, "png", 1 << 28, ErrTooLarge},
		{1000, 1000, color.Palette{}, "png", 60, nil},
	} {
		err := checkDecoded(image.Config{ColorModel: c.model, Width: c.w, Height: c.h}, c.kind, c.bytes)
		require.ErrorIs(t, err, c.want, c)
	}
	// a blank page of 20 megapixels is packed as far as deflate can
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 5000, 4000))))
	_, _, err := readPicture(bytes.NewReader(b.Bytes()), 1, 0)
	require.NoError(t, err)
}

package dataset

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Only who asks for it gets photographs turned; a TIFF is turned for everybody.
func TestOrientationIsForWhoAsks(t *testing.T) {
	for name, turned := range map[string]bool{"turned6.jpg": false, "turned6.png": false, "turned6.webp": false, "turned6.tif": true} {
		p, err := openPicture("testdata/pictures/"+name, 3, Options{})
		require.NoError(t, err)
		require.Equal(t, turned, p.h > p.w, name)
		p, err = openPicture("testdata/pictures/"+name, 3, Options{EXIF: true})
		require.NoError(t, err)
		require.Greater(t, p.h, p.w, name)
	}
}

// Damaged EXIF data says nothing of how a picture is to be turned.
func TestDamagedEXIFIsNoOrientation(t *testing.T) {
	for _, name := range []string{"turned6.png", "turned6.webp"} {
		b, err := os.ReadFile("testdata/pictures/" + name)
		require.NoError(t, err)
		at := bytes.Index(b, []byte("MM\x00*"))
		require.Positive(t, at)
		for _, cut := range []int{2, 9, 12} {
			damaged := bytes.Clone(b)
			copy(damaged[at+cut:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
			format := name[len("turned6."):]
			n, err := exifOrientation(bytes.NewReader(damaged), format)
			require.NoError(t, err)
			require.Equal(t, 1, n, "%s at %d", name, cut)
		}
	}
}

// What is not read says what it is and what to do.
func TestPicturesOfOtherKindsAreNamed(t *testing.T) {
	planes, err := os.ReadFile("testdata/pictures/rgba.tif")
	require.NoError(t, err)
	side, apart := []byte{0x1c, 0x01, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0}, []byte{0x1c, 0x01, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0} // tag 284
	require.Equal(t, 1, bytes.Count(planes, side))
	for want, file := range map[string][]byte{
		"save its first frame alone": []byte("RIFF\x40\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x24\x00\x00\x16\x00\x00"),
		"BigTIFF":                    append([]byte("II+\x00\x08\x00\x00\x00"), make([]byte, 20)...),
		"HEIC or AVIF":               append([]byte("\x00\x00\x00\x18ftypheic"), make([]byte, 20)...),
		"JPEG 2000":                  append([]byte("\x00\x00\x00\x0cjP  \r\n\x87\n"), make([]byte, 20)...),
		"Photoshop":                  append([]byte("8BPS\x00\x01"), make([]byte, 20)...),
		"PDF":                        []byte("%PDF-1.4 and what else there is"),
		"PlanarConfiguration":        bytes.Replace(planes, side, apart, 1),
	} {
		_, _, err := readPicture(bytes.NewReader(file), 3, 0)
		require.ErrorIs(t, err, ErrFormat, want)
		require.ErrorContains(t, err, want)
	}
}

// A damaged GIF is package gif's to refuse.
func TestTransparencyOfDamagedGIF(t *testing.T) {
	b, err := os.ReadFile("testdata/pictures/transparent.gif")
	require.NoError(t, err)
	require.Positive(t, gifTransparency(b))
	for n := range b {
		_ = gifTransparency(b[:n]) // must not panic
		if _, err := decodeGIF(b[:n]); n < len(b)-3 {
			require.Error(t, err, "cut at %d", n)
		}
	}
}

package baseline

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The bytes of pictures are compared with Pillow's in package dataset.
const pictures = "../../testdata/pictures/"

func files(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(pictures + "*.jp*g")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	all := map[string][]byte{"larger": noisy(t, 161, 99)}
	for _, name := range names {
		all[filepath.Base(name)], err = os.ReadFile(name)
		require.NoError(t, err)
	}
	return all
}

// planes returns the planes of a picture, with what fills up its blocks.
func planes(t *testing.T, img image.Image) [][]byte {
	t.Helper()
	switch m := img.(type) {
	case *image.Gray:
		return [][]byte{m.Pix}
	case *image.YCbCr:
		return [][]byte{m.Y, m.Cb, m.Cr}
	}
	require.Failf(t, "another kind of picture", "%T", img)
	return nil
}

// What is decoded is what image/jpeg decodes, but for the rounding of its inverse
// cosine transform.
func TestAsImageJPEG(t *testing.T) {
	decoded := 0
	for name, file := range files(t) {
		got, ok := Decode(file)
		require.Equal(t, name != "progressive.jpg" && name != "cmyk.jpg", ok, name)
		if !ok {
			continue
		}
		decoded++
		want, err := jpeg.Decode(bytes.NewReader(file))
		require.NoError(t, err)
		require.Equal(t, want.Bounds(), got.Bounds(), name)
		if m, ok := want.(*image.YCbCr); ok {
			require.Equal(t, m.SubsampleRatio, got.(*image.YCbCr).SubsampleRatio)
			require.Equal(t, []int{m.YStride, m.CStride}, []int{got.(*image.YCbCr).YStride, got.(*image.YCbCr).CStride})
		}
		wantPlanes := planes(t, want)
		for i, plane := range planes(t, got) {
			require.Len(t, plane, len(wantPlanes[i]))
			most := byte(0)
			for j, v := range plane {
				most = max(most, min(v-wantPlanes[i][j], wantPlanes[i][j]-v))
			}
			require.LessOrEqual(t, most, byte(1), "%s, plane %d", name, i)
		}
	}
	require.Greater(t, decoded, 10)
}

// A file that ends early is left to image/jpeg, wherever it ends.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"photo.jpeg", "restart.jpg", "grey.jpg"} {
		file := files(t)[name]
		for n := range file {
			_, ok := Decode(file[:n])
			require.False(t, ok, "%s, %d of %d bytes", name, n, len(file))
		}
	}
}

// Where a byte is another one, the file is left to image/jpeg, or a picture of the
// size that it states.
func TestBroken(t *testing.T) {
	for _, name := range []string{"photo.jpeg", "restart.jpg"} {
		file := files(t)[name]
		for i := range file {
			for _, v := range []byte{0xff, file[i] ^ 1} {
				broken := slices.Clone(file)
				broken[i] = v
				requireLikeImageJPEG(t, broken)
			}
		}
	}
}

// requireLikeImageJPEG checks that a file which is decoded is one of image/jpeg's,
// and as large as that says.
func requireLikeImageJPEG(t *testing.T, file []byte) {
	t.Helper()
	size, err := jpeg.DecodeConfig(bytes.NewReader(file))
	if err != nil || size.Width > 1<<16/max(1, size.Height) {
		return // the caller looks at the size before
	}
	img, ok := Decode(file)
	if !ok {
		return
	}
	require.Equal(t, image.Rect(0, 0, size.Width, size.Height), img.Bounds())
	want, err := jpeg.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, want.Bounds(), img.Bounds())
	require.IsType(t, want, img)
}

func FuzzDecode(f *testing.F) {
	for _, file := range files(f) {
		f.Add(file)
	}
	f.Fuzz(requireLikeImageJPEG)
}

func TestIDCTOfOneCoefficient(t *testing.T) {
	for dc := int32(-1100); dc < 1100; dc++ {
		whole, short := make([]byte, 64), make([]byte, 64)
		idct(&[64]int32{dc}, whole, 8)
		flat(dc, short, 8)
		require.Equal(t, whole, short)
	}
}

func TestHuffmanTablesThatAreFull(t *testing.T) {
	counts := make([]byte, 16)
	counts[0] = 3 // three codes of one bit
	require.Nil(t, newHuffman(counts, []byte{1, 2, 3}))
	counts[0], counts[15] = 1, 255
	h := newHuffman(counts, append([]byte{7}, bytes.Repeat([]byte{9}, 255)...))
	require.NotNil(t, h)
	symbol, length := h.symbol(0)
	require.Equal(t, []int{7, 1}, []int{int(symbol), length})
	symbol, length = h.symbol(0x8000 << 48)
	require.Equal(t, []int{9, 16}, []int{int(symbol), length})
	_, length = h.symbol(0xffff << 48)
	require.Zero(t, length, "no such code")
}

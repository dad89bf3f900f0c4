package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds adds the pictures of testdata with these extensions.
func seeds(f *testing.F, extensions ...string) {
	f.Helper()
	for _, ext := range extensions {
		names, err := filepath.Glob("testdata/pictures/*" + ext)
		require.NoError(f, err)
		require.NotEmpty(f, names)
		for _, name := range names {
			b, err := os.ReadFile(name)
			require.NoError(f, err)
			f.Add(b)
		}
	}
}

// What is accepted has as many bytes as its size says, in colours and in grey,
// and nothing panics; hostile sizes are refused before they are allocated.
func fuzzPicture(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, channels := range []int{1, 3} {
			p, _, err := readPicture(bytes.NewReader(b), channels, 65535)
			if err != nil {
				continue
			}
			require.Equal(t, channels, p.channels)
			require.Len(t, p.pix, p.w*p.h*channels)
			if p.w*p.h > 1<<16 {
				continue
			}
			small, err := p.resized(Resize{Size: []int{3, 4}})
			require.NoError(t, err)
			require.Len(t, small.pix, 12*channels)
		}
	})
}

func FuzzBMP(f *testing.F)  { seeds(f, ".bmp"); fuzzPicture(f) }
func FuzzTIFF(f *testing.F) { seeds(f, ".tif", ".tiff"); fuzzPicture(f) }
func FuzzWebP(f *testing.F) { seeds(f, ".webp"); fuzzPicture(f) }
func FuzzJPEG(f *testing.F) { seeds(f, ".jpg", ".jpeg"); fuzzPicture(f) }
func FuzzPNG(f *testing.F)  { seeds(f, ".png", ".gif"); fuzzPicture(f) }

// An orientation is 1 to 8, whatever the segments say.
func FuzzEXIF(f *testing.F) {
	seeds(f, ".jpg", ".webp", ".png")
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, format := range []string{"jpeg", "png", "webp", "gif"} {
			n, err := exifOrientation(bytes.NewReader(b), format)
			if err == nil {
				require.True(t, n >= 1 && n <= 8)
			}
		}
	})
}

// A header is read as it was meant: what is accepted, written as numpy writes it,
// is read to the same.
func FuzzNPYHeader(f *testing.F) {
	for _, s := range []string{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", `{"shape":(3L,),"descr":">U7","fortran_order":True}`, "{'descr': '|S5', 'fortran_order': False, 'shape': ()}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseNPYHeader(text)
		if err != nil {
			return
		}
		again, err := parseNPYHeader(h.String())
		require.NoError(t, err)
		require.Equal(t, h, again)
		require.LessOrEqual(t, len(h.shape), 5)
	})
}

// A table is read with any options, or refused; what is read has finite values
// and classes with names.
func FuzzCSVOptions(f *testing.F) {
	f.Add("a;b;y\n1,5;2;cat\n;3;dog\n", ";", ",", "yes", "y", "impute", "")
	f.Add("x,1\n,2\n", "", "", "", "", "drop", "0")
	f.Fuzz(func(t *testing.T, text, sep, decimal, header, label, missing, categorical string) {
		opts := Options{Separator: sep, Decimal: decimal, Header: Header(header), Label: label, Missing: Missing(missing)}
		if categorical != "" {
			opts.Categorical = []string{categorical}
		}
		m, err := ReadCSV(bytes.NewReader([]byte(text)), opts)
		if err != nil {
			return
		}
		x, y := values(t, m, m.features)
		require.NoError(t, checkFinite(x))
		require.Len(t, ClassNames(m), m.Classes())
		for _, l := range y {
			require.Less(t, l, m.Classes())
		}
	})
}

package dataset

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// matWant is an array as scipy.io.loadmat reads it.
type matWant struct {
	Dims   []int     `json:"dims"`
	Values []float64 `json:"values"`
}

func TestReadMAT(t *testing.T) {
	text, err := os.ReadFile(published + "/kinds.json")
	require.NoError(t, err)
	var want map[string]map[string]matWant
	require.NoError(t, json.Unmarshal(text, &want))
	require.Len(t, want, 3)
	for file, arrays := range want {
		f, err := os.Open(filepath.Join(published, file))
		require.NoError(t, err)
		got, err := readMAT(f)
		require.NoError(t, err, file)
		require.NoError(t, f.Close())
		delete(got, "sparse") // scipy's own class
		require.Len(t, got, len(arrays), file)
		for name, a := range arrays {
			require.Equal(t, a.Dims, got[name].dims, name)
			values := []float64{}
			for i := range got[name].len() {
				values = append(values, got[name].number(i))
			}
			require.Equal(t, a.Values, values, name)
		}
	}
}

func TestReadMATRefuses(t *testing.T) {
	good, err := os.ReadFile(published + "/plain.mat")
	require.NoError(t, err)
	huge := append(good[:0:0], good...)
	copy(huge[128+8+24:], "\xff\xff\xff\x7f\xff\xff\xff\x7f") // dimensions of the first array
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"empty":         {"", ErrFormat},
		"text":          {strings.Repeat("x", 200), ErrFormat},
		"version 7.3":   {"MATLAB 7.3 MAT-file" + strings.Repeat("\x00", 200), ErrFormat},
		"cut off":       {string(good[:len(good)-9]), ErrFormat},
		"huge":          {string(huge), ErrTooLarge},
		"a lying size":  {string(good[:128]) + "\x0e\x00\x00\x00\xff\xff\xff\xff" + string(good[136:200]), ErrFormat},
		"unknown kind":  {string(good[:128]) + "\x63\x00\x00\x00\x00\x00\x00\x00", ErrFormat},
		"not zlib":      {string(good[:128]) + "\x0f\x00\x00\x00\x04\x00\x00\x00abcd", ErrFormat},
		"the same name": {string(good) + string(good[128:]), ErrFormat},
	} {
		err := requireCheap(t, func() error { _, err := readMAT(strings.NewReader(c.file)); return err })
		require.ErrorIs(t, err, c.want, name)
	}
	_, err = ReadSVHN(strings.NewReader(string(good)))
	require.ErrorContains(t, err, "want X, bytes of shape")
	_, err = Open(Cifar10, published+"/train_32x32.mat", Train, Options{})
	require.ErrorContains(t, err, "scipy.io.loadmat")
}

// FuzzReadMAT: what is read has as many values as its shape says.
func FuzzReadMAT(f *testing.F) {
	for _, name := range []string{"kinds.mat", "plain.mat", "big.mat", "setid.mat", "test_32x32.mat"} {
		b, err := os.ReadFile(filepath.Join(published, name))
		require.NoError(f, err)
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, text string) {
		arrays, err := readMAT(strings.NewReader(text))
		if err != nil {
			return
		}
		for name, a := range arrays {
			n := 1
			for _, d := range a.dims {
				n *= d
			}
			require.Equal(t, n, a.len(), name)
			for i := range n {
				a.number(i)
			}
		}
		if m, err := ReadSVHN(strings.NewReader(text)); err == nil {
			x, _ := values(t, m, m.features)
			require.NoError(t, checkFinite(x))
		}
	})
}

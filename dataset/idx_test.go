package dataset

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// values reads all samples of a set.
func values(t testing.TB, ds Dataset, features int) (x []float32, y []int) {
	t.Helper()
	for i := range ds.Len() {
		sample := make([]float32, features)
		label, err := ds.Sample(i, sample)
		require.NoError(t, err)
		x, y = append(x, sample...), append(y, label)
	}
	return x, y
}

func gz(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

var (
	idxTwoImages = append(idxHeader(idxByte, 2, 1, 2), 0, 255, 51, 102)
	idxTwoLabels = append(idxHeader(idxByte, 2), 3, 0)
)

func TestReadIDX(t *testing.T) {
	floats := append(idxHeader(idxFloat, 1, 2), 0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0)
	for _, test := range []struct {
		name           string
		images, labels []byte
		shape          []int
		x              []float32
		y              []int
	}{
		{"plain", idxTwoImages, idxTwoLabels, []int{1, 1, 2}, []float32{0, 1, 0.2, 0.4}, []int{3, 0}},
		{"gzip", gz(t, idxTwoImages), gz(t, idxTwoLabels), []int{1, 1, 2}, []float32{0, 1, 0.2, 0.4}, []int{3, 0}},
		{"float32", floats, append(idxHeader(idxByte, 1), 0), []int{2}, []float32{1, -2}, []int{0}},
		{"colour", append(idxHeader(idxByte, 1, 3, 1, 1), 255, 0, 255), append(idxHeader(idxByte, 1), 1), []int{3, 1, 1}, []float32{1, 0, 1}, []int{1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := ReadIDX(bytes.NewReader(test.images), bytes.NewReader(test.labels), 0)
			require.NoError(t, err)
			require.Equal(t, test.shape, m.Shape())
			x, y := values(t, m, len(test.x)/len(test.y))
			require.Equal(t, test.x, x)
			require.Equal(t, test.y, y)
		})
	}
}

func TestHostileIDX(t *testing.T) {
	bomb := gz(t, make([]byte, 4<<20))
	for _, test := range []struct {
		name           string
		images, labels []byte
		want           error
	}{
		{"empty", nil, nil, ErrFormat},
		{"HTML", []byte("<html>"), []byte("<html>"), ErrFormat},
		{"labels for images", idxTwoLabels, idxTwoLabels, ErrFormat},
		{"images for labels", idxTwoImages, idxTwoImages, ErrFormat},
		{"counts differ", idxTwoImages, append(idxHeader(idxByte, 1), 3), ErrFormat},
		{"label out of range", idxTwoImages, append(idxHeader(idxByte, 2), 3, 200), ErrFormat},
		{"short", idxTwoImages[:len(idxTwoImages)-1], idxTwoLabels, ErrFormat},
		{"long", append(bytes.Clone(idxTwoImages), 0), idxTwoLabels, ErrFormat},
		{"2^32-1 images", idxHeader(idxByte, 1<<32-1, 1, 1), idxTwoLabels, ErrTooLarge},
		{"product overflow", idxHeader(idxByte, 1<<31, 1<<31, 1<<31), idxTwoLabels, ErrTooLarge},
		{"1 GB declared", idxHeader(idxByte, 1<<15, 1<<15), append(idxHeader(idxByte, 1<<15), make([]byte, 1<<15)...), ErrFormat},
		{"no pixels", idxHeader(idxByte, 2, 0, 0), idxTwoLabels, ErrFormat},
		{"five dimensions", idxHeader(idxByte, 1, 1, 1, 1, 1), idxTwoLabels, ErrFormat},
		{"int32", idxHeader(0x0c, 1, 1), idxTwoLabels, ErrFormat},
		{"NaN", append(idxHeader(idxFloat, 2, 1), 0x7f, 0xc0, 0, 0, 0, 0, 0, 0), idxTwoLabels, ErrFormat},
		{"gzip bomb", bomb, bomb, ErrFormat},
		{"broken gzip", gz(t, idxTwoImages)[:25], idxTwoLabels, ErrFormat},
		{"gzip bit flip", flip(gz(t, idxTwoImages), -6), idxTwoLabels, ErrFormat},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := requireCheap(t, func() error {
				_, err := ReadIDX(bytes.NewReader(test.images), bytes.NewReader(test.labels), 10)
				return err
			})
			require.ErrorIs(t, err, test.want)
		})
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[(len(b)+at)%len(b)] ^= 0x11
	return b
}

// requireCheap requires that f takes at most one second and 64 MB. It tries three
// times, since a machine under load may be slow.
func requireCheap(t testing.TB, f func() error) error {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := f()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	for range 2 {
		if start = time.Now(); took >= second && f() != nil {
			took = min(took, time.Since(start))
		}
	}
	require.Less(t, took, second)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))
	return err
}

func TestIDXRoundTrip(t *testing.T) {
	sets, err := Builtin(Mnist)
	require.NoError(t, err)
	some, err := Subset(sets.Train, []int{5, 7, 1999})
	require.NoError(t, err)
	odd, err := New([]int{2}, 3, []float32{0.1, -7, 1, 0}, []int{2, 0})
	require.NoError(t, err)
	colour, err := NewImages([]int{3, 1, 2}, 2, []byte{1, 2, 3, 4, 5, 6}, []int{1})
	require.NoError(t, err)
	for _, ds := range []Described{some.(Described), odd, colour} {
		dir := filepath.Join(t.TempDir(), "data")
		require.NoError(t, SaveIDX(dir, ds))
		back, err := OpenIDXDir(dir, ds.Classes())
		require.NoError(t, err)
		require.Equal(t, ds.Shape(), back.Shape())
		n, _ := countFeatures(ds.Shape())
		wantX, wantY := values(t, ds, n)
		x, y := values(t, back, n)
		require.Equal(t, wantX, x)
		require.Equal(t, wantY, y)
		info, err := os.Stat(filepath.Join(dir, IDXImages))
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "private data")
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 2)
	}
}

type broken struct{ *Memory }

func (broken) Sample(i int, _ []float32) (int, error) { return 0, errors.New("disk on fire") }

func TestSaveIDXIsAtomic(t *testing.T) {
	m, err := NewImages([]int{1}, 2, []byte{1}, []int{1})
	require.NoError(t, err)
	dir := t.TempDir()
	require.ErrorContains(t, SaveIDX(dir, broken{m}), "disk on fire")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
	flat, err := New([]int{1, 1}, 2, []float32{1}, []int{1})
	require.NoError(t, err)
	require.Error(t, SaveIDX(dir, flat), "a shape that IDX cannot hold")
}

func TestOpenNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenIDXDir(dir, 0)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, IDXImages)
	path := filepath.Join(dir, "x")
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	for _, open := range []func() (*Memory, error){
		func() (*Memory, error) { return OpenIDX(path, path, 0) },
		func() (*Memory, error) { return OpenCSV(path, Options{}) },
		func() (*Memory, error) { return OpenCIFAR(Cifar10, path) },
	} {
		_, err := open()
		require.ErrorIs(t, err, ErrFormat)
		require.ErrorContains(t, err, path)
	}
}

// What is accepted can be written and read again to the same values.
func FuzzIDX(f *testing.F) {
	f.Add(idxTwoImages, idxTwoLabels)
	f.Add(append(idxHeader(idxFloat, 1, 2), 0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0), append(idxHeader(idxByte, 1), 0))
	f.Add(idxHeader(idxByte, 1<<31, 1<<31, 1<<31), idxTwoLabels)
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		m, err := ReadIDX(bytes.NewReader(images), bytes.NewReader(labels), 0)
		if err != nil || (len(m.shape) != 1 && len(m.shape) != 3) {
			return
		}
		var im, la bytes.Buffer
		require.NoError(t, WriteIDX(&im, &la, m))
		back, err := ReadIDX(&im, &la, m.Classes())
		require.NoError(t, err)
		require.Equal(t, m.Shape(), back.Shape())
		x, y := values(t, m, m.features)
		x2, y2 := values(t, back, m.features)
		require.Equal(t, x, x2)
		require.Equal(t, y, y2)
	})
}

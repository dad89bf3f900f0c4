package dataset

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pictures in memory are what the same files are in a folder.
func TestPicturesInMemory(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i, name := range []string{"photo.jpeg", "noise.png", "turned6.jpg"} {
		b, err := os.ReadFile("testdata/pictures/" + name)
		require.NoError(t, err)
		files = append(files, b)
		write(t, dir+"/"+string(rune('a'+i))+"/"+name, b)
	}
	shape, classes := []int{3, 12, 10}, []string{"a", "b", "c"}
	for _, opts := range []Options{{}, {EXIF: true, Resize: &Resize{Size: []int{14}, Crop: []int{12, 10}}}, {Transpose: true}} {
		folder, err := OpenImageFolder(dir, shape, opts)
		require.NoError(t, err)
		memory, err := NewPictures(shape, files, []int{0, 1, 2}, classes, opts)
		require.NoError(t, err)
		require.Equal(t, folder.Shape(), memory.Shape())
		require.Equal(t, folder.Resizing(), memory.Resizing())
		wantX, wantY := values(t, folder, 360)
		x, y := values(t, memory, 360)
		require.Equal(t, wantX, x)
		require.Equal(t, wantY, y)
	}
	memory, err := NewPictures(shape, files, []int{0, 1, 2}, classes, Options{})
	require.NoError(t, err)
	fit, err := Adapt(memory, Schema{Shape: []int{3, 2, 2}, Resize: &Resize{Size: []int{2, 2}}, Classes: []string{"c", "b", "a"}})
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, 0}, labelsOf(t, fit, 12))
	_, err = memory.Sample(3, make([]float32, 360))
	require.ErrorIs(t, err, ErrIndex)

	for name, c := range map[string]struct {
		labels  []int
		classes []string
		opts    Options
	}{
		"fewer labels":           {[]int{0}, classes, Options{}},
		"a label without a name": {[]int{0, 1, 3}, classes, Options{}},
		"no names":               {[]int{0, 0, 0}, nil, Options{}},
		"another size":           {[]int{0, 1, 2}, classes, Options{Resize: &Resize{Size: []int{4, 4}}}},
	} {
		_, err := NewPictures(shape, files, c.labels, c.classes, c.opts)
		require.Error(t, err, name)
	}
	_, err = NewPictures(shape, nil, nil, classes, Options{})
	require.ErrorIs(t, err, ErrFormat)
}

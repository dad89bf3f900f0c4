package parquet

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// shape is that of the pictures in the fixtures.
var shape = []int{3, 6, 8}

// pillowPixels are the pixels of the fixtures' pictures, 0 … 1.
func pillowPixels(t *testing.T) (pictures [][]float32) {
	t.Helper()
	text, err := os.ReadFile("testdata/pictures.json")
	require.NoError(t, err)
	var pixels [][]int
	require.NoError(t, json.Unmarshal(text, &pixels))
	for _, p := range pixels {
		picture := make([]float32, len(p))
		for i, v := range p {
			picture[i] = float32(v) / 255
		}
		pictures = append(pictures, picture)
	}
	return pictures
}

// Pictures as the datasets library keeps them, and in a plain column of bytes, are
// what Pillow decodes; the names of their classes are the file's.
func TestOpenPictures(t *testing.T) {
	pets := []string{"cat", "dog", "frog"}
	want := pillowPixels(t)
	for name, opts := range map[string]dataset.Options{
		"image": {}, "cifar": {Label: "fine_label"}, "binary": {}, "two": {X: "before"}, "image by its name": {X: "image"}, "image by its field": {X: "image.bytes"},
	} {
		file := name
		if len(opts.X) > 0 && opts.X[0] == 'i' {
			file = "image"
		}
		set, err := OpenPictures("testdata/"+file+".parquet", shape, opts)
		require.NoError(t, err, name)
		require.Equal(t, pets, set.ClassNames(), name)
		require.Equal(t, 3, set.Len())
		sample := make([]float32, 3*6*8)
		for i, class := range []int{2, 0, 1} {
			label, err := set.Sample(i, sample)
			require.NoError(t, err)
			require.Equal(t, class, label, name)
			require.Equal(t, want[i], sample, name)
		}
	}
}

// They fit a package as pictures in folders do: resized, and by the names of its
// classes.
func TestPicturesFitPackages(t *testing.T) {
	set, err := OpenPictures("testdata/image.parquet", []int{1, 28, 28}, dataset.Options{})
	require.NoError(t, err)
	require.Equal(t, &dataset.Resize{Size: []int{28, 28}}, set.Resizing())
	fit, err := dataset.Adapt(set, dataset.Schema{Shape: []int{1, 4, 4}, Resize: &dataset.Resize{Size: []int{4, 4}}, Classes: []string{"frog", "cat", "dog"}})
	require.NoError(t, err)
	label, err := fit.Sample(0, make([]float32, 16))
	require.NoError(t, err)
	require.Equal(t, 0, label)
	_, err = dataset.Adapt(set, dataset.Schema{Shape: []int{1, 4, 4}, Resize: &dataset.Resize{Size: []int{4, 4}}, Classes: []string{"frog", "cat"}})
	require.ErrorIs(t, err, dataset.ErrClass, "dog is not in the list")
}

func TestPicturesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		shape []int
		opts  dataset.Options
		says  string
	}{
		"which of two":           {"two", shape, dataset.Options{}, "Options.X"},
		"a column it has not":    {"image", shape, dataset.Options{X: "photo"}, "Options.X"},
		"the path":               {"image", shape, dataset.Options{X: "image.path"}, "Options.X"},
		"which of two labels":    {"cifar", shape, dataset.Options{}, "Options.Label"},
		"only a path":            {"path", shape, dataset.Options{}, "row 2"},
		"several in a row":       {"lists", shape, dataset.Options{}, "Options.X"},
		"texts are no numbers":   {"classlabel", shape, dataset.Options{X: "idx"}, "Options.X"},
		"the label is no sample": {"binary", shape, dataset.Options{X: "label"}, "Options.X"},
		"a shape of nothing":     {"image", []int{48}, dataset.Options{}, "shape"},
		"a class it has not":     {"image", shape, dataset.Options{Classes: []string{"cat", "frog", "cow"}}, "row 2"},
	} {
		_, err := OpenPictures("testdata/"+c.file+".parquet", c.shape, c.opts)
		require.ErrorContains(t, err, c.says, name)
	}
	other, err := OpenPictures("testdata/image.parquet", shape, dataset.Options{Classes: []string{"frog", "hound", "cat"}, Rename: map[string]string{"dog": "hound"}})
	require.NoError(t, err)
	for i, class := range []int{0, 2, 1} {
		label, err := other.Sample(i, make([]float32, 3*6*8))
		require.NoError(t, err)
		require.Equal(t, class, label, "a number means the file's name, wherever that is in the list")
	}
	set, err := OpenPictures("testdata/webpage.parquet", shape, dataset.Options{})
	require.NoError(t, err)
	_, err = set.Sample(1, make([]float32, 3*6*8))
	require.ErrorIs(t, err, dataset.ErrFormat)
	require.ErrorContains(t, err, "picture 1")
}

// FuzzReadPictures: any bytes give a set of samples with classes, each of which
// can be read or is an error, or an error.
func FuzzReadPictures(f *testing.F) {
	for _, name := range []string{"image", "cifar", "binary", "path", "lists", "webpage"} {
		data, err := os.ReadFile("testdata/" + name + ".parquet")
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := ReadPictures(bytes.NewReader(file), int64(len(file)), shape, dataset.Options{})
		if err != nil {
			set, err = ReadPictures(bytes.NewReader(file), int64(len(file)), shape, dataset.Options{X: "img", Label: "fine_label"})
		}
		if err != nil {
			return
		}
		sample := make([]float32, 3*6*8)
		for i := range min(set.Len(), 100) {
			label, err := set.Sample(i, sample)
			if err == nil {
				require.Less(t, label, set.Classes())
				for _, v := range sample {
					require.True(t, v >= 0 && v <= 1)
				}
			}
		}
	})
}

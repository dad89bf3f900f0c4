package dataset

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// npzOf is an archive of arrays: samples of shape [3, 4], and three labels each.
func npzOf(t *testing.T, samples, labels []string) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name string, file []byte) {
		e, err := w.Create(name + ".npy")
		require.NoError(t, err)
		_, err = e.Write(file)
		require.NoError(t, err)
	}
	for _, name := range samples {
		add(name, npyFile(t, "f8"))
	}
	for _, name := range labels {
		add(name, npyFile(t, "y"))
	}
	require.NoError(t, w.Close())
	return bytes.NewReader(b.Bytes())
}

func TestWhichArrays(t *testing.T) {
	for _, test := range []struct {
		samples, labels []string
		opts            Options
		takes, refuses  string
	}{
		{[]string{"data"}, []string{"labels"}, Options{}, `the array "data" holds the samples, "labels" the labels`, ""},
		{[]string{"data"}, []string{"labels", "target"}, Options{}, "", `the labels could be the array "labels" or "target"; say which (Options.X and Options.Y): there are "data", "labels", "target"`},
		{[]string{"data"}, []string{"target", "labels"}, Options{X: "data", Y: "target"}, "", ""},
		{[]string{"data", "images"}, []string{"target"}, Options{}, "", `the samples could be the array "images" or "data"`},
		{[]string{"x", "X"}, []string{"y"}, Options{}, "", `the samples could be the array "x" or "X"`},
		{[]string{"x_train"}, []string{"y_train", "train_y"}, Options{}, "", `the labels could be the array "y_train" or "train_y"`},
		{[]string{"x_train", "x"}, []string{"y_train", "y"}, Options{}, `"x_train" holds the samples`, ""},
		{[]string{"x_train", "x_test"}, []string{"y_train", "y_test"}, Options{}, `"x_train" holds the samples`, ""},
		{[]string{"train_images"}, []string{"train_labels", "val_labels"}, Options{}, `"train_images" holds the samples`, ""},
		{[]string{"arr_0"}, []string{"arr_1"}, Options{}, `"arr_0" holds the samples`, ""},
		{[]string{"arr_0", "arr_2"}, []string{"arr_1", "arr_3"}, Options{}, "", "could be the array \"arr_0\" or \"arr_1\" or \"arr_2\""},
		{[]string{"x", "x"}, []string{"y"}, Options{}, "", `two arrays are named "x"`},
		{[]string{"x"}, []string{"y", "weights"}, Options{}, `"y" the labels`, ""},
	} {
		file := npzOf(t, test.samples, test.labels)
		m, err := ReadNPZ(file, file.Size(), Train, test.opts)
		if test.refuses != "" {
			require.ErrorIs(t, err, ErrFormat)
			require.ErrorContains(t, err, test.refuses)
			continue
		}
		require.NoError(t, err)
		if test.takes != "" {
			require.Len(t, Notes(m), 1)
			require.Contains(t, Notes(m)[0], test.takes)
		}
	}
}

// Arrays of the other part alone are a part that is not there, not a bad file.
func TestArraysOfTheOtherPart(t *testing.T) {
	for part, names := range map[Part][2]string{Test: {"x_train", "y_train"}, Train: {"val_images", "val_labels"}} {
		file := npzOf(t, names[:1], names[1:])
		_, err := ReadNPZ(file, file.Size(), part, Options{})
		require.ErrorIs(t, err, ErrNoPart)
		require.ErrorContains(t, err, names[0])
	}
}

package dataset

import (
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"
)

// An option that means nothing for the data was meant for other data: it is
// refused, not passed over.
func TestOptionsForOtherData(t *testing.T) {
	dir := t.TempDir()
	one, err := NewImages([]int{1, 2, 2}, 10, []byte{1, 2, 3, 4}, []int{7})
	require.NoError(t, err)
	require.NoError(t, SaveIDX(dir+"/idx", one))
	write(t, dir+"/t.csv", []byte("1,2,0\n"))
	write(t, dir+"/t.jsonl", []byte(`{"x":[1],"y":0}`))
	write(t, dir+"/words/yes/a.wav", nil)
	write(t, dir+"/reviews/pos/a.txt", []byte("good"))
	writePNG(t, dir+"/pets/cat/a.png", coloured(2, 2, color.White))
	for _, test := range []struct {
		id   ID
		path string
		opts Options
		says string
	}{
		{200, dir + "/t.csv", Options{X: "a"}, "Options.X means nothing for tables"},
		{200, dir + "/t.csv", Options{EXIF: true}, "Options.EXIF"},
		{200, dir + "/t.jsonl", Options{Header: HeaderYes}, "Options.Header means nothing for JSON lines"},
		{200, "testdata/stored.npz", Options{Label: "y"}, "Options.Label means nothing for arrays"},
		{Mnist, dir + "/idx", Options{Scale: 255}, "Options.Scale"},
		{Svhn, published, Options{Label: "y"}, "Options.Label means nothing for MAT-files"},
		{SpeechCommands, dir + "/words", Options{Label: "y"}, "recordings"},
		{Imdb, dir + "/reviews", Options{Text: []string{"a"}}, "texts in folders"},
		{Cifar10, dir + "/pets", Options{Separator: ";"}, "pictures in folders"},
	} {
		_, err := Open(test.id, test.path, Train, test.opts)
		require.ErrorIs(t, err, ErrFormat)
		require.ErrorContains(t, err, test.says)
	}
}

// A data set that the protocol has no name for is what its files show.
func TestFoldersOfUnnamedSets(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/words/yes/a.wav", nil)
	write(t, dir+"/reviews/pos/a.txt", []byte("good"))
	writePNG(t, dir+"/pets/cat/a.png", coloured(4, 4, color.White))
	write(t, dir+"/odd/cat/a.xyz", nil)
	for path, want := range map[string]Described{"words": &WaveFolder{}, "reviews": &TextSet{}} {
		ds, err := Open(200, dir+"/"+path, Train, Options{})
		require.NoError(t, err, path)
		require.IsType(t, want, ds)
	}
	_, err := Open(200, dir+"/pets", Train, Options{})
	require.ErrorContains(t, err, "Options.Resize")
	ds, err := Open(200, dir+"/pets", Train, Options{Resize: &Resize{Size: []int{2, 3}}})
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 3}, ds.Shape())
	_, err = Open(200, dir+"/odd", Train, Options{})
	require.ErrorIs(t, err, ErrFormat)
}

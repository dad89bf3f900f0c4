package dataset

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadJSONL(t *testing.T) {
	text := `{"x":[1,2.5],"y":1}` + "\n\n" + `{"y":0,"x":[3,4],"id":"z"}`
	m, err := ReadJSONL(strings.NewReader(text), Options{})
	require.NoError(t, err)
	x, y := values(t, m, 2)
	require.Equal(t, []float32{1, 2.5, 3, 4}, x)
	require.Equal(t, []int{1, 0}, y)
	m, err = ReadJSONL(bytes.NewReader(gz(t, []byte(`{"f":[1],"label":"b"}`+"\n"+`{"f":[2],"label":"a"}`))), Options{X: "f", Label: "label"})
	require.NoError(t, err)
	_, y = values(t, m, 1)
	require.Equal(t, []int{1, 0}, y)
	for name, text := range map[string]string{
		"empty":        "",
		"not JSON":     "hello",
		"list":         "[1]",
		"no label":     `{"x":[1]}`,
		"label null":   `{"x":[1],"y":null}`,
		"label list":   `{"x":[1],"y":[1]}`,
		"half a label": `{"x":[1],"y":"a"}` + "\n" + `{"x":[1]}`,
		"no values":    `{"x":[],"y":1}`,
		"null value":   `{"x":[null],"y":1}`,
		"text value":   `{"x":["a"],"y":1}`,
		"too large":    `{"x":[1e99],"y":1}`,
		"ragged":       `{"x":[1],"y":1}` + "\n" + `{"x":[1,2],"y":1}`,
		"long line":    `{"x":[` + strings.Repeat(" ", maxLine) + `1],"y":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadJSONL(strings.NewReader(text), Options{})
			require.Error(t, err)
			require.Less(t, len(err.Error()), 400)
		})
	}
}

// coloured returns a w×h image of one colour with a black upper left pixel.
func coloured(w, h int, c color.Color) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	m.Set(0, 0, color.Black)
	return m
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func writePNG(t testing.TB, path string, m image.Image) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	write(t, path, b.Bytes())
}

func TestImageFolder(t *testing.T) {
	root := t.TempDir()
	writePNG(t, root+"/cat/2.png", coloured(2, 2, color.White))
	writePNG(t, root+"/cat/1.PNG", coloured(4, 4, color.RGBA{255, 0, 0, 255}))
	writePNG(t, root+"/cat/3.png", coloured(1, 1, color.White))
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, coloured(8, 8, color.White), nil))
	write(t, root+"/dog/deep/a.jpeg", b.Bytes())
	write(t, root+"/dog/notes.txt", []byte("x"))
	require.NoError(t, os.Symlink("/etc/passwd", root+"/dog/link.png"))
	f, err := OpenImageFolder(root, []int{3, 2, 2}, Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"cat", "dog"}, f.ClassNames())
	require.Equal(t, 4, f.Len())
	x, y := values(t, f, 12)
	require.Equal(t, []int{0, 0, 0, 1}, y)
	require.Equal(t, []float32{208. / 255, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}, x[:12], "shrinking 4×4 as Pillow does; 1.PNG comes first")
	require.Equal(t, []float32{0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1}, x[12:24])
	require.Equal(t, []float32{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, x[24:36], "enlarging 1×1 repeats its pixel")
	grey, err := OpenImageFolder(root, []int{1, 1, 1}, Options{})
	require.NoError(t, err)
	_, err = grey.Sample(0, make([]float32, 1))
	require.NoError(t, err)

	_, err = OpenImageFolder(root, []int{2, 2, 2}, Options{})
	require.Error(t, err)
	_, err = OpenImageFolder(t.TempDir(), []int{3, 2, 2}, Options{})
	require.ErrorIs(t, err, ErrFormat)
	_, err = f.Sample(4, make([]float32, 12))
	require.ErrorIs(t, err, ErrIndex)
	_, err = f.Sample(0, make([]float32, 11))
	require.ErrorIs(t, err, ErrBuffer)
}

func TestHostileImages(t *testing.T) {
	root := t.TempDir()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, coloured(1, 1, color.White)))
	huge := b.Bytes()
	copy(huge[16:24], "\x7f\xff\xff\xff\x7f\xff\xff\xff") // IHDR: 2^31-1 pixels square
	write(t, root+"/a/huge.png", huge)
	write(t, root+"/a/text.png", []byte("<html>"))
	f, err := OpenImageFolder(root, []int{1, 2, 2}, Options{})
	require.NoError(t, err)
	for i := range f.Len() {
		err := requireCheap(t, func() error { _, err := f.Sample(i, make([]float32, 4)); return err })
		require.Error(t, err)
		require.ErrorContains(t, err, root, "the error names the file")
	}
}

func TestOpen(t *testing.T) {
	small, err := NewImages([]int{1, 2, 2}, 10, []byte{1, 2, 3, 4}, []int{7})
	require.NoError(t, err)
	other, err := NewImages([]int{1, 2, 2}, 10, []byte{1, 2, 3, 4, 5, 6, 7, 8}, []int{7, 8})
	require.NoError(t, err)
	idx := func(ds Described) (images, labels []byte) {
		var a, b bytes.Buffer
		require.NoError(t, WriteIDX(&a, &b, ds))
		return a.Bytes(), b.Bytes()
	}
	one, oneLabel := idx(small)
	two, twoLabels := idx(other)
	dir := t.TempDir()
	write(t, dir+"/mnist/train-images-idx3-ubyte.gz", gz(t, two))
	write(t, dir+"/mnist/train-labels-idx1-ubyte.gz", gz(t, twoLabels))
	write(t, dir+"/mnist/t10k-images-idx3-ubyte", one)
	write(t, dir+"/mnist/t10k-labels-idx1-ubyte", oneLabel)
	require.NoError(t, SaveIDX(dir+"/saved", small))
	record := make([]byte, 1+cifarPixels)
	write(t, dir+"/cifar/data_batch_1.bin", record)
	write(t, dir+"/cifar/data_batch_2.bin", record)
	write(t, dir+"/cifar/test_batch.bin", record)
	write(t, dir+"/iris/train.csv", []byte("a,b,c,d,species\n1,2,3,4,0\n1,2,3,4,1\n"))
	write(t, dir+"/iris/test.tsv", []byte("1\t2\t3\t4\t2\n"))
	write(t, dir+"/one.jsonl", []byte(`{"x":[1,2,3,4],"y":2}`))
	writePNG(t, dir+"/pets/train/a/1.png", coloured(4, 4, color.White))
	writePNG(t, dir+"/pets/train/b/1.png", coloured(4, 4, color.White))
	writePNG(t, dir+"/pets/val/b/1.png", coloured(4, 4, color.White))
	for _, test := range []struct {
		id   ID
		path string
		part Part
		n    int
	}{
		{Mnist, "mnist", Train, 2},
		{Mnist, "mnist", Test, 1},
		{Mnist, "saved", Train, 1},
		{Mnist, "saved", Test, 1},
		{Cifar10, "cifar", Train, 2},
		{Cifar10, "cifar", Test, 1},
		{Iris, "iris", Train, 2},
		{Iris, "iris", Test, 1},
		{Iris, "one.jsonl", Test, 1},
		{CatsVsDogs, "pets", Train, 2},
		{CatsVsDogs, "pets", Test, 1},
	} {
		ds, err := Open(test.id, filepath.Join(dir, test.path), test.part, Options{})
		require.NoError(t, err, test.path)
		require.Equal(t, test.n, ds.Len(), test.path)
	}
	npz, err := Open(Iris, "testdata/packed.npz", Test, Options{})
	require.NoError(t, err)
	require.Equal(t, 1, npz.Len())

	write(t, dir+"/many/a.csv", []byte("1,2,3,4,0\n"))
	write(t, dir+"/many/b.csv", []byte("1,2,3,4,0\n"))
	write(t, dir+"/classes.csv", []byte("1,2,3,4,9\n"))
	write(t, dir+"/odd.xyz", nil)
	for name, says := range map[string]string{
		"none": "none", "many": "a.csv", "classes.csv": `label "9"`, "odd.xyz": "unknown file type", "cifar": "no data found",
	} {
		_, err := Open(Iris, filepath.Join(dir, name), Train, Options{})
		require.ErrorContains(t, err, says, name)
	}
	_, err = Open(Iris, dir, "both", Options{})
	require.Error(t, err)
}

// image returns a picture of three channels as an image.
func (p picture) image() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	for i := range p.w * p.h {
		copy(m.Pix[4*i:], p.pix[3*i:3*i+3])
		m.Pix[4*i+3] = 255
	}
	return m
}

// A folder that holds something else than was thought: the error says what is
// wanted.
func TestFoldersThatDoNotFit(t *testing.T) {
	dir := t.TempDir()
	writePNG(t, dir+"/loose/a.png", coloured(2, 2, color.White))
	write(t, dir+"/words/a.wav", nil)
	write(t, dir+"/reviews/a.txt", nil)
	writePNG(t, dir+"/deep/mnist/0/a.png", coloured(2, 2, color.White))
	require.NoError(t, os.Mkdir(dir+"/empty", 0o700))
	write(t, dir+"/packed/a.tar.gz", nil)
	write(t, dir+"/hub/train-00000.parquet", nil)
	for _, test := range []struct {
		id         ID
		path, says string
	}{
		{Mnist, "loose", `nothing says which class "a.png"`},
		{SpeechCommands, "words", `which class "a.wav"`},
		{Imdb, "reviews", `which class "a.txt"`},
		{Mnist, "deep", "the one that holds those of the classes"},
		{Mnist, "empty", "a folder of pictures for each class"},
		{Mnist, "packed", `there is "a.tar.gz"; unpack it and name the folder`},
		{Iris, "hub", `there is "train-00000.parquet"; `},
		{Imdb, "empty", "a folder of .txt files for each class"},
		{SpeechCommands, "empty", "a folder of WAV files for each class"},
	} {
		_, err := Open(test.id, filepath.Join(dir, test.path), Train, Options{})
		require.ErrorContains(t, err, test.says, test.path)
	}
	write(t, dir+"/cats.csv", []byte("1,cat\n2,dog\n3,fish\n"))
	_, err := Open(CatsVsDogs, dir+"/cats.csv", Train, Options{})
	require.ErrorContains(t, err, `3 classes, the data set has 2: "cat", "dog", "fish"`)
	_, err = ReadCSV(strings.NewReader("1,Iris-setosa\n"), Options{Classes: []string{"setosa"}})
	require.ErrorContains(t, err, "Options.Rename")
}

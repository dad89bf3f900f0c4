package parquet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// What Unpack writes is read as the files are: every text, in order, with the class.
func TestUnpackTexts(t *testing.T) {
	texts := []string{"a, \"b\"\nc", "雨\n☂", " spaces ", "", "NA", "12", "line\r\nline", "'"}
	dir := t.TempDir()
	var rows []labelled
	for i, text := range texts {
		rows = append(rows, labelled{text, int64(i % 3)})
	}
	save(t, filepath.Join(dir, "in", "train-00000-of-00002.parquet"), news, rows[:3]...)
	save(t, filepath.Join(dir, "in", "train-00001-of-00002.parquet"), news, rows[3:]...)
	u, err := Unpack(filepath.Join(dir, "in"), dataset.Train, filepath.Join(dir, "train"), dataset.Options{})
	require.NoError(t, err)
	require.Equal(t, len(texts), u.Rows)
	classes := []string{"World", "Sports, local", "Business"}
	require.Equal(t, classes, u.Classes)
	require.Equal(t, []string{"text"}, u.Texts)
	ds, err := dataset.Open(200, filepath.Join(dir, "train.csv"), dataset.Train, dataset.Options{Text: []string{"text"}, Header: dataset.HeaderYes, Label: u.Label, Classes: classes})
	require.NoError(t, err)
	require.Equal(t, len(texts), ds.Len())
	for i, want := range texts {
		got, label, err := ds.(*dataset.TextSet).Text(i)
		require.NoError(t, err)
		require.Equal(t, []string{want}, got)
		require.Equal(t, i%3, label)
	}
	_, err = Unpack(filepath.Join(dir, "in"), dataset.Train, filepath.Join(dir, "train"), dataset.Options{})
	require.ErrorContains(t, err, "is there already")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "in, train.csv")
}

func TestUnpackTable(t *testing.T) {
	type flower struct {
		Length  float64   `parquet:"length"`
		Width   *float32  `parquet:"width,optional"`
		Wild    bool      `parquet:"wild"`
		Count   uint64    `parquet:"count"`
		Seen    int32     `parquet:"seen,date"`
		Others  []float32 `parquet:"others,list"`
		Species string    `parquet:"species"`
	}
	dir, width := t.TempDir(), float32(0.1)
	in := filepath.Join(dir, "iris.parquet")
	save(t, in, "", flower{5.1, &width, true, 1 << 63, 1, nil, "setosa"}, flower{1e-7, nil, false, 2, 1, nil, "virginica"})
	u, err := Unpack(in, dataset.Train, filepath.Join(dir, "out"), dataset.Options{Label: "species"})
	require.NoError(t, err)
	require.Len(t, u.Notes, 3, u.Notes)
	require.Empty(t, u.Texts)
	text, err := os.ReadFile(filepath.Join(dir, "out.csv"))
	require.NoError(t, err)
	require.Equal(t, "length,width,wild,count,species\n5.1,0.1,1,9223372036854775808,setosa\n1e-07,,0,2,virginica\n", string(text))
	ds, err := dataset.Open(200, filepath.Join(dir, "out.csv"), dataset.Train, dataset.Options{Missing: dataset.MissingImpute})
	require.NoError(t, err)
	require.Equal(t, []string{"setosa", "virginica"}, dataset.ClassNames(ds))
	_, err = Unpack(in, dataset.Train, filepath.Join(dir, "more"), dataset.Options{})
	require.ErrorContains(t, err, "which column is the label")
	require.NoFileExists(t, filepath.Join(dir, "more.csv"))
}

// Pictures come out as the bytes that are in the file.
func TestUnpackPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "train")
	u, err := Unpack("testdata/image.parquet", dataset.Train, dir, dataset.Options{})
	require.NoError(t, err)
	require.Equal(t, 3, u.Rows)
	ds, err := dataset.OpenImageFolder(dir, shape, dataset.Options{Classes: u.Classes})
	require.NoError(t, err)
	want := pillowPixels(t)
	sample := make([]float32, 3*6*8)
	for i, picture := range []int{1, 2, 0} { // by the names of the classes
		label, err := ds.Sample(i, sample)
		require.NoError(t, err)
		require.Equal(t, i, label)
		require.Equal(t, want[picture], sample)
	}
	for file, says := range map[string]string{"path": "row 2", "webpage": "no PNG", "two": "Options.X"} {
		other := filepath.Join(t.TempDir(), "train")
		opts := dataset.Options{}
		if file == "webpage" {
			opts.X = "image" // a plain column of bytes
		}
		_, err = Unpack("testdata/"+file+".parquet", dataset.Train, other, opts)
		require.ErrorContains(t, err, says)
		require.NoDirExists(t, other)
	}
}

func TestUnpackRefusesClasses(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "d.parquet")
	save(t, in, news, labelled{"a", -1})
	_, err := Unpack(in, dataset.Train, filepath.Join(dir, "out"), dataset.Options{})
	require.ErrorIs(t, err, dataset.ErrClass)
	require.ErrorContains(t, err, `row 0: dataset: not one of the classes: column "label" has the class "-1"`)
	type pet struct {
		Image []byte `parquet:"image"`
		Label string `parquet:"label"`
	}
	for _, name := range []string{"../x", ".x", "a/b", "", "con\x00"} {
		save(t, in, `{"image":{"_type":"Image"}}`, pet{[]byte("BM"), name})
		_, err := Unpack(in, dataset.Train, filepath.Join(dir, "out"), dataset.Options{})
		require.ErrorContains(t, err, "cannot be the name of a folder", "%q", name)
	}
	save(t, in, `{"image":{"_type":"Image"}}`, pet{[]byte("BM"), "Cat"}, pet{[]byte("BM"), "cat"})
	_, err = Unpack(in, dataset.Train, filepath.Join(dir, "out"), dataset.Options{})
	require.ErrorContains(t, err, "the same folder")
}

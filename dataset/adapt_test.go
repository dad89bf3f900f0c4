package dataset

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readTable reads a table of class names.
func readTable(t testing.TB, text string, opts Options) *Memory {
	t.Helper()
	m, err := ReadCSV(strings.NewReader(text), opts)
	require.NoError(t, err)
	return m
}

func labelsOf(t testing.TB, ds Dataset, features int) []int {
	t.Helper()
	_, y := values(t, ds, features)
	return y
}

func TestAdaptClasses(t *testing.T) {
	found := readTable(t, "1,dog\n2,frog\n", Options{})
	listed := readTable(t, "1,dog\n2,frog\n", Options{Classes: []string{"cat", "dog", "frog"}})
	numbers := readTable(t, "1,1\n2,2\n", Options{})
	silent, err := New([]int{1}, 3, []float32{1, 2}, []int{1, 2})
	require.NoError(t, err)
	part, err := Subset(found, []int{1})
	require.NoError(t, err)
	for _, test := range []struct {
		name    string
		ds      Dataset
		classes []string
		want    []int
		says    string
	}{
		{"a class is missing here", found, []string{"cat", "dog", "frog"}, []int{1, 2}, ""},
		{"other order", listed, []string{"frog", "dog", "cat"}, []int{1, 0}, ""},
		{"other case", found, []string{"Dog", "FROG"}, []int{0, 1}, ""},
		{"a part of a set", part, []string{"frog", "dog"}, []int{0}, ""},
		{"numbers of another start", numbers, []string{"1", "2"}, []int{0, 1}, ""},
		{"numbers written otherwise", numbers, []string{"0.0", "1.0", "2.0"}, []int{1, 2}, ""},
		{"nothing is said", silent, []string{"cat", "dog", "frog"}, []int{1, 2}, ""},
		{"a package that names nothing", found, nil, []int{0, 1}, ""},
		{"numbered classes, agreed names", listed, []string{"0", "1", "2"}, []int{1, 2}, ""},
		{"numbered classes, found names", found, []string{"0", "1", "2"}, nil, `this data names "dog", "frog"`},
		{"named classes, numbers", numbers, []string{"cat", "dog", "frog"}, nil, "only numbers them"},
		{"a class that the package has not", found, []string{"cat", "dog"}, nil, `sample 1 is "frog"`},
		{"a listed class that does not occur", listed, []string{"dog", "frog"}, []int{0, 1}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			ds, err := Adapt(test.ds, Schema{Classes: test.classes})
			if test.says != "" {
				require.ErrorIs(t, err, ErrClass)
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, labelsOf(t, ds, 1))
		})
	}
}

func TestAdaptShapes(t *testing.T) {
	for _, test := range []struct {
		have, want []int
		fits       bool
	}{
		{[]int{3, 4, 4}, []int{3, 4, 4}, true},
		{[]int{4, 4, 3}, []int{3, 4, 4}, false},
		{[]int{1, 4, 4}, []int{4, 4}, true},
		{[]int{1, 4, 4}, []int{16}, true},
		{[]int{16}, []int{2, 8}, true},
		{[]int{16}, []int{2, 9}, false},
		{[]int{2, 8}, []int{8, 2}, false},
	} {
		n, err := countFeatures(test.have)
		require.NoError(t, err)
		ds, err := New(test.have, 1, make([]float32, n), []int{0})
		require.NoError(t, err)
		_, err = Adapt(ds, Schema{Shape: test.want})
		if test.fits {
			require.NoError(t, err, "%v %v", test.have, test.want)
		} else {
			require.ErrorIs(t, err, ErrShape, "%v %v", test.have, test.want)
		}
	}
}

// Columns are found by name, whatever their order in somebody's file; values of a
// categorical column are the package's.
// A package that fills nothing in leaves missing values to whoever has them; one
// that states what they are counts for everybody.
func TestAdaptMissingValues(t *testing.T) {
	path := t.TempDir() + "/trainer.csv"
	write(t, path, []byte("age,sex,label\n1,male,0\n,female,1\n3,,1\n"))
	own, err := OpenCSV(path, Options{Categorical: []string{"sex"}, Missing: MissingImpute})
	require.NoError(t, err)
	sex := Column{Name: "sex", Values: []string{"female", "male"}}
	seven := float32(7)
	for _, test := range []struct {
		name string
		age  Column
		want []float32
	}{
		{"nothing is filled in", Column{Name: "age"}, []float32{1, 0, 1, 2, 1, 0, 3, 0, 0}},
		{"the package's value", Column{Name: "age", Fill: &seven}, []float32{1, 0, 1, 7, 1, 0, 3, 0, 0}},
	} {
		for _, columns := range [][]Column{{test.age, sex}, {sex, test.age}} {
			ds, err := Adapt(own, Schema{Shape: []int{3}, Columns: columns})
			require.NoError(t, err, test.name)
			x, _ := values(t, ds, 3)
			if columns[0].Name == "sex" {
				for row := x; len(row) > 0; row = row[3:] {
					row[0], row[1], row[2] = row[2], row[0], row[1]
				}
			}
			require.Equal(t, test.want, x, test.name)
		}
	}
}

// Where columns of the same names differ, it is said in what.
func TestAdaptSaysInWhatColumnsDiffer(t *testing.T) {
	three := float32(3)
	for says, columns := range map[string][]Column{
		`column "sex" has the names "f", "m", and the package takes the names "f", "m", "x"`: {{Name: "age"}, {Name: "sex", Values: []string{"f", "m", "x"}}},
		`column "sex" has the names "f", "m", and the package takes numbers`:                 {{Name: "age"}, {Name: "sex"}},
		`column "age" were replaced by 2, and the package takes 3`:                           {{Name: "age", Fill: &three}, {Name: "sex", Values: []string{"f", "m"}}},
		`columns "age", "sex", and the package takes "sex"`:                                  {{Name: "sex"}},
	} {
		own := readTable(t, "age,sex,label\n2,m,0\n,f,1\n", Options{Categorical: []string{"sex"}, Missing: MissingImpute})
		_, err := Adapt(own, Schema{Columns: columns})
		require.ErrorIs(t, err, ErrShape)
		require.ErrorContains(t, err, says)
	}
}

func TestAdaptColumns(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/creator.csv", []byte("age,sex,label\n1,male,0\n2,female,1\n"))
	write(t, dir+"/trainer.csv", []byte("sex,label,id,age\nmale,0,7,5\n"))
	write(t, dir+"/other.csv", []byte("sex,label,id,age\nrobot,0,7,5\n"))
	opts := Options{Categorical: []string{"sex"}}
	creator, err := OpenCSV(dir+"/creator.csv", opts)
	require.NoError(t, err)
	schema := Schema{Shape: creator.Shape(), Columns: creator.Columns()}
	require.Equal(t, []Column{{Name: "age"}, {Name: "sex", Values: []string{"female", "male"}}}, schema.Columns)
	x, _ := values(t, creator, 3)
	require.Equal(t, []float32{1, 0, 1, 2, 1, 0}, x)

	trainer, err := OpenCSV(dir+"/trainer.csv", opts)
	require.NoError(t, err)
	ds, err := Adapt(trainer, schema)
	require.NoError(t, err)
	x, _ = values(t, ds, 3)
	require.Equal(t, []float32{5, 0, 1}, x)

	odd, err := OpenCSV(dir+"/other.csv", opts)
	require.NoError(t, err)
	_, err = Adapt(odd, schema)
	var row *RowError
	require.ErrorAs(t, err, &row)
	require.Equal(t, RowError{File: dir + "/other.csv", Line: 2, Column: `"sex"`, Err: row.Err}, *row)
	require.ErrorContains(t, err, `"robot"; the 2 values are "female", "male"`)

	require.NoError(t, os.Remove(dir+"/trainer.csv"))
	_, err = Adapt(trainer, schema)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// Pictures in a folder and in memory come to the same size in the same way.
func TestAdaptPictures(t *testing.T) {
	dir := t.TempDir()
	pixels := make([]byte, 3*6*8)
	for i := range pixels {
		pixels[i] = byte(i * 37)
	}
	inMemory, err := NewImages([]int{3, 6, 8}, 1, pixels, []int{0})
	require.NoError(t, err)
	p := picture{8, 6, 3, make([]byte, len(pixels))}
	for i, v := range pixels {
		p.pix[i%48*3+i/48] = v
	}
	writePNG(t, dir+"/a/1.png", p.image())
	folder, err := OpenImageFolder(dir, []int{3, 32, 32}, Options{})
	require.NoError(t, err)
	schema := Schema{Shape: []int{3, 3, 3}, Resize: &Resize{Size: []int{4}, Crop: []int{3, 3}}}
	var got [2][]float32
	for i, ds := range []Dataset{inMemory, folder} {
		fit, err := Adapt(ds, schema)
		require.NoError(t, err)
		require.Equal(t, schema.Shape, fit.(Described).Shape())
		got[i], _ = values(t, fit, 27)
	}
	require.Equal(t, got[0], got[1])
	_, err = Adapt(inMemory, Schema{Shape: []int{1, 3, 3}, Resize: schema.Resize})
	require.ErrorIs(t, err, ErrShape)
	_, err = Adapt(folder, Schema{Shape: []int{48}})
	require.ErrorIs(t, err, ErrShape)
}

// A caller's type that embeds a set keeps its own Sample.
func TestAdaptKeepsEmbeddingTypes(t *testing.T) {
	m := readTable(t, "1,dog\n2,frog\n", Options{})
	ds, err := Adapt(broken{m}, Schema{Classes: []string{"frog", "dog"}})
	require.NoError(t, err)
	_, err = ds.Sample(0, make([]float32, 1))
	require.ErrorContains(t, err, "disk on fire")
}

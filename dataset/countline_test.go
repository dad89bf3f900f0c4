package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sklearnTable is a table as scikit-learn ships it: the rows are built in.
func sklearnTable(t *testing.T, first, name, sum string) []byte {
	t.Helper()
	packed, err := files.ReadFile("data/" + name + ".csv.gz")
	require.NoError(t, err)
	r, err := gunzip(bytes.NewReader(packed))
	require.NoError(t, err)
	rows, err := io.ReadAll(r)
	require.NoError(t, err)
	table := append([]byte(first+"\n"), rows...)
	got := sha256.Sum256(table)
	require.Equal(t, sum, hex.EncodeToString(got[:]), "not the file of scikit-learn 1.9.1")
	return table
}

// The files that everybody has who has scikit-learn: their first line is neither a
// header nor a row.
func TestScikitLearnTables(t *testing.T) {
	for _, test := range []struct {
		id               ID
		file, first, sum string
		builtin          string
	}{
		{Iris, "iris.csv", "150,4,setosa,versicolor,virginica", "f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449", "iris"},
		{Wine, "wine_data.csv", "178,13,class_0,class_1,class_2", "10e8a802908b34f86e5da8ce962f3c806694bc98450a18f61851af59f324bede", "wine"},
		{BreastCancer, "breast_cancer.csv", "569,30,malignant,benign", "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed", "breast-cancer"},
	} {
		path := t.TempDir() + "/" + test.file
		write(t, path, sklearnTable(t, test.first, test.builtin, test.sum))
		for _, id := range []ID{test.id, 200} { // with and without agreed names
			ds, err := Open(id, path, Train, Options{})
			require.NoError(t, err, test.file)
			require.Equal(t, test.id.Info().ClassNames, ClassNames(ds))
			require.Equal(t, test.id.Info().Shape, ds.Shape())
			require.Contains(t, Notes(ds)[0], "the first line counts")
			sets, err := Builtin(test.id)
			require.NoError(t, err)
			require.Equal(t, sets.Train.Len()+sets.Test.Len(), ds.Len())
		}
	}
}

func TestCountLine(t *testing.T) {
	m := readTable(t, "3,2,cat,dog\n1,2,1\n3,4,0\n5,6,1\n", Options{})
	x, y := values(t, m, 2)
	require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, x)
	require.Equal(t, []int{1, 0, 1}, y)
	require.Equal(t, []string{"cat", "dog"}, m.ClassNames())
	m = readTable(t, "3,2,cat,dog\n1,2,1\n3,4,0\n5,6,1\n", Options{Classes: []string{"dog", "cat"}})
	require.Equal(t, []int{0, 1, 0}, labelsOf(t, m, 2), "the file says what its numbers mean")
	m = readTable(t, "3,2,cat,dog\n1,2,1\n,4,0\n5,6,1\n", Options{Missing: MissingDrop})
	require.Equal(t, 2, m.Len(), "what is dropped was counted")
	for name, c := range map[string]struct {
		text string
		opts Options
		says string
	}{
		"a row is missing":       {"4,2,cat,dog\n1,2,1\n3,4,0\n5,6,1\n", Options{}, "says 4 rows, and there are 3"},
		"a missing value":        {"2,2,cat,dog\n1,2,1\n,4,0\n", Options{}, "line 3: column 0"},
		"a class it has not":     {"2,2,cat,dog\n1,2,1\n3,4,2\n", Options{}, "line 1: column 2"},
		"fewer rows than follow": {"1,2,cat,dog\n1,2,1\n3,4,0\n", Options{}, "line 1: column 2"},
		"said to be a row":       {"2,2,cat,dog\n1,2,1\n3,4,0\n", Options{Header: HeaderNo}, "line 1"},
	} {
		_, err := ReadCSV(strings.NewReader(c.text), c.opts)
		require.ErrorContains(t, err, c.says, name)
	}
	m = readTable(t, "2,3,cat\n1,2,dog\n", Options{}) // rows that begin with numbers are none
	require.Equal(t, 2, m.Len())
	m = readTable(t, "4,2,setosa,1\n1,2,a,1\n3,4,b,0\n", Options{Categorical: []string{"2"}})
	require.Equal(t, 3, m.Len())
}

package dataset

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sibling of each kind of table that people have, and what must be said of it.
func TestTablesAsPeopleHaveThem(t *testing.T) {
	pointed := Options{Categorical: []string{"kind"}}
	for _, test := range []struct {
		name, text string
		opts       Options
		x          []float32
		y          []int
		note       string
	}{
		{"BOM and CRLF", "\xef\xbb\xbfa,b,y\r\n1,2,0\r\n3,4,1\r\n", Options{}, []float32{1, 2, 3, 4}, []int{0, 1}, `"a", "b", "y"`},
		{"semicolon and decimal comma", "1,5;2;cat\n2,25;3;dog\n", Options{}, []float32{1.5, 2, 2.25, 3}, []int{0, 1}, "decimal comma"},
		{"tabs", "1\t2\t0\n3\t4\t1\n", Options{}, []float32{1, 2, 3, 4}, []int{0, 1}, `'\t'`},
		{"bars", "a|b|y\n1|2|0\n", Options{}, []float32{1, 2}, []int{0}, `'|'`},
		{"an address with commas in quotes", "a,where,y\n1,\"x, y\",0\n2,\"u\nv\",1\n", Options{Ignore: []string{"where"}}, []float32{1, 2}, []int{0, 1}, ""},
		{"pandas' row numbers", ",a,y\n0,5,0\n1,6,1\n", Options{Ignore: []string{"0"}}, []float32{5, 6}, []int{0, 1}, ""},
		{"pandas' numbered columns", "0,1,2\n5,6,0\n7,8,1\n", Options{Header: HeaderYes}, []float32{5, 6, 7, 8}, []int{0, 1}, ""},
		{"years as columns", "2019,2020,label\n5,6,0\n7,8,1\n", Options{}, []float32{5, 6, 7, 8}, []int{0, 1}, `"2019"`},
		{"label by its place from the end", "7,0,1\n8,1,2\n", Options{Label: "-2"}, []float32{7, 1, 8, 2}, []int{0, 1}, ""},
		{"label by name", "kind,v\nb,1\na,2\n", Options{Label: "kind"}, []float32{1, 2}, []int{1, 0}, ""},
		{"text labels without a header", "1,2,Iris-setosa\n3,4,Iris-virginica\n", Options{}, []float32{1, 2, 3, 4}, []int{0, 1}, "last column"},
		{"other names for classes", "1,Iris-b\n2,Iris-a\n", Options{Classes: []string{"a", "b"}, Rename: map[string]string{"Iris-a": "a", "Iris-b": "b"}}, []float32{1, 2}, []int{1, 0}, ""},
		{"numbers from 1 with names", "5,1\n6,2\n", Options{Classes: []string{"World", "Sports"}, Rename: map[string]string{"1": "World", "2": "Sports"}}, []float32{5, 6}, []int{0, 1}, ""},
		{"numbers of listed names", "5,1\n6,0\n", Options{Classes: []string{"no", "yes"}}, []float32{5, 6}, []int{1, 0}, ""},
		{"labels below zero", "5,-1\n6,1\n", Options{}, []float32{5, 6}, []int{0, 1}, ""},
		{"a class that is called NA", "5,NA\n6,EU\n", Options{Classes: []string{"EU", "NA"}}, []float32{5, 6}, []int{1, 0}, ""},
		{"composed and decomposed", "5,caf\u00e9\n6,cafe\u0301\n", Options{}, []float32{5, 6}, []int{0, 0}, ""},
		{"rows with gaps dropped", "a,y\n1,0\nNA,1\n3,\n4,1\n", Options{Missing: MissingDrop}, []float32{1, 4}, []int{0, 1}, "2 rows"},
		{"gaps filled with the mean", "a,b,y\n1,5,0\n?,7,1\n3,nan,1\n", Options{Missing: MissingImpute}, []float32{1, 5, 2, 7, 3, 6}, []int{0, 1, 1}, "2 missing values"},
		{"one-hot", "kind,v,y\nred,1,0\nblue,2,1\nred,3,0\n", pointed, []float32{0, 1, 1, 1, 0, 2, 0, 1, 3}, []int{0, 1, 0}, ""},
		{"numbers as names", "kind,y\n10,0\n9,1\n", pointed, []float32{0, 1, 1, 0}, []int{0, 1}, ""},
		{"one-hot with a gap", "kind,v,y\nred,1,0\n,2,1\n", Options{Categorical: []string{"kind"}, Missing: MissingImpute}, []float32{1, 1, 0, 2}, []int{0, 1}, ""},
		{"the package's fill", "v,y\n,0\n2,1\n", Options{Columns: []Column{{Name: "v", Fill: new(float32)}}}, []float32{0, 2}, []int{0, 1}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := ReadCSV(strings.NewReader(test.text), test.opts)
			require.NoError(t, err)
			x, y := values(t, m, m.features)
			require.Equal(t, test.x, x)
			require.Equal(t, test.y, y)
			require.Contains(t, strings.Join(Notes(m), "\n"), test.note)
		})
	}
}

// What is open is an error that says which option decides it.
func TestTablesThatAreOpen(t *testing.T) {
	for _, test := range []struct {
		name, text string
		opts       Options
		says       string
	}{
		{"decimal comma or thousands", "1,234;2;0\n5,678;3;1\n", Options{}, "Options.Decimal"},
		{"header or row", "red,big\nblue,small\n", Options{}, "Options.Header"},
		{"two labels", "class,a,label\n1,2,3\n", Options{}, "Options.Label"},
		{"no such label", "a,b\n1,2\n", Options{Label: "kind"}, `no such column "kind"; there are 2`},
		{"no such label, names known", "a,b\n1,2\n3,4\n", Options{Label: "B"}, `no such column "B"; there are 2: "a", "b"`},
		{"two columns of one name", "a,a,y\n1,2,3\n", Options{Ignore: []string{"a"}}, "use their numbers, 0 and 1"},
		{"categorical label", "a,y\n1,2\n", Options{Categorical: []string{"y"}}, "and yet the label"},
		{"nothing left", "a,y\n1,2\n", Options{Ignore: []string{"a"}}, "no column is left"},
		{"UTF-16", "\xff\xfea\x00,\x00", Options{}, "UTF-16"},
		{"UTF-16 without a mark", "\x00a\x00,\x00y\x00\n\x001\x00,\x000\x00\n", Options{}, "UTF-16"},
		{"a NUL byte", "a,y\n1,x\n2,z\x00\n", Options{}, "NUL bytes"},
		{"a NUL byte behind the sample", strings.Repeat("1,2,x\n", sniffBytes/6+1) + "1,2,y\x00\n", Options{}, "has a NUL byte"},
		{"lines that end with CR", "a,y\r1,0\r2,1\r", Options{}, "CR alone"},
		{"a line that ends with CR", "a,b,y\n1,2,0\n1,3,1\r1,4,0\n", Options{}, "line 3"},
		{"a long label", "1,x\n2," + strings.Repeat("y", maxName+1) + "\n", Options{}, "is this the right column?"},
		{"a long name of a column", strings.Repeat("y", maxName+1) + ",y\n1,2\n", Options{Header: HeaderYes}, "more than 1024 bytes"},
		{"two features of one name", "a,b,a,y\n1,2,3,0\n", Options{}, `columns 0 and 2 are both named "a"`},
		{"a package's column twice", "a,b,a,y\n1,2,3,0\n", Options{Columns: []Column{{Name: "b"}, {Name: "a"}}}, `columns 0 and 2 are both named "a"`},
		{"several columns of names", "id,who,sex,y\n1,ann,f,0\n2,bob,m,1\n", Options{}, `nor are those of column "sex"; Options.Categorical`},
		{"a cell that is never closed", "1,2,0\n1,\"2,0\n" + strings.Repeat("1,2,0\n", 3<<20), Options{Header: HeaderNo}, "more than 16777216 bytes; a quotation mark may not be closed"},
		{"case", "1,Cat\n2,cat\n", Options{}, "differs only in case"},
		{"numbers and names", "1,cat\n2,7\n", Options{}, `label "7", but that of line 1 is a name`},
		{"regression", "1,0.5\n2,0.7\n", Options{}, "not a whole number"},
		{"unknown value", "kind,y\nred,0\n", Options{Columns: []Column{{Name: "kind", Values: []string{"blue"}}}}, `line 2: column "kind"`},
		{"lacking column", "a,y\n1,0\n", Options{Columns: []Column{{Name: "b"}}}, `"b" to take as a feature`},
		{"fewer columns", "1,2,0\n", Options{Columns: []Column{{}}}, "2 columns beside the label, want 1"},
		{"missing label", "v,y\n1,\n", Options{Missing: MissingImpute}, "the label is missing"},
		{"ragged behind the sample", strings.Repeat("1,2,0\n", 60) + "1,2\n", Options{}, "line 61"},
		{"quote behind the sample", strings.Repeat("1,2,0\n", 60) + "1,\"2,0\n", Options{}, "line 61"},
	} {
		_, err := ReadCSV(strings.NewReader(test.text), test.opts)
		require.ErrorContains(t, err, test.says, test.name)
		require.ErrorIs(t, err, map[bool]error{true: ErrClass, false: ErrFormat}[test.name == "unknown value"], test.name)
	}
	_, err := ReadCSV(strings.NewReader("a,b\n1,cat\n2,dog\n"), Options{Classes: []string{"cat"}})
	require.ErrorContains(t, err, "the last column is taken for the label, since none is called so: Options.Label")
	m := readTable(t, "a,b,a,y\n1,2,3,0\n", Options{Ignore: []string{"0"}})
	require.Equal(t, []Column{{Name: "b"}, {Name: "a"}}, m.Columns())
}

func TestOptionsThatMeanNothing(t *testing.T) {
	for name, o := range map[string]Options{
		"separator": {Separator: "ab"}, "decimal": {Decimal: ";"}, "both": {Decimal: ",", Separator: ","}, "header": {Header: "maybe"},
		"missing": {Missing: "guess"}, "channels": {Channels: "middle"}, "scale": {Scale: -1}, "classes": {Classes: []string{"a", "a"}},
		"columns": {Columns: []Column{{}}, Ignore: []string{"a"}}, "resize": {Resize: &Resize{Size: []int{0, 1}}}, "shorter side alone": {Resize: &Resize{Size: []int{4}}},
		"crop": {Resize: &Resize{Size: []int{4}, Crop: []int{5, 4}}}, "filter": {Resize: &Resize{Size: []int{4, 4}, Filter: "best"}},
	} {
		require.Error(t, o.Check(), name)
	}
}

// A column that is called as row numbers are is a feature, and it is said.
func TestRowNumbersAreTold(t *testing.T) {
	m := readTable(t, "Id,a,Species\n1,5,x\n2,6,y\n", Options{})
	require.Equal(t, []int{2}, m.Shape())
	require.Contains(t, m.Notes(), `the column "Id" is a feature; if it numbers the rows, leave it out (Options.Ignore)`)
	m = readTable(t, "Id,a,Species\n1,5,x\n2,6,y\n", Options{Ignore: []string{"Id"}})
	require.NotContains(t, strings.Join(m.Notes(), "\n"), "numbers the rows")
}

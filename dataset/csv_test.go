package dataset

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadCSV(t *testing.T) {
	for _, test := range []struct {
		name, text string
		opts       Options
		x          []float32
		y          []int
		classes    int
	}{
		{"numbers", "1,2,0\n3,4.5,1\n", Options{}, []float32{1, 2, 3, 4.5}, []int{0, 1}, 2},
		{"no newline at the end", "1,2,0", Options{}, []float32{1, 2}, []int{0}, 1},
		{"names are sorted", "1,b\n2,a\n3,b\n", Options{}, []float32{1, 2, 3}, []int{1, 0, 1}, 2},
		{"given classes", "1,b\n2,a\n", Options{Classes: []string{"c", "b", "a"}}, []float32{1, 2}, []int{1, 2}, 3},
		{"numbers as given classes", "1,2\n", Options{Classes: []string{"1", "2"}}, []float32{1}, []int{1}, 2},
		{"header", "y,x\n1,5\n0,6\n", Options{Header: HeaderYes, Label: "y"}, []float32{5, 6}, []int{1, 0}, 2},
		{"column by number", "1,5,7\n", Options{Label: "0"}, []float32{5, 7}, []int{1}, 2},
		{"tabs and spaces", "1\t 2e-1\t 1 \n", Options{Separator: "\t"}, []float32{1, 0.2}, []int{1}, 2},
		{"quotes", "\"1\",\"say \"\"a\"\"\"\n", Options{}, []float32{1}, []int{0}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, b := range [][]byte{[]byte(test.text), gz(t, []byte(test.text))} {
				m, err := ReadCSV(bytes.NewReader(b), test.opts)
				require.NoError(t, err)
				x, y := values(t, m, len(test.x)/len(test.y))
				require.Equal(t, test.x, x)
				require.Equal(t, test.y, y)
				require.Equal(t, test.classes, m.Classes())
			}
		})
	}
}

func TestHostileCSV(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		opts Options
		says string
	}{
		"empty":             {"", Options{}, "no rows"},
		"header only":       {"a,b\n", Options{Header: HeaderYes}, "no rows"},
		"one column":        {"1\n2\n", Options{}, "columns"},
		"ragged":            {"1,2\n1,2,3\n", Options{}, "line 2"},
		"text":              {"1,2\nx,2\n", Options{}, "line 2"},
		"empty cell":        {"1,,2\n", Options{}, "column 1"},
		"NaN":               {"NaN,2\n", Options{}, "line 1"},
		"infinity":          {"-inf,2\n", Options{}, "line 1"},
		"too large":         {"1e39,2\n", Options{}, "line 1"},
		"hex":               {"0x,2\n", Options{}, "line 1"},
		"unclosed quote":    {"\"1,2\n", Options{}, "quot"},
		"bare quote":        {"1\"2,2\n", Options{}, "quot"},
		"unknown class":     {"1,d\n", Options{Classes: []string{"a"}}, `"d"`},
		"unknown column":    {"a,b\n1,2\n", Options{Header: HeaderYes, Label: "c"}, `"c"`},
		"too many columns":  {strings.Repeat("1,", 1<<16) + "1\n", Options{}, "columns"},
		"long cell":         {strings.Repeat("9", 1<<20) + ",1\n", Options{}, "line 1"},
		"bad comma":         {"1,2\n", Options{Separator: "\n"}, "separator"},
		"endless empty row": {strings.Repeat("\n", 1<<20), Options{}, "no rows"},
	} {
		t.Run(name, func(t *testing.T) {
			err := requireCheap(t, func() error {
				_, err := ReadCSV(strings.NewReader(test.text), test.opts)
				return err
			})
			require.ErrorContains(t, err, test.says)
			require.Less(t, len(err.Error()), 300)
		})
	}
}

// What is accepted can be written as CSV and read again to the same values.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"1,2,0\n3,4.5,1\n", "1,b\n2,a\n", "\"1\",x\n", "1e-45,0\n", "1,2\n\n3,4\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadCSV(bytes.NewReader(b), Options{})
		if err != nil {
			return
		}
		n, _ := countFeatures(m.Shape())
		x, y := values(t, m, n)
		var text strings.Builder
		for i, label := range y {
			for _, v := range x[i*n : (i+1)*n] {
				fmt.Fprint(&text, strconv.FormatFloat(float64(v), 'g', -1, 32), ",")
			}
			fmt.Fprintln(&text, label)
		}
		back, err := ReadCSV(strings.NewReader(text.String()), Options{})
		require.NoError(t, err)
		x2, y2 := values(t, back, n)
		require.Equal(t, x, x2)
		require.Equal(t, y, y2)
	})
}

func TestReadCIFAR(t *testing.T) {
	record := func(head ...byte) []byte {
		b := make([]byte, len(head)+cifarPixels)
		copy(b, head)
		b[len(b)-1] = 255
		return b
	}
	m, err := ReadCIFAR(bytes.NewReader(append(record(7), record(9)...)), Cifar10)
	require.NoError(t, err)
	x, y := values(t, m, cifarPixels)
	require.Equal(t, []int{7, 9}, y)
	require.Equal(t, float32(1), x[cifarPixels-1])
	require.Equal(t, []int{3, 32, 32}, m.Shape())
	m, err = ReadCIFAR(bytes.NewReader(gz(t, record(1, 99))), Cifar100)
	require.NoError(t, err)
	_, y = values(t, m, cifarPixels)
	require.Equal(t, []int{99}, y)

	for name, b := range map[string][]byte{
		"short":        record(1)[:100],
		"label 10":     record(10),
		"trailing":     append(record(1), 0),
		"Python batch": []byte("\x80\x02}q\x01"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadCIFAR(bytes.NewReader(b), Cifar10)
			require.ErrorIs(t, err, ErrFormat)
		})
	}
	_, err = ReadCIFAR(nil, Mnist)
	require.ErrorContains(t, err, "Mnist")
}

// Plain files take the memory of their pixels and labels, packed ones twice that.
func TestCIFARTakesTheMemoryOfItsPixels(t *testing.T) {
	const records = 5000
	file := bytes.Repeat([]byte("\x03"), records*(1+cifarPixels))
	dir := t.TempDir()
	for name, test := range map[string]struct {
		content []byte
		times   uint64
	}{"data_batch_1.bin": {file, 1}, "data_batch_1.bin.gz": {gz(t, file), 2}} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, test.content, 0o600))
		var m *Memory
		allocated := allocatedBy(func() {
			var err error
			m, err = OpenCIFAR(Cifar10, path)
			require.NoError(t, err)
		})
		require.Equal(t, records, m.Len())
		_, y := values(t, m, cifarPixels)
		require.Equal(t, []int{3, 3}, []int{y[0], y[records-1]})
		require.Less(t, allocated, test.times*uint64(records*cifarPixels)+5<<20, name)
	}
}

// What is no text says what it is and what to do.
func TestTablesOfOtherKindsAreNamed(t *testing.T) {
	for start, want := range map[string]string{
		"PK\x03\x04\x14\x00": "ZIP", "BZh91AY": "bzip2", "\xfd7zXZ\x00": "xz", "\x28\xb5\x2f\xfd\x04": "zstd", "PAR1\x15": "Parquet", "\x89HDF\r\n": "HDF5",
		"\xd0\xcf\x11\xe0\xa1": "spreadsheet", "\x93NUMPY\x01": "NumPy",
	} {
		_, err := ReadCSV(strings.NewReader(start+"a,b\n1,2\n"), Options{})
		require.ErrorIs(t, err, ErrFormat)
		require.ErrorContains(t, err, want)
		_, err = ReadTextCSV(strings.NewReader(start+"a,b\n1,2\n"), Options{})
		require.ErrorContains(t, err, want)
	}
	for _, header := range []string{"PAR1,PAR2,label", "BZh,BZh91A,label"} { // names that only look so
		_, err := ReadCSV(strings.NewReader(header+"\n1,2,a\n3,4,b\n"), Options{})
		require.NoError(t, err, header)
	}
}

package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// npyOf is a .npy file of this shape.
func npyOf[T any](t *testing.T, descr, shape string, values ...T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, binary.Write(&b, binary.LittleEndian, values))
	return npy(fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape), b.Bytes()...)
}

// Labels of arrays mean what numpy means by them, or are refused with their row.
func TestLabelsOfArrays(t *testing.T) {
	for name, test := range map[string]struct {
		y     []byte
		opts  Options
		names []string
		y0    int
		says  string // of the error
	}{
		"uint64":               {y: npyOf[uint64](t, "<u8", "3,", 1, 0, 2), names: numberNames(3), y0: 1},
		"uint64 over int64":    {y: npyOf[uint64](t, "<u8", "3,", 0, math.MaxInt64+1, math.MaxUint64), says: `sample 1: dataset: malformed data: label "9223372036854775808"`},
		"the largest uint64":   {y: npyOf[uint64](t, "<u8", "3,", math.MaxUint64, 0, 1), says: `sample 0: dataset: malformed data: label "18446744073709551615"`},
		"listed uint64":        {y: npyOf[uint64](t, "<u8", "3,", math.MaxUint64, 1<<63, 1<<63), opts: Options{Classes: []string{"9223372036854775808", "18446744073709551615"}}, names: []string{"9223372036854775808", "18446744073709551615"}, y0: 1},
		"not the listed":       {y: npyOf[uint64](t, "<u8", "3,", math.MaxUint64, 0, 0), opts: Options{Classes: []string{"9223372036854775807", "0"}}, says: `"18446744073709551615"`},
		"int64 over 2^53":      {y: npyOf[int64](t, "<i8", "3,", 0, 1<<53, 1), says: `sample 1: dataset: malformed data: label "9007199254740992"`},
		"float over 2^53":      {y: npyOf(t, "<f8", "3,", 0, 1, 0x1p53+2), says: "sample 2"},
		"a vast float":         {y: npyOf(t, "<f8", "3,", 1e300, 1e300, 1e300), says: `label "1e+300" is a number of 2^53 or more`},
		"a tiny float":         {y: npyOf(t, "<f8", "3,", 1e-300, 0, 0), says: `label "1e-300" is not a whole number`},
		"infinite":             {y: npyOf(t, "<f8", "3,", math.Inf(1), math.Inf(1), math.Inf(1)), says: "sample 0: dataset: malformed data: label +Inf is not a whole number"},
		"negative zero":        {y: npyOf(t, "<f8", "3,", math.Copysign(0, -1), 0, 1), names: numberNames(2), y0: 0},
		"a million":            {y: npyOf(t, "<f4", "3,", float32(1e6), 7, 7), names: []string{"7", "1000000"}, y0: 1},
		"half":                 {y: npyOf[uint16](t, "<f2", "3,", 0x4000, 0, 0x3c00), names: numberNames(3), y0: 2},
		"text":                 {y: npyOf[uint32](t, "<U2", "3,", 'a', 0, 'b', 'c', 'd', 0), names: []string{"a", "bc", "d"}, y0: 0},
		"a surrogate in text":  {y: npyOf[uint32](t, "<U2", "3,", 'a', 0, 0xd800, 'c', 'd', 0), says: "sample 1: dataset: malformed data: U+D800"},
		"no character in text": {y: npyOf[uint32](t, "<U2", "3,", 'a', 0, 0x80000041, 'c', 'd', 0), says: "U+80000041"},
		"a zero in a text":     {y: npyOf[uint32](t, "<U3", "3,", 'a', 0, 'b', 'a', 'b', 0, 'd', 0, 0), names: []string{"a\x00b", "ab", "d"}, y0: 0},
		"bytes in Latin-1":     {y: npyOf[byte](t, "|S3", "3,", 'a', 0, 0, 'c', 'a', 'f', 'f', 0xe9, 0), says: `sample 2: dataset: malformed data: the label "f\xe9" is not UTF-8`},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ReadNPY(bytes.NewReader(npyFile(t, "f8")), bytes.NewReader(test.y), test.opts)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.names, m.ClassNames())
			got, err := m.Sample(0, make([]float32, 4))
			require.NoError(t, err)
			require.Equal(t, test.y0, got)
		})
	}
}

// Whole numbers are rounded once, as numpy's astype does.
func TestLargeNumbersInArrays(t *testing.T) {
	const twice = 1<<60 + 1<<36 + 1 // float64 rounds it to a tie of float32
	x := npyOf[uint64](t, "<u8", "1, 2", math.MaxUint64, twice)
	m, err := ReadNPY(bytes.NewReader(x), bytes.NewReader(npyOf[int8](t, "|i1", "1,", 0)), Options{})
	require.NoError(t, err)
	got := make([]float32, 2)
	_, err = m.Sample(0, got)
	require.NoError(t, err)
	require.Equal(t, []float32{0x1p64, float32(uint64(twice))}, got)
	require.NotEqual(t, float32(float64(uint64(twice))), got[1])
}

// A class that is not UTF-8 would become another name where it is written down.
func TestLabelsThatAreNotUTF8(t *testing.T) {
	_, err := ReadCSV(strings.NewReader("1,2,a\n1,2,caf\xe9\n"), Options{})
	require.ErrorContains(t, err, `line 2: column 2: dataset: malformed data: the label "caf\xe9" is not UTF-8`)
	_, err = ReadCSV(strings.NewReader("caf\xe9,b,label\n1,2,a\n1,2,b\n"), Options{})
	require.ErrorContains(t, err, `line 1: column 0: dataset: malformed data: the column's name "caf\xe9" is not UTF-8`)
	_, err = ReadCSV(strings.NewReader("k,b,label\n\xe9,2,a\n1,2,b\n"), Options{Categorical: []string{"k"}, Header: HeaderYes})
	require.ErrorContains(t, err, `line 2: column "k": dataset: malformed data: the value "\xe9" is not UTF-8`)
	_, err = ReadTextCSV(strings.NewReader("text,label\nhello,\xe9\nhello,b\n"), Options{})
	require.ErrorContains(t, err, `line 2: column "label"`)
	_, err = ReadTextCSV(strings.NewReader("text,label\nhello,a\nhell\xf6,b\n"), Options{})
	require.ErrorContains(t, err, `line 3: column "text"`)
	_, err = NewClassList([]string{"a", "caf\xe9"})
	require.ErrorContains(t, err, "class 1")
	_, err = NewClassList([]string{"a", "caf\ufffd"})
	require.ErrorContains(t, err, "has a U+FFFD")
	utf16Text := binary.LittleEndian.AppendUint16(nil, 0xfeff)
	for _, c := range utf16.Encode([]rune("1,2,a\n")) {
		utf16Text = binary.LittleEndian.AppendUint16(utf16Text, c)
	}
	_, err = ReadCSV(bytes.NewReader(utf16Text), Options{})
	require.ErrorContains(t, err, "UTF-16")
	dir := t.TempDir()
	if os.Mkdir(filepath.Join(dir, "caf\xe9"), 0o700) != nil {
		return // the file system takes no such names
	}
	_, err = OpenImageFolder(dir, []int{3, 2, 2}, Options{})
	require.ErrorContains(t, err, "rename it")
}

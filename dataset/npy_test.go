package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var eighths = []float32{-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875}

func npyFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
	require.NoError(t, err)
	return b
}

func TestReadNPY(t *testing.T) {
	whole := []float32{-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7}
	for _, test := range []struct {
		x, y  string
		want  []float32
		label []int
	}{
		{"f8", "y", eighths, []int{2, 0, 1}},
		{"version2", "y_column", eighths, []int{2, 0, 1}},
		{"i2", "y_bool", whole, []int{1, 0, 1}},
	} {
		m, err := ReadNPY(bytes.NewReader(npyFile(t, test.x)), bytes.NewReader(npyFile(t, test.y)), Options{})
		require.NoError(t, err, test.x)
		x, y := values(t, m, 4)
		require.Equal(t, test.want, x)
		require.Equal(t, test.label, y)
	}
	m, err := ReadNPY(bytes.NewReader(npyFile(t, "u1")), bytes.NewReader(npyFile(t, "y2")), Options{Channels: "last", Classes: numberNames(5)})
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 3}, m.Shape())
	require.Equal(t, 5, m.Classes())
	sample := make([]float32, 18)
	_, err = m.Sample(0, sample)
	require.NoError(t, err)
	require.Equal(t, []float32{0, 3. / 255, 6. / 255, 9. / 255, 12. / 255, 15. / 255, 1. / 255}, sample[:7])
}

func TestReadNPZ(t *testing.T) {
	for _, test := range []struct {
		name string
		part Part
		opts Options
		n    int
	}{
		{"stored.npz", Train, Options{}, 3},
		{"packed.npz", Train, Options{}, 3},
		{"packed.npz", Test, Options{X: "x_test", Y: "y_test"}, 1},
	} {
		m, err := OpenNPZ(filepath.Join("testdata", test.name), test.part, test.opts)
		require.NoError(t, err)
		x, y := values(t, m, 4)
		require.Equal(t, eighths[:4*test.n], x)
		require.Equal(t, []int{2, 0, 1}[:test.n], y)
	}
	_, err := OpenNPZ(filepath.Join("testdata", "packed.npz"), Train, Options{X: "x", Y: "y"})
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "x_train", "the error lists the arrays of the archive")
}

// npy returns a version 1 file.
func npy(header string, data ...byte) []byte {
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), data...)
}

func TestHostileNPY(t *testing.T) {
	header := func(shape string) string {
		return "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }"
	}
	tests := map[string][]byte{
		"empty": nil, "HTML": []byte("<html></html>"),
		"pickled objects": npyFile(t, "object"), "text": npyFile(t, "text"), "records": npyFile(t, "record"),
		"NaN": npyFile(t, "nan"), "scalar": npyFile(t, "scalar"), "one dimension": npyFile(t, "y"),
		"other count":      npy(header("2, 1"), 0, 0, 0, 0, 0, 0, 0, 0),
		"shape of 2^60":    npy(header("1073741824, 1073741824")),
		"overflow":         npy(header("2147483647, 2147483647, 2147483647, 2147483647")),
		"negative":         npy(header("-1, 4")),
		"six dimensions":   npy(header("3,1,1,1,1,1"), make([]byte, 12)...),
		"200 MB declared":  npy(header("3, 17000000")),
		"short":            npy(header("3, 4"), 1, 2, 3),
		"long":             npy(header("3, 4"), make([]byte, 50)...),
		"code as header":   npy("__import__('os').system('true')"),
		"no header":        npy(""),
		"4 GB header":      append([]byte(npyMagic), 2, 0, 0xff, 0xff, 0xff, 0xff),
		"version 9":        append([]byte(npyMagic), 9, 0, 0, 0),
		"zero size":        npy(header("3, 0")),
		"endless brackets": npy("{'descr': " + strings.Repeat("[", 60000)),
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			err := requireCheap(t, func() error {
				_, err := ReadNPY(bytes.NewReader(b), bytes.NewReader(npyFile(t, "y")), Options{})
				return err
			})
			require.Error(t, err)
			require.Less(t, len(err.Error()), 500)
		})
	}
	for _, name := range []string{"f8", "y_u8"} {
		_, err := ReadNPY(bytes.NewReader(npyFile(t, "f8")), bytes.NewReader(npyFile(t, name)), Options{})
		require.ErrorIs(t, err, ErrFormat, "labels %s", name)
	}
}

// A compressed entry is unpacked only to the size that its header declares.
func TestNPZBomb(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("x.npy")
	require.NoError(t, err)
	_, err = f.Write(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }"))
	require.NoError(t, err)
	_, err = f.Write(make([]byte, 8<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Less(t, b.Len(), 10<<10)
	require.ErrorIs(t, requireCheap(t, func() error {
		_, err := ReadNPZ(bytes.NewReader(b.Bytes()), int64(b.Len()), Train, Options{})
		return err
	}), ErrFormat)
	_, err = ReadNPZ(bytes.NewReader(b.Bytes()[:50]), 50, Train, Options{})
	require.ErrorIs(t, err, ErrFormat)
}

// What is accepted has finite values, and labels in range.
func FuzzNPY(f *testing.F) {
	names, err := filepath.Glob("testdata/*.npy")
	require.NoError(f, err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(b, npyFile(f, "y"))
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		m, err := ReadNPY(bytes.NewReader(x), bytes.NewReader(y), Options{})
		if err != nil {
			return
		}
		vs, labels := values(t, m, m.features)
		require.Len(t, vs, len(labels)*m.features)
		for _, v := range vs {
			require.Zero(t, v-v)
		}
		for _, l := range labels {
			require.Less(t, l, m.Classes())
		}
	})
}

// String writes the header as numpy does.
func (h npyHeader) String() string {
	order, size := "<", h.size
	if h.big {
		order = ">"
	}
	if h.kind == 'U' {
		size /= 4
	}
	fortran := "False"
	if h.fortran {
		fortran = "True"
	}
	dims := ""
	for _, d := range h.shape {
		dims += fmt.Sprintf("%d, ", d)
	}
	return fmt.Sprintf("{'descr': '%s%c%d', 'fortran_order': %s, 'shape': (%s), }", order, h.kind, size, fortran, dims)
}

// Every form in which numpy saves numbers is read to the same values.
func TestFormsOfArrays(t *testing.T) {
	for _, test := range []struct {
		x, y  string
		label []int
		names []string
	}{
		{"big", "y", []int{2, 0, 1}, []string{"0", "1", "2"}},
		{"fortran", "y_float", []int{2, 0, 1}, []string{"0", "1", "2"}},
		{"half", "y_text", []int{2, 0, 1}, []string{"ant", "bee", "çat"}},
		{"f8", "y_bytes", []int{2, 0, 1}, []string{"ant", "bee", "cat"}},
		{"big8", "y_onehot", []int{2, 0, 1}, []string{"0", "1", "2"}},
		{"f8", "y_negative", []int{0, 2, 1}, []string{"-2", "-1", "0"}},
		{"f8", "y_big", []int{2, 0, 1}, []string{"0", "1", "2"}},
	} {
		m, err := ReadNPY(bytes.NewReader(npyFile(t, test.x)), bytes.NewReader(npyFile(t, test.y)), Options{})
		require.NoError(t, err, "%s %s", test.x, test.y)
		x, y := values(t, m, 4)
		require.Equal(t, eighths, x, test.x)
		require.Equal(t, test.label, y, test.y)
		require.Equal(t, test.names, m.ClassNames(), test.y)
	}
	images, labels := npyFile(t, "fortran3"), npyFile(t, "y2")
	m, err := ReadNPY(bytes.NewReader(images), bytes.NewReader(labels), Options{Channels: "first"})
	require.NoError(t, err)
	x, _ := values(t, m, 2*3*3)
	require.Equal(t, []float32{0, 1, 2, 3}, x[:4])
	require.Equal(t, float32(35), x[35])
	for _, bad := range []string{"y_twohot", "y_none"} {
		_, err := ReadNPY(bytes.NewReader(npyFile(t, "f8")), bytes.NewReader(npyFile(t, bad)), Options{})
		require.ErrorIs(t, err, ErrFormat, bad)
	}
	_, err = ReadNPY(bytes.NewReader(images), bytes.NewReader(labels), Options{Channels: "last", Scale: -1})
	require.ErrorContains(t, err, "scale")
}

// The names that archives in use have: Keras', MedMNIST's, numpy's own.
func TestNamesOfArrays(t *testing.T) {
	for name, part := range map[string]Part{
		"medmnist": Train, "keras": Test, "positional": Train, "capital": Train,
	} {
		m, err := OpenNPZ("testdata/"+name+".npz", part, Options{})
		require.NoError(t, err, name)
		_, y := values(t, m, m.features)
		require.Equal(t, []int{2, 0, 1}, y, name)
		require.Len(t, m.Notes(), 1)
	}
	_, err := OpenNPZ("testdata/medmnist.npz", Test, Options{})
	require.ErrorContains(t, err, `"train_images"`, "no test part is invented; the error lists what there is")
}

func TestSampleShape(t *testing.T) {
	for _, test := range []struct {
		shape, agreed []int
		channels      string
		want          []int
		last, refused bool
	}{
		{[]int{28, 28}, nil, "", []int{1, 28, 28}, false, false},
		{[]int{32, 32, 3}, []int{3, 32, 32}, "", []int{3, 32, 32}, true, false},
		{[]int{3, 32, 32}, []int{3, 32, 32}, "", []int{3, 32, 32}, false, false},
		{[]int{64, 48, 3}, nil, "", []int{3, 64, 48}, true, false},
		{[]int{64, 48, 1}, []int{1, 28, 28}, "", []int{1, 64, 48}, true, false},
		{[]int{3, 64, 3}, nil, "", nil, false, true},
		{[]int{1, 64, 3}, nil, "", nil, false, true},
		{[]int{3, 64, 3}, nil, "last", []int{3, 3, 64}, true, false},
		{[]int{3, 64, 3}, nil, "first", []int{3, 64, 3}, false, false},
		{[]int{7, 6, 5}, nil, "", []int{7, 6, 5}, false, false},
		{[]int{9}, nil, "last", nil, false, true},
	} {
		got, last, _, err := sampleShape(test.shape, test.channels, test.agreed)
		if test.refused {
			require.ErrorIs(t, err, ErrFormat, "%v", test.shape)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, test.want, got)
		require.Equal(t, test.last, last)
	}
}

// A set without samples is refused, as a table without rows is.
func TestNoSamplesAreRefused(t *testing.T) {
	array := func(header string) *strings.Reader {
		return strings.NewReader("\x93NUMPY\x01\x00" + string([]byte{byte(len(header)), 0}) + header)
	}
	_, err := ReadNPY(array("{'descr':'<f4','fortran_order':False,'shape':(0,4)}"), array("{'descr':'<i8','fortran_order':False,'shape':(0,)}"), Options{})
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "no samples")
	_, err = ReadIDX(strings.NewReader("\x00\x00\x08\x03\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x02"), strings.NewReader("\x00\x00\x08\x01\x00\x00\x00\x00"), 0)
	require.ErrorContains(t, err, "no samples")
}

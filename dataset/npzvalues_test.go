package dataset

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadNPZValues(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string][]byte{
		"logits.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0),
		"names.npy":  npy("{'descr': '|S1', 'fortran_order': False, 'shape': (2,), }", 'a', 'b'),
	} {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	read := func(name string) ([]float32, []int, error) {
		return ReadNPZValues(bytes.NewReader(b.Bytes()), int64(b.Len()), name)
	}
	values, shape, err := read("logits")
	require.NoError(t, err)
	require.Equal(t, []float32{1, -2}, values)
	require.Equal(t, []int{1, 2}, shape)
	_, _, err = read("x")
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "logits", "what there is is named")
	_, _, err = read("names")
	require.ErrorContains(t, err, "texts")
	_, _, err = ReadNPZValues(bytes.NewReader(nil), 0, "x")
	require.ErrorIs(t, err, ErrFormat)
}

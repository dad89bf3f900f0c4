package dataset

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Entries come out the same from memory and in pieces, and cut ones are an error.
func TestInflater(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(rng.IntN(40))
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("x")
	require.NoError(t, err)
	_, err = f.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, size := range []int64{int64(b.Len()), 0} {
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		require.NoError(t, err)
		z.RegisterDecompressor(zip.Deflate, inflater(size))
		r, err := z.File[0].Open()
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got))
		short := io.NewSectionReader(bytes.NewReader(b.Bytes()[35:1000]), 0, 2000)
		_, err = io.ReadAll(inflater(size)(short))
		require.Error(t, err)
	}
}

package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeNPZ writes an archive of 50,000 × 100 float32, as numpy's savez and
// savez_compressed do.
func writeNPZ(b *testing.B, dir string, rng *rand.Rand) {
	b.Helper()
	const n, features = 50_000, 100
	x := make([]byte, 0, 4*n*features)
	for range n * features {
		x = binary.LittleEndian.AppendUint32(x, math.Float32bits(float32(rng.IntN(1000))/1000))
	}
	y := make([]byte, n)
	for i := range y {
		y[i] = byte(rng.IntN(10))
	}
	for name, method := range map[string]uint16{"stored": zip.Store, "packed": zip.Deflate} {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for entry, data := range map[string][]byte{
			"x.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (50000, 100), }", x...),
			"y.npy": npy("{'descr': '|u1', 'fortran_order': False, 'shape': (50000,), }", y...),
		} {
			f, err := w.CreateHeader(&zip.FileHeader{Name: entry, Method: method})
			require.NoError(b, err)
			_, err = f.Write(data)
			require.NoError(b, err)
		}
		require.NoError(b, w.Close())
		write(b, dir+"/"+name+".npz", out.Bytes())
	}
}

package dataset

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Values are converted as one by one, and one that is not finite is found wherever
// it stands.
func TestConvertFloat32(t *testing.T) {
	h := npyHeader{kind: 'f', size: 4}
	for n := range 35 {
		for bad := -1; bad < n; bad++ {
			want := make([]float32, n)
			for i := range want {
				want[i] = float32(i) - 7.5
			}
			if bad >= 0 {
				want[bad] = []float32{float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}[bad%3]
			}
			var raw []byte
			for _, v := range want {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
			}
			got := make([]float32, n)
			require.Equal(t, bad < 0, h.convert(got, raw), "%d of %d", bad, n)
			for i := range want {
				require.Equal(t, math.Float32bits(want[i]), math.Float32bits(got[i]))
			}
		}
	}
}

func TestHalfFloat(t *testing.T) {
	for h := range 1 << 16 {
		sign, exponent, fraction := 1-2*float64(h>>15), h>>10&31, float64(h&1023)
		want := sign * math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = math.Inf(int(sign))
		case exponent == 31:
			require.True(t, math.IsNaN(float64(halfFloat(uint16(h)))))
			continue
		}
		require.Equal(t, float32(want), halfFloat(uint16(h)), "%#x", h)
	}
}

// An array of float64 takes the memory of float32, and a piece: nothing is kept of
// what was read.
func TestArraysTakeTheMemoryOfTheirValues(t *testing.T) {
	const n = 4 << 20
	file := npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4194304, 1), }", make([]byte, 8*n)...)
	allocated := allocatedBy(func() {
		a, err := readNPYFloats(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		require.Len(t, a.values, n)
	})
	require.Less(t, allocated, uint64(4*n+1<<20))
}

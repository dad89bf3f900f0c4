package onnx

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Weights are used where the file has them, moved over their own header only: as far as
// that has room, and whatever lies in front of them stays.
func TestAlign(t *testing.T) {
	for length := range 80 {
		m := &wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: &wire.Graph{}}
		var want [][]float32
		for i := range 4 {
			numbers, raw := make([]float32, 41+i), []byte(nil)
			for k := range numbers {
				numbers[k] = float32(1000*i + k)
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(numbers[k]))
			}
			want = append(want, numbers)
			m.Graph.Initializers = append(m.Graph.Initializers, &wire.Tensor{
				Name: strings.Repeat("w", length), Type: wire.Float, Dims: []int64{int64(len(numbers))}, Raw: raw,
			})
		}
		file := wire.Encode(m)
		m, err := wire.Decode(file)
		require.NoError(t, err)
		l := newLoader(m, Options{Own: true})
		l.file = file
		for again := range 2 { // a function's constant is read at every call
			var got []*ops.Value
			for _, w := range m.Graph.Initializers {
				v, err := l.tensor(w)
				require.NoError(t, err)
				got = append(got, v)
			}
			for i, v := range got {
				require.Equal(t, want[i], v.F, "%d, again %d", i, again)
				place := uintptr(unsafe.Pointer(&v.F[0]))
				require.GreaterOrEqual(t, place, uintptr(unsafe.Pointer(&file[0])))
				require.Less(t, place, uintptr(unsafe.Pointer(&file[0]))+uintptr(len(file)), "in the file")
				if length >= 31 {
					require.Zero(t, place%32)
				}
				if length >= 63 {
					require.Zero(t, place%64)
				}
			}
		}
	}
}

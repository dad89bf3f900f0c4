package safetensors

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The format orders tensors by their offsets; the header may name them in any
// order, and a tensor without values shares its offset with the next one.
func TestHeaderMayNameTensorsInAnyOrder(t *testing.T) {
	b := file(`{"c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},`+
		`"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
		`"none":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`, 8)
	b[len(b)-1] = 0x40 // the last value is 2
	got, err := decode(b)
	require.NoError(t, err)
	require.Equal(t, map[string]Tensor{
		"a":    {Shape: []int{1}, Data: []float32{0}},
		"c":    {Shape: []int{1}, Data: []float32{2}},
		"none": {Shape: []int{0}, Data: []float32{}},
	}, got)
}

// Tensors are read and written in chunks: a tensor longer than one arrives
// whole, and the next tensor starts where it ends.
func TestTensorOfManyChunks(t *testing.T) {
	long := Tensor{Shape: []int{100_001}, Data: make([]float32, 100_001)}
	for i := range long.Data {
		long.Data[i] = float32(i)
	}
	want := map[string]Tensor{"long": long, "next": {Shape: []int{2}, Data: []float32{-1, -2}}}
	b := encode(t, want)
	got, err := decode(b)
	require.NoError(t, err)
	require.Equal(t, want, got)

	copy(b[len(b)-4*3:], []byte{0, 0, 0x80, 0x7f}) // the last of the long one: infinity
	_, err = decode(b)
	require.ErrorIs(t, err, ErrNotFinite)
	require.ErrorContains(t, err, `tensor "long"`)
	require.ErrorContains(t, err, "element 100000 is")
}

func TestLongestHeader(t *testing.T) {
	longest := "{}" + strings.Repeat(" ", MaxHeader-2)
	_, err := decode(file(longest, 0))
	require.NoError(t, err)
	_, err = decode(file(longest+" ", 0))
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "1048577 bytes")
}

func TestLongestHeaderThatIsWritten(t *testing.T) {
	around := len(`{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`)
	name := strings.Repeat("a", MaxHeader-around)
	one := Tensor{Shape: []int{1}, Data: []float32{1}}
	got, err := decode(encode(t, map[string]Tensor{name: one}))
	require.NoError(t, err)
	require.Equal(t, one, got[name])
	require.ErrorIs(t, Write(&bytes.Buffer{}, map[string]Tensor{name + "a": one}), ErrFormat)
}

// A stream may continue after the file: Read leaves the rest alone.
func TestReadsNoMoreThanTheFile(t *testing.T) {
	for name, c := range map[string]struct {
		file    []byte
		missing int // bytes of it that are beyond the size
	}{
		"whole file":            {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), 0},
		"header breaks off":     {file("{}"+strings.Repeat(" ", 14), 0), 1},
		"first bytes break off": {file("{}", 0), 3},
	} {
		t.Run(name, func(t *testing.T) {
			const behind = "what follows"
			r := bytes.NewReader(append(c.file, behind...))
			_, err := Read(r, int64(len(c.file)-c.missing))
			require.GreaterOrEqual(t, r.Len(), c.missing+len(behind))
			if c.missing > 0 {
				require.ErrorIs(t, err, ErrFormat)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func TestErrorsNameTheNumbers(t *testing.T) {
	_, err := decode(file(`{"a":{"dtype":"F16","shape":[3,2],"data_offsets":[4,12]}}`, 12))
	require.ErrorContains(t, err, `tensor "a": [3 2] of F16 needs 12 bytes, but its data_offsets span 8`)
	_, err = decode(file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F64","shape":[1],"data_offsets":[6,14]}}`, 14))
	require.ErrorContains(t, err, `tensor "b" starts at byte 6 of the data, not at 4`)
}

func TestCountOfTheHighestRank(t *testing.T) {
	n, err := Count([]int{2, 1, 1, 1, 1, 1, 1, 3})
	require.NoError(t, err)
	require.Equal(t, 6, n)
	_, err = Count(make([]int, MaxRank+1))
	require.ErrorIs(t, err, ErrShape)
}

// Converting to float32 may round; it never changes a value's sign or makes a
// small half-precision number zero.
func TestSmallestHalf(t *testing.T) {
	var got [2]float32
	Convert(got[:], []byte{1, 0, 1, 0x80}, "F16")
	require.Equal(t, [2]float32{float32(math.Pow(2, -24)), -float32(math.Pow(2, -24))}, got)
}

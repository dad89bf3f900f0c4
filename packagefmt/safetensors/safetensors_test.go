package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample holds the tensors of testdata/f32.safetensors (see fixtures.py).
func sample() map[string]Tensor {
	return map[string]Tensor{
		"layers.0.weight": {Shape: []int{2, 3}, Data: []float32{-0.5, -0.25, 0, 0.25, 0.5, 0.75}},
		"layers.0.bias":   {Shape: []int{2}, Data: []float32{1e-30, -3.4e38}},
		"scalar":          {Shape: []int{}, Data: []float32{7.25}},
		"empty":           {Shape: []int{0, 3}, Data: []float32{}},
		"näme <&> \"q\"":  {Shape: []int{1}, Data: []float32{1}},
	}
}

func encode(t testing.TB, tensors map[string]Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, tensors))
	return b.Bytes()
}

func decode(b []byte) (map[string]Tensor, error) {
	return Read(bytes.NewReader(b), int64(len(b)))
}

func TestReadsAndWritesPythonsBytes(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "f32.safetensors"))
	require.NoError(t, err)
	got, err := decode(want)
	require.NoError(t, err)
	require.Equal(t, sample(), got)
	require.Equal(t, want, encode(t, sample()), "our bytes are Python's bytes")
}

func TestEveryDtypeConvertsAsTorchDoes(t *testing.T) {
	f, err := os.ReadFile(filepath.Join("testdata", "mixed.safetensors"))
	require.NoError(t, err)
	got, err := decode(f)
	require.NoError(t, err)
	lines, err := os.ReadFile(filepath.Join("testdata", "mixed.txt"))
	require.NoError(t, err)
	seen := 0
	for line := range strings.Lines(string(lines)) {
		words := strings.Fields(line)
		tensor, ok := got[words[0]]
		require.True(t, ok, words[0])
		require.Len(t, tensor.Data, len(words)-1)
		for i, w := range words[1:] {
			require.Equal(t, w, fmt.Sprintf("%08x", math.Float32bits(tensor.Data[i])), "%s[%d]", words[0], i)
		}
		seen++
	}
	require.Equal(t, len(got), seen)
}

// file builds a file from a header and a number of zero data bytes.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestHostileFiles(t *testing.T) {
	one := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"a":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	tests := []struct {
		name string
		b    []byte
		want error
	}{
		{"empty", nil, ErrFormat},
		{"header length 1 GB", binary.LittleEndian.AppendUint64(nil, 1<<30), ErrFormat},
		{"header length 2^64-1", binary.LittleEndian.AppendUint64(nil, math.MaxUint64), ErrFormat},
		{"header longer than file", file(`{}`, 0)[:9], ErrFormat},
		{"not JSON", file(`<html>`, 0), ErrFormat},
		{"JSON array", file(`[]`, 0), ErrFormat},
		{"two objects", file(`{}{}`, 0), ErrFormat},
		{"not UTF-8", file("{\"\xff\":1}", 0), ErrFormat},
		{"deep nesting", file(`{"a":`+strings.Repeat("[", 10000), 0), ErrFormat},
		{"shape product overflow", file(one("F32", "[4294967296,4294967296,4]", "[0,0]"), 0), ErrShape},
		{"shape of 2^40", file(one("F32", "[1099511627776]", "[0,4398046511104]"), 0), ErrFormat},
		{"negative size", file(one("F32", "[-1]", "[0,0]"), 0), ErrFormat},
		{"fractional size", file(one("F32", "[1.0]", "[0,4]"), 4), ErrFormat},
		{"exponent size", file(one("F32", "[1e0]", "[0,4]"), 4), ErrFormat},
		{"too many dimensions", file(one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4), ErrFormat},
		{"three offsets", file(one("F32", "[1]", "[0,4,8]"), 8), ErrFormat},
		{"no shape", file(`{"a":{"dtype":"F32","data_offsets":[0,0]}}`, 0), ErrFormat},
		{"unknown field", file(`{"a":{"x":1}}`, 0), ErrFormat},
		{"unknown dtype", file(one("U8", "[4]", "[0,4]"), 4), ErrFormat},
		{"wrong dtype size", file(one("F16", "[2]", "[0,8]"), 8), ErrFormat},
		{"end before begin", file(one("F32", "[0]", "[4,0]"), 0), ErrFormat},
		{"gap", file(one("F32", "[1]", "[4,8]"), 8), ErrFormat},
		{"data left over", file(one("F32", "[1]", "[0,4]"), 8), ErrFormat},
		{"overlap", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), ErrFormat},
		{"duplicate tensor", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), ErrFormat},
		{"duplicate by escape", file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0), ErrFormat},
		{"metadata not strings", file(`{"__metadata__":{"a":1}}`, 0), ErrFormat},
		{"NaN", append(file(one("F32", "[1]", "[0,4]"), 0), 0, 0, 0xc0, 0x7f), ErrNotFinite},
		{"infinity", append(file(one("F16", "[1]", "[0,2]"), 0), 0, 0x7c), ErrNotFinite},
		{"too large for float32", append(file(one("F64", "[1]", "[0,8]"), 0), 0, 0, 0, 0, 0, 0, 0, 0x7f), ErrNotFinite},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fastest := time.Hour // of three attempts: under load, anything may take a second
			for range 3 {
				start := time.Now()
				_, err := decode(test.b)
				fastest = min(fastest, time.Since(start))
				require.ErrorIs(t, err, test.want)
			}
			require.Less(t, fastest, second)
		})
	}
}

// TestShortStreamBehindLargeSize: a declared size of 4 TiB must cost no more
// memory than the bytes that arrive.
func TestShortStreamBehindLargeSize(t *testing.T) {
	b := file(`{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}`, 1000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(bytes.NewReader(b), int64(len(b))-1000+4398046511104)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, ErrFormat)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func TestWriteRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for name, tensors := range map[string]map[string]Tensor{
		"NaN":           {"a": {Shape: []int{1}, Data: []float32{nan}}},
		"wrong count":   {"a": {Shape: []int{2}, Data: []float32{1}}},
		"negative":      {"a": {Shape: []int{-1}, Data: nil}},
		"nine sizes":    {"a": {Shape: []int{1, 1, 1, 1, 1, 1, 1, 1, 1}, Data: []float32{1}}},
		"reserved name": {"__metadata__": {Shape: []int{1}, Data: []float32{1}}},
		"bad name":      {"\xff": {Shape: []int{1}, Data: []float32{1}}},
		"huge header":   {strings.Repeat("a", MaxHeader): {Shape: []int{1}, Data: []float32{1}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, Write(&bytes.Buffer{}, tensors))
		})
	}
}

// FuzzRead: whatever is accepted has valid tensors, and writing and reading
// them again gives the same tensors and bytes.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"f32.safetensors", "mixed.safetensors"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add(file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		tensors, err := decode(b)
		if err != nil {
			return
		}
		for name, tensor := range tensors {
			require.NoError(t, tensor.Check(), name)
		}
		again := encode(t, tensors)
		back, err := decode(again)
		require.NoError(t, err)
		require.Equal(t, tensors, back)
		require.Equal(t, again, encode(t, back))
	})
}

func BenchmarkRead(b *testing.B) {
	data := encode(b, map[string]Tensor{"embeddings": {Shape: []int{10000, 512}, Data: make([]float32, 10000*512)}})
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	tensors := map[string]Tensor{"embeddings": {Shape: []int{10000, 512}, Data: make([]float32, 10000*512)}}
	b.SetBytes(4 * 10000 * 512)
	for b.Loop() {
		if err := Write(discard{}, tensors); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

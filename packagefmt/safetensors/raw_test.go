package safetensors_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func raw() map[string]safetensors.Raw {
	return map[string]safetensors.Raw{
		"bits":  {DType: "U8", Shape: []int{3}, Data: []byte{1, 2, 255}},
		"half":  {DType: "F16", Shape: []int{1, 2}, Data: []byte{0, 0x3c, 0, 0x7c}}, // 1, +Inf
		"sum":   {DType: "F64", Shape: []int{}, Data: make([]byte, 8)},
		"wide":  {DType: "F32", Shape: []int{1}, Data: make([]byte, 4)},
		"empty": {DType: "U8", Shape: []int{0}, Data: []byte{}},
	}
}

func TestRawSurvives(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, safetensors.WriteRaw(&b, raw()))
	file := b.Bytes()
	got, err := safetensors.ReadRaw(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	require.Equal(t, raw(), got)
	for cut := range file {
		_, err := safetensors.ReadRaw(bytes.NewReader(file[:cut]), int64(len(file)))
		require.ErrorIs(t, err, safetensors.ErrFormat, "cut at %d", cut)
	}
}

// The order of Python's safetensors: the widest types first, then by name.
func TestRawOrder(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, safetensors.WriteRaw(&b, raw()))
	last := 0
	for _, name := range []string{"sum", "wide", "half", "bits", "empty"} {
		at := bytes.Index(b.Bytes(), []byte(`"`+name+`":`))
		require.Greater(t, at, last, name)
		last = at
	}
}

// float32 tensors are the same file, whoever writes them.
func TestRawIsTheSameFormat(t *testing.T) {
	var plain, asRaw bytes.Buffer
	require.NoError(t, safetensors.Write(&plain, map[string]safetensors.Tensor{"a": {Shape: []int{2}, Data: []float32{1, 0}}, "b": {Data: []float32{0}}}))
	require.NoError(t, safetensors.WriteRaw(&asRaw, map[string]safetensors.Raw{
		"a": {DType: "F32", Shape: []int{2}, Data: []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0}}, "b": {DType: "F32", Data: make([]byte, 4)},
	}))
	require.Equal(t, plain.Bytes(), asRaw.Bytes())
}

func TestRawRefuses(t *testing.T) {
	for name, bad := range map[string]safetensors.Raw{
		"unknown type":   {DType: "Q4", Shape: []int{1}, Data: []byte{1}},
		"too short":      {DType: "F32", Shape: []int{2}, Data: make([]byte, 4)},
		"negative shape": {DType: "U8", Shape: []int{-1}},
	} {
		require.Error(t, safetensors.WriteRaw(&bytes.Buffer{}, map[string]safetensors.Raw{"x": bad}), name)
	}
	require.ErrorIs(t, safetensors.WriteRaw(&bytes.Buffer{}, map[string]safetensors.Raw{"__metadata__": {DType: "U8", Shape: []int{0}}}), safetensors.ErrFormat)
}

// What is read survives writing and reading.
func FuzzReadRaw(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, safetensors.WriteRaw(&b, raw()))
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := safetensors.ReadRaw(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, safetensors.WriteRaw(&again, got))
		back, err := safetensors.ReadRaw(bytes.NewReader(again.Bytes()), int64(again.Len()))
		require.NoError(t, err)
		require.Equal(t, got, back)
	})
}

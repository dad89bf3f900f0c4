package update

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// coder writes and reads one weight. decode removes the tensors that it reads
// from the map, so that what is left belongs to no weight.
type coder struct {
	encode func(out Encoded, name string, t safetensors.Tensor, fraction float64)
	decode func(in Encoded, name string, shape []int, data []float32) error
}

var coders = map[Kind]coder{
	Float32: {encodeFloat32, decodeFloat32},
	Float16: {encodeFloat16, decodeFloat16},
	TopK:    {encodeTopK, decodeTopK},
	Sign:    {encodeSign, decodeSign},
}

// take removes a tensor of a type and shape from the map.
func take(in Encoded, name, dtype string, shape []int) ([]byte, error) {
	t, err := takeList(in, name, dtype)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("%w: a tensor of shape %v instead of %v", ErrLayers, t.Shape, shape)
	}
	return t.Data, nil
}

// takeList removes a tensor of a type and any shape from the map.
func takeList(in Encoded, name, dtype string) (safetensors.Raw, error) {
	t, ok := in[name]
	if !ok {
		return t, fmt.Errorf("%w: no tensor %q", ErrLayers, name)
	}
	delete(in, name)
	if t.DType != dtype {
		return t, fmt.Errorf("%w: %q is of type %s instead of %s", ErrLayers, name, t.DType, dtype)
	}
	return t, nil
}

func encodeFloat32(out Encoded, name string, t safetensors.Tensor, _ float64) {
	data := make([]byte, 0, 4*len(t.Data))
	for _, v := range t.Data {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	out[name] = safetensors.Raw{DType: "F32", Shape: t.Shape, Data: data}
}

func decodeFloat32(in Encoded, name string, shape []int, data []float32) error {
	b, err := take(in, name, "F32", shape)
	if err == nil {
		safetensors.Convert(data, b, "F32")
	}
	return err
}

func encodeFloat16(out Encoded, name string, t safetensors.Tensor, _ float64) {
	scale := powerOfTwo(t.Data)
	out[name] = safetensors.Raw{DType: "F16", Shape: t.Shape, Data: halves(t.Data, scale)}
	putScale(out, name, scale)
}

func decodeFloat16(in Encoded, name string, shape []int, data []float32) error {
	scale, err := takeScale(in, name)
	if err != nil {
		return err
	}
	b, err := take(in, name, "F16", shape)
	if err == nil {
		safetensors.Convert(data, b, "F16")
		multiply(data, scale)
	}
	return err
}

func encodeSign(out Encoded, name string, t safetensors.Tensor, _ float64) {
	bits := make([]byte, (len(t.Data)+7)/8)
	sum := 0.0
	for i, v := range t.Data {
		if v < 0 {
			bits[i/8] |= 1 << (i % 8)
		}
		sum += math.Abs(float64(v))
	}
	putScale(out, name, float32(sum/float64(max(1, len(t.Data)))))
	out[name+":signs"] = safetensors.Raw{DType: "U8", Shape: []int{len(bits)}, Data: bits}
}

func decodeSign(in Encoded, name string, _ []int, data []float32) error {
	scale, err := takeScale(in, name)
	if err != nil {
		return err
	}
	bits, err := take(in, name+":signs", "U8", []int{(len(data) + 7) / 8})
	if err != nil {
		return err
	}
	for i := range data {
		data[i] = scale
		if bits[i/8]>>(i%8)&1 == 1 {
			data[i] = -scale
		}
	}
	return nil
}

func putScale(out Encoded, name string, scale float32) {
	out[name+":scale"] = safetensors.Raw{DType: "F32", Data: binary.LittleEndian.AppendUint32(nil, math.Float32bits(scale))}
}

func takeScale(in Encoded, name string) (float32, error) {
	b, err := take(in, name+":scale", "F32", nil)
	if err != nil {
		return 0, err
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(b)), nil
}

func multiply(data []float32, scale float32) {
	for i := range data {
		data[i] *= scale
	}
}

package onnx

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestKeras compares Keras models, as tf2onnx exports them, with what TensorFlow
// computes; testdata/keras/make.py wrote both.
func TestKeras(t *testing.T) {
	for _, name := range []string{"pictures", "sequences"} {
		text, err := os.ReadFile("testdata/keras/" + name + ".json")
		require.NoError(t, err)
		var want struct{ X, Y tensor.Tensor }
		require.NoError(t, json.Unmarshal(text, &want))
		file, err := os.ReadFile("testdata/keras/" + name + ".onnx")
		require.NoError(t, err)
		p, err := Load(file, Options{})
		require.NoError(t, err, name)
		n, err := p.Specialize(want.X.Shape[1:], generous)
		require.NoError(t, err, name)
		y, err := n.Forward(want.X)
		require.NoError(t, err, name)
		onnxtest.RequireClose(t, want.Y, y)
		if name == "pictures" {
			turned(t, p, want.X, want.Y)
		}
	}
}

// turned gives a model its pictures with the channels first, as data has them: also to what is written of it.
func turned(t *testing.T, p *Program, last, want tensor.Tensor) {
	n, h, w, c := last.Shape[0], last.Shape[1], last.Shape[2], last.Shape[3]
	x := tensor.New(n, c, h, w)
	for i, v := range last.Data {
		at := i / c
		x.Data[(at/(h*w)*c+i%c)*h*w+at%(h*w)] = v
	}
	net, err := p.Specialize(x.Shape[1:], generous)
	require.NoError(t, err)
	require.Contains(t, net.Turned(), "channels are last")
	for _, nd := range net.p.nodes {
		require.False(t, nd.OpType == "Transpose" && nd.in[0] == net.p.input.value, "tf2onnx turns pictures back first: nothing is left of either")
	}
	written, err := Load(net.Encode(), Options{})
	require.NoError(t, err)
	again, err := written.Specialize(x.Shape[1:], generous)
	require.NoError(t, err)
	require.Empty(t, again.Turned())
	for _, net := range []*Net{net, again} {
		y, err := net.Forward(x)
		require.NoError(t, err)
		onnxtest.RequireClose(t, want, y)
	}
	_, err = p.Specialize([]int{h, c, w}, generous)
	require.ErrorContains(t, err, "takes [-1 16 16 3]")
}

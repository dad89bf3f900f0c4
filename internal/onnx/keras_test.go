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
	}
}

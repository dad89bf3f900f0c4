package onnxruntime

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Ours beside the library, on the same samples in turns: README.md has results.
func BenchmarkEncoders(b *testing.B) {
	r := opened(b)
	for _, w := range onnxtest.Models(b, "tv_resnet18", "tv_mobilenet_v3_small.legacy", "timm_vit_tiny.legacy", "hf_distilbert", "lstm.legacy") {
		n := net(b, w)
		x := safetensors.Tensor{Shape: append([]int{32}, w.X.Shape[1:]...)}
		for size := len(w.X.Data) / w.X.Shape[0]; len(x.Data) < 32*size; {
			x.Data = append(x.Data, w.X.Data[:size]...)
		}
		b.Run(w.Name+"/ours", func(b *testing.B) {
			for b.Loop() {
				_, err := n.Forward(x)
				require.NoError(b, err)
			}
		})
		b.Run(w.Name+"/onnxruntime", func(b *testing.B) {
			s, err := r.Load(b.Context(), n.Encode(), n.Sample())
			require.NoError(b, err)
			defer s.Close()
			for b.Loop() {
				_, err := s.Run(b.Context(), x)
				require.NoError(b, err)
			}
		})
	}
}

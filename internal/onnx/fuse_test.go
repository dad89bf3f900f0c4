package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestFused compares what is run with the program as the file has it, and looks for
// what should be in one node.
func TestFused(t *testing.T) {
	for prefix, want := range map[string]string{
		"tv_resnet18": "Conv:Relu", "tv_mobilenet_v3": "Conv:HardSwish", "tv_mobilenet_v2": "Conv:Clip", "timm_mobilevit": "Conv:SiLU",
		"hf_bert.legacy": "Linear:Gelu Attention Attention:turned Attention:15 LayerNormalization", "hf_distilbert": "Linear:Gelu", "timm_vit": "Linear:Gelu Attention:8 LayerNormalization Unblock", "timm_resnet10t": "AveragePool",
	} {
		models := onnxtest.Models(t, prefix)
		require.NotEmpty(t, models, prefix)
		for _, w := range models {
			t.Run(w.Name, func(t *testing.T) {
				p, err := Load(w.File, Options{External: onnxtest.Uniform})
				require.NoError(t, err)
				n, err := p.Specialize(w.X.Shape[1:], generous)
				require.NoError(t, err)
				fused := n.fast()
				types := map[string]int{}
				for _, nd := range fused.nodes {
					types[nd.OpType]++
					for _, a := range nd.Attributes {
						if a.Name == "activation" {
							types[nd.OpType+":"+a.S]++
						}
						if a.Name == "turned" && a.I == 1 {
							types[nd.OpType+":turned"]++
						}
						if a.Name == "side" {
							types[fmt.Sprintf("%s:%d", nd.OpType, a.I)]++
						}
					}
				}
				for _, typ := range strings.Fields(want) {
					require.NotZero(t, types[typ], "%s in %v", typ, types)
				}
				if strings.HasPrefix(w.Name, "tv_") {
					require.Zero(t, types["BatchNormalization"])
					require.Positive(t, fused.split, "the first layers run sample by sample")
					require.Zero(t, types["Block"]+types["Unblock"], "conversions in %v", types)
				}
				require.Less(t, len(fused.nodes), len(n.p.nodes))
				meter := &ops.Meter{MaxBytes: math.Inf(1), MaxWork: math.Inf(1)}
				x, err := n.inputValue(w.X.Data, w.X.Shape)
				require.NoError(t, err)
				plain, err := n.p.run(x, meter, nil)
				require.NoError(t, err)
				quick, err := fused.run(x, meter, nil)
				require.NoError(t, err)
				onnxtest.RequireClose(t, tensor.Tensor{Shape: plain.Shape, Data: plain.F}, tensor.Tensor{Shape: quick.Shape, Data: quick.F})
			})
		}
	}
}

// ramp are weights around zero.
func ramp(name string, dims ...int64) *wire.Tensor {
	w := floats(name, dims...)
	for i := range len(w.Raw) / 4 {
		binary.LittleEndian.PutUint32(w.Raw[4*i:], math.Float32bits(float32((i*7)%11)/4-1.2))
	}
	return w
}

// TestActivationsInARow: an epilogue has room for one activation, whatever follows it.
func TestActivationsInARow(t *testing.T) {
	m := &ops.Meter{MaxBytes: math.Inf(1), MaxWork: math.Inf(1)}
	acts := []string{"Relu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Clip"}
	for _, product := range []string{"Conv", "Gemm"} {
		for _, first := range acts {
			for _, second := range acts {
				model := with(graph(call("Gemm", "x w b", "p"), call(first, "p", "q"), call(second, "q", "y")), ramp("w", 4, 4), ramp("b", 4))
				if product == "Conv" {
					model = with(graph(call("Conv", "x w b", "p"), call(first, "p", "q"), call(second, "q", "r"), call("Flatten", "r", "y")), ramp("w", 4, 4, 1, 1), ramp("b", 4))
					model.Graph.Inputs[0].Dims = []int64{-1, 4, 3, 3}
				}
				p, err := Load(wire.Encode(model), Options{})
				require.NoError(t, err)
				n, err := p.Specialize(p.sampleOf(), generous)
				require.NoError(t, err)
				x := tensor.New(append([]int{1}, p.sampleOf()...)...)
				for i := range x.Data {
					x.Data[i] = float32(i%5) - 2
				}
				in, err := n.inputValue(x.Data, x.Shape)
				require.NoError(t, err)
				want, err := n.p.run(in, m, nil)
				require.NoError(t, err)
				got, err := n.Forward(x)
				require.NoError(t, err)
				require.InDeltaSlice(t, want.F, got.Data, 1e-5, "%s, %s, %s", product, first, second)
			}
		}
	}
}

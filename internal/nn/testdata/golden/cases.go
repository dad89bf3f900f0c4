package main

import (
	"fmt"
	"log"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// network is a layer list and what it is fed with.
type network struct {
	name   string
	specs  []nn.Spec
	in     []int
	batch  int
	many   int // samples of the largest eval
	tokens int // inputs are whole numbers below it, where it is not 0
}

// layer takes a type and its arguments in pairs.
func layer(typ string, args ...any) nn.Spec {
	s := nn.Spec{Type: typ, Params: map[string]any{}}
	for i := 0; i < len(args); i += 2 {
		s.Params[args[i].(string)] = args[i+1]
	}
	return s
}

func linear(in, out int, args ...any) nn.Spec {
	return layer("Linear", append([]any{"in_features", in, "out_features", out}, args...)...)
}

func cases() []network {
	relu, flatten, drop := layer("ReLU"), layer("Flatten"), layer("Dropout", "p", 0.3)
	conv := func(in, out, size int, args ...any) nn.Spec {
		return layer("Conv2d", append([]any{"in_channels", in, "out_channels", out, "kernel_size", size}, args...)...)
	}
	rnn := func(typ string, args ...any) nn.Spec {
		return layer(typ, append([]any{"input_size", 6, "hidden_size", 7, "batch_first", true}, args...)...)
	}
	encoder := func(width, heads, feed int, args ...any) nn.Spec {
		return layer("TransformerEncoderLayer", append([]any{"d_model", width, "nhead", heads, "dim_feedforward", feed, "batch_first", true}, args...)...)
	}
	mha := func(width, heads int, args ...any) nn.Spec {
		return layer("MultiheadAttention", append([]any{"embed_dim", width, "num_heads", heads, "batch_first", true}, args...)...)
	}
	list := func(name string, in []int, batch int, specs ...nn.Spec) network {
		return network{name: name, specs: specs, in: in, batch: batch, many: 300}
	}
	tokens := func(n int, c network) network { c.tokens = n; return c }
	all := []network{
		list("linear", []int{9}, 5, linear(9, 4)),
		list("small head", []int{24}, 9, linear(24, 19), relu, drop, linear(19, 5)),
		list("reference head", []int{512}, 32, linear(512, 256), relu, layer("Dropout", "p", 0.1), linear(256, 10)),
		list("reference head, batch 256", []int{512}, 256, linear(512, 256), relu, layer("Dropout", "p", 0.1), linear(256, 10)),
		list("deep wide head", []int{2, 300}, 33, flatten, linear(600, 512), relu, drop, linear(512, 300, "bias", false), layer("Identity"), relu, drop, linear(300, 64), drop, linear(64, 10)),
		list("wide without relu", []int{700}, 16, linear(700, 300), layer("Tanh"), linear(300, 260), layer("Dropout", "p", 0.0), relu, drop, linear(260, 7)),
		list("drop first", []int{30}, 6, drop, linear(30, 20), layer("GELU"), drop, drop, linear(20, 6)),
		list("linear on sequences", []int{5, 130}, 8, linear(130, 140), relu, drop, linear(140, 130), flatten, linear(650, 4)),
		list("batchnorm head", []int{40}, 12, linear(40, 33), layer("BatchNorm1d", "num_features", 33), relu, drop, linear(33, 5)),
		list("batchnorm first", []int{40}, 12, layer("BatchNorm1d", "num_features", 40, "momentum", nil), linear(40, 200), layer("BatchNorm1d", "num_features", 200, "affine", false), layer("SiLU"), linear(200, 300), relu, linear(300, 5)),
		list("cnn", []int{3, 14, 17}, 7, conv(3, 8, 3, "padding", 1), layer("BatchNorm2d", "num_features", 8), relu, layer("MaxPool2d", "kernel_size", 2),
			layer("Dropout2d", "p", 0.2), conv(8, 12, 3, "groups", 2), relu, layer("AdaptiveAvgPool2d", "output_size", 2), flatten, linear(48, 20), relu, drop, linear(20, 4)),
		list("cnn implicit", []int{3, 16, 32}, 4, conv(3, 16, 3, "padding", 1), relu, conv(16, 8, 5, "padding", 2, "padding_mode", "reflect"), relu,
			layer("AvgPool2d", "kernel_size", 2), layer("GroupNorm", "num_groups", 2, "num_channels", 8), flatten, linear(1024, 4)),
		list("cnn strided", []int{2, 15, 9}, 6, conv(2, 6, 3, "stride", 2), layer("LeakyReLU"), layer("InstanceNorm2d", "num_features", 6, "affine", true),
			layer("Upsample", "scale_factor", 2, "mode", "bilinear"), layer("AdaptiveMaxPool2d", "output_size", 3), layer("PReLU", "num_parameters", 6), flatten, linear(54, 3)),
		list("conv1d", []int{4, 30}, 5, layer("Conv1d", "in_channels", 4, "out_channels", 6, "kernel_size", 5, "dilation", 2), relu, drop,
			layer("MaxPool1d", "kernel_size", 3, "padding", 1), flatten, linear(48, 3)),
		list("conv last", []int{2, 6, 6}, 3, conv(2, 5, 6), flatten),
		list("softmax and norms", []int{3, 20}, 6, layer("LayerNorm", "normalized_shape", 20), linear(20, 18), layer("Softmax", "dim", -1), layer("Mish"), flatten, linear(54, 30), layer("ELU"), layer("Unflatten", "dim", 1, "unflattened_size", []any{5, 6}), layer("Hardswish"), flatten, linear(30, 5)),
		list("attention", []int{5, 12}, 6, mha(12, 3, "dropout", 0.2), flatten, linear(60, 4)),
		list("attention twice", []int{7, 8}, 4, mha(8, 2), relu, mha(8, 4, "bias", false, "dropout", 0.1), layer("LayerNorm", "normalized_shape", 8), flatten, linear(56, 4)),
		list("encoder", []int{5, 12}, 6, encoder(12, 3, 17), flatten, linear(60, 4)),
		list("encoder norm first", []int{5, 12}, 6, encoder(12, 3, 17, "norm_first", true, "activation", "gelu", "dropout", 0.25), flatten, linear(60, 4)),
		list("encoder without dropout", []int{5, 12}, 6, encoder(12, 2, 30, "dropout", 0.0, "bias", false), flatten, linear(60, 4)),
		list("encoder large", []int{6, 128}, 4, linear(128, 128), encoder(128, 4, 600), encoder(128, 8, 512, "norm_first", true), flatten, linear(768, 10)),
		list("encoder last", []int{1, 6}, 4, encoder(6, 2, 9), flatten),
		tokens(50, list("tokens", []int{8}, 6, layer("Embedding", "num_embeddings", 50, "embedding_dim", 12, "padding_idx", 0), encoder(12, 2, 20), drop, flatten, linear(96, 5))),
		tokens(20, list("tokens head", []int{4}, 6, layer("Embedding", "num_embeddings", 20, "embedding_dim", 9), flatten, linear(36, 30), relu, linear(30, 5))),
		list("recurrent on top", []int{5, 6}, 6, linear(6, 6), rnn("GRU", "bidirectional", true), drop, flatten, linear(70, 4)),
	}
	for _, typ := range []string{"LSTM", "GRU", "RNN"} {
		all = append(all,
			list(strings.ToLower(typ), []int{5, 6}, 6, rnn(typ), flatten, linear(35, 4)),
			list(strings.ToLower(typ)+" deep", []int{5, 6}, 6, rnn(typ, "num_layers", 3, "dropout", 0.3, "bidirectional", true), relu, drop, flatten, linear(70, 4)))
	}
	return all
}

// weights are spread over ±1/√fan-in, variances are positive.
func (c network) weights() map[string]tensor.Tensor {
	rng := rand.New(rand.NewPCG(1, 2))
	w := map[string]tensor.Tensor{}
	for i, s := range c.specs {
		shapes, err := nn.ParamShapes(s)
		if err != nil {
			log.Fatalf("%s: %v", c.name, err)
		}
		for _, name := range slices.Sorted(maps.Keys(shapes)) {
			shape := shapes[name]
			t := tensor.Tensor{Shape: shape, Data: make([]float32, tensor.Size(shape))}
			scale := 1.0
			if len(shape) > 1 {
				scale = 2 / math.Sqrt(float64(len(t.Data)/shape[0]))
			}
			for j := range t.Data {
				v := (rng.Float64() - 0.5) * scale
				switch {
				case strings.HasSuffix(name, "num_batches_tracked"):
					v = 0
				case strings.HasSuffix(name, "running_var"), len(shape) == 1 && strings.HasSuffix(name, "weight"):
					v += 1
				}
				t.Data[j] = float32(v)
			}
			w[fmt.Sprintf("layers.%d.%s", i, name)] = t
		}
	}
	return w
}

func (c network) input(rng *rand.Rand, rows int) []float32 {
	x := make([]float32, rows*tensor.Size(c.in))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		if c.tokens > 0 {
			x[i] = float32(rng.IntN(c.tokens))
		}
	}
	return x
}

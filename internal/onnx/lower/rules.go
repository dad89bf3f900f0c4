package lower

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
)

func init() {
	rules = map[string]rule{
		"Gemm": gemm, "MatMul": matMul, "Attention": attention, "Softmax": softmax, "LogSoftmax": softmax, "LayerNormalization": layerNorm,
		"LSTM": recurrent("LSTM", 0, 2, 3, 1), "GRU": recurrent("GRU", 1, 0, 2), "RNN": recurrent("RNN", 0),
		"Conv": conv, "BatchNormalization": batchNorm, "MaxPool": pool("MaxPool"), "AveragePool": pool("AvgPool"),
		"GlobalAveragePool": global("AdaptiveAvgPool"), "GlobalMaxPool": global("AdaptiveMaxPool"),
		"ReduceMean": reduce("AdaptiveAvgPool", 1), "ReduceMax": reduce("AdaptiveMaxPool", 1), "ReduceSum": reduce("AdaptiveAvgPool", 0),
		"Flatten": reshape, "Reshape": reshape, "Squeeze": reshape, "Unsqueeze": reshape, "Transpose": transpose,
		"Gather": gather, "Slice": slice, "Split": splitNode, "Expand": expand, "Concat": concat, "Where": where,
		"Identity": alias, "Dropout": alias, "ZipMap": alias,
		"Add": join("Add"), "Sub": join("Sub"), "Mul": join("Mul"), "Div": join("Div"),
		"Relu": simple("ReLU", nil), "Sigmoid": simple("Sigmoid", nil), "SiLU": simple("SiLU", nil), "Tanh": simple("Tanh", nil),
		"HardSwish": simple("Hardswish", nil), "Mish": simple("Mish", nil), "Softplus": simple("Softplus", nil),
		"LeakyRelu": alpha("LeakyReLU", "negative_slope", 0.01), "Elu": alpha("ELU", "alpha", 1), "Celu": alpha("CELU", "alpha", 1),
		"Gelu":        simple("GELU", func(nd onnx.View) (args, error) { return args{"approximate": text(nd, "approximate", "none")}, nil }),
		"HardSigmoid": simple("Hardsigmoid", hardSigmoid), "PRelu": prelu,
		"Cast": cast, "Equal": equal, "Not": not, "And": and, "Clip": clip,
		"LinearClassifier": linearClassifier, "Normalizer": normalizer, "Scaler": scaler,
	}
}

// alias is a node that changes nothing.
func alias(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

// simple is a rule for a layer without weights that computes element by element.
func simple(typ string, params func(nd onnx.View) (args, error)) rule {
	return func(l *lowerer, _ int, nd onnx.View) error {
		v, err := l.data(nd, 0)
		if err != nil {
			return err
		}
		var p args
		if params != nil {
			if p, err = params(nd); err != nil {
				return err
			}
		}
		return l.set(nd.Out[0], v.with(l.add(typ, p, nil, v.id)))
	}
}

// alpha is a rule for a layer with one number.
func alpha(typ, name string, def float32) rule {
	return simple(typ, func(nd onnx.View) (args, error) { return args{name: number(float(nd, "alpha", def))}, nil })
}

// hardSigmoid is PyTorch's, of slope 1/6.
func hardSigmoid(nd onnx.View) (args, error) {
	if math.Abs(float64(float(nd, "alpha", 0.2))-1.0/6) > 1e-6 || float(nd, "beta", 0.5) != 0.5 {
		return nil, fmt.Errorf("alpha is not 1/6")
	}
	return nil, nil
}

func prelu(l *lowerer, _ int, nd onnx.View) error {
	slope, err := l.constant(nd, 1)
	if err != nil {
		return err
	}
	in, err := l.shape(nd)
	if err != nil {
		return err
	}
	// One for all, or one for each channel: [channels, 1, …].
	if n := slope.Size(); n != 1 && (n != in[0] || len(slope.Shape) != len(in) || slope.Shape[0] != n) {
		return fmt.Errorf("slopes of shape %v", slope.Shape)
	}
	own := *slope
	own.Shape = []int{slope.Size()}
	return l.layer(nd, "PReLU", args{"num_parameters": float64(slope.Size())}, weights{"weight": &own})
}

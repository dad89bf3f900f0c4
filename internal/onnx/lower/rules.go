package lower

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

func init() {
	rules = map[string]func(*lowerer, int, onnx.View) error{
		"Gemm": gemm, "MatMul": matMul, "Conv": conv, "BatchNormalization": batchNorm, "LayerNormalization": layerNorm,
		"MaxPool": pool("MaxPool"), "AveragePool": pool("AvgPool"), "ReduceMean": reduceMean,
		"GlobalAveragePool": global("AdaptiveAvgPool"), "GlobalMaxPool": global("AdaptiveMaxPool"),
		"Flatten": reshape, "Reshape": reshape, "Squeeze": reshape, "Unsqueeze": reshape,
		"Identity": alias, "Dropout": alias, "Cast": alias,
		"Add": join("Add"), "Mul": join("Mul"), "Concat": concat, "Softmax": softmax, "Gather": gather,
		"Relu": simple("ReLU", nil), "Sigmoid": simple("Sigmoid", nil), "SiLU": simple("SiLU", nil), "Tanh": simple("Tanh", nil), "HardSwish": simple("Hardswish", nil), "Mish": simple("Mish", nil),
		"LeakyRelu": alpha("LeakyReLU", "negative_slope", 0.01), "Elu": alpha("ELU", "alpha", 1),
		"Gelu":        simple("GELU", func(nd onnx.View) (args, error) { return args{"approximate": text(nd, "approximate", "none")}, nil }),
		"HardSigmoid": hardSigmoid, "PRelu": prelu,
		"LinearClassifier": linearClassifier, "Normalizer": normalizer,
	}
}

// shortest is the float64 of a float32's shortest decimal form.
func shortest(f float32) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	return v
}

// gemm is a Linear: y = x·W + b.
func gemm(l *lowerer, _ int, nd onnx.View) error {
	w, err := l.constant(nd, 1)
	if err != nil {
		return err
	}
	if integer(nd, "transA", 0) != 0 {
		return fmt.Errorf("transA")
	}
	if integer(nd, "transB", 0) == 0 {
		w = ops.Turned(w)
	}
	w = scaled(w, float(nd, "alpha", 1))
	var b *ops.Value
	if len(nd.In) > 2 && nd.In[2] >= 0 {
		if b, err = l.constant(nd, 2); err != nil {
			return err
		}
		if b, err = biasOf(b, w.Shape[0]); err != nil {
			return err
		}
		b = scaled(b, float(nd, "beta", 1))
	}
	return l.linear(nd, nd.Out[0], w, b)
}

// linear makes a Linear of weights [out, in].
func (l *lowerer) linear(nd onnx.View, out int, w, b *ops.Value) error {
	x, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	params := args{"in_features": float64(w.Shape[1]), "out_features": float64(w.Shape[0])}
	ws := weights{"weight": w}
	if b == nil {
		params["bias"] = false
	} else {
		ws["bias"] = b
	}
	l.values[out] = l.add("Linear", params, ws, x)
	return nil
}

// matMul is a Linear, with the Add behind it.
func matMul(l *lowerer, _ int, nd onnx.View) error {
	w, err := l.constant(nd, 1)
	if err != nil {
		return err
	}
	if len(w.Shape) != 2 {
		return fmt.Errorf("weights of shape %v", w.Shape)
	}
	w = ops.Turned(w)
	if i, add, ok := l.only(nd.Out[0]); ok && add.OpType == "Add" {
		for k := range 2 {
			if add.In[k] != nd.Out[0] {
				continue
			}
			if c, err := l.constant(add, 1-k); err == nil {
				if b, err := biasOf(c, w.Shape[0]); err == nil {
					l.done[i] = true
					return l.linear(nd, add.Out[0], w, b)
				}
			}
		}
	}
	return l.linear(nd, nd.Out[0], w, nil)
}

func scaled(v *ops.Value, by float32) *ops.Value {
	if by == 1 {
		return v
	}
	out := slices.Clone(v.F)
	for i := range out {
		out[i] *= by
	}
	return ops.Float(out, v.Shape...)
}

// biasOf is a bias of n numbers; one number stands for all.
func biasOf(b *ops.Value, n int) (*ops.Value, error) {
	if len(b.Shape) > 0 && b.Shape[len(b.Shape)-1] == n && b.Size() == n {
		return ops.Float(b.F, n), nil
	}
	if b.Size() != 1 {
		return nil, fmt.Errorf("a bias of shape %v for %d outputs", b.Shape, n)
	}
	return ops.Float(slices.Repeat(b.F, n), n), nil
}

// gather of one entry is a Select: the first token, the last step.
func gather(l *lowerer, _ int, nd onnx.View) error {
	in, _, err := l.shapes(nd)
	if err != nil {
		return err
	}
	index := l.net.Const(nd.In[1])
	if index == nil || len(index.I) != 1 || len(index.Shape) != 0 {
		return fmt.Errorf("more than one entry, or one that is not constant")
	}
	axis := integer(nd, "axis", 0)
	if axis < 0 {
		axis += len(in) + 1
	}
	return l.layer(nd, "Select", args{"dim": float64(axis), "index": float64(index.I[0])}, nil)
}

// alias is a node that changes nothing.
func alias(l *lowerer, _ int, nd onnx.View) error {
	x, err := l.data(nd, 0)
	if err == nil {
		l.values[nd.Out[0]] = x
	}
	return err
}

// reshape is a Flatten, an Unflatten, both, or nothing.
func reshape(l *lowerer, _ int, nd onnx.View) error {
	in, out, err := l.shapes(nd)
	if err != nil {
		return err
	}
	x, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	if slices.Equal(in, out) {
		l.values[nd.Out[0]] = x
		return nil
	}
	if len(out) == 0 {
		return fmt.Errorf("an output without features")
	}
	if len(in) > 1 {
		x = l.add("Flatten", nil, nil, x)
	}
	if len(out) > 1 {
		x = l.add("Unflatten", args{"dim": 1.0, "unflattened_size": list(out)}, nil, x)
	}
	l.values[nd.Out[0]] = x
	return nil
}

// join is a layer of several inputs of one shape.
func join(typ string) func(*lowerer, int, onnx.View) error {
	return func(l *lowerer, _ int, nd onnx.View) error {
		a, ok := l.net.Shape(nd.In[0])
		b, ok2 := l.net.Shape(nd.In[1])
		if !ok || !ok2 || !slices.Equal(a, b) {
			return fmt.Errorf("its inputs are not of one shape")
		}
		return l.joined(typ, nil, nd)
	}
}

func (l *lowerer) joined(typ string, params args, nd onnx.View) error {
	var inputs []int
	for k := range nd.In {
		x, err := l.data(nd, k)
		if err != nil {
			return err
		}
		inputs = append(inputs, x)
	}
	l.values[nd.Out[0]] = l.add(typ, params, nil, inputs...)
	return nil
}

func concat(l *lowerer, _ int, nd onnx.View) error {
	_, out, err := l.shapes(nd)
	if err != nil {
		return err
	}
	if len(nd.In) == 1 {
		return alias(l, 0, nd)
	}
	axis := integer(nd, "axis", 0)
	if axis < 0 {
		axis += len(out) + 1
	}
	return l.joined("Concat", args{"dim": float64(axis)}, nd)
}

func softmax(l *lowerer, _ int, nd onnx.View) error {
	in, _, err := l.shapes(nd)
	if err != nil {
		return err
	}
	def := -1
	if nd.Opset < 13 {
		def = 1
	}
	axis := integer(nd, "axis", def)
	if axis < 0 {
		axis += len(in) + 1
	}
	if axis == 0 || nd.Opset < 13 && axis != len(in) {
		return fmt.Errorf("axis %d", axis)
	}
	return l.layer(nd, "Softmax", args{"dim": float64(axis)}, nil)
}

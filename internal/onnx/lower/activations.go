package lower

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
)

// sigmoid alone, or with the Mul behind it a SiLU.
func sigmoid(l *lowerer, _ int, nd onnx.View) error {
	if done, err := l.gated(nd, "SiLU"); done {
		return err
	}
	return l.layer(nd, "Sigmoid", nil, nil)
}

// hardSigmoid is PyTorch's, of slope 1/6; with the Mul behind it a Hardswish.
func hardSigmoid(l *lowerer, _ int, nd onnx.View) error {
	if math.Abs(float64(float(nd, "alpha", 0.2))-1.0/6) > 1e-6 || float(nd, "beta", 0.5) != 0.5 {
		return fmt.Errorf("alpha is not 1/6")
	}
	if done, err := l.gated(nd, "Hardswish"); done {
		return err
	}
	return l.layer(nd, "Hardsigmoid", nil, nil)
}

// gated recognises x·f(x) for the activation f of nd.
func (l *lowerer) gated(nd onnx.View, typ string) (bool, error) {
	i, behind, ok := l.only(nd.Out[0])
	if !ok || behind.OpType != "Mul" || !slices.Contains(behind.In, nd.In[0]) {
		return false, nil
	}
	x, err := l.data(nd, 0)
	if err == nil {
		l.done[i] = true
		l.values[behind.Out[0]] = l.add(typ, nil, nil, x)
	}
	return true, err
}

// geluPattern is what exporters write before version 20 of the operators:
// x / √2, Erf, + 1, times x, times 0.5.
func geluPattern(l *lowerer, i int, nd onnx.View) error {
	x := nd.In[0]
	at, chain := nd.Out[0], []int{}
	if !l.isNumber(nd, 1, math.Sqrt2) {
		return fmt.Errorf("no layer does it")
	}
	for _, want := range []string{"Erf", "Add", "Mul", "Mul"} {
		k, next, ok := l.only(at)
		if !ok || next.OpType != want {
			return fmt.Errorf("no layer does it")
		}
		switch len(chain) {
		case 1:
			ok = l.isNumber(next, 0, 1) || l.isNumber(next, 1, 1)
		case 2: // times x, or times a half of x
			ok = slices.Contains(next.In, x)
		case 3:
			ok = l.isNumber(next, 0, 0.5) || l.isNumber(next, 1, 0.5)
		}
		if !ok {
			return fmt.Errorf("no layer does it")
		}
		chain, at = append(chain, k), next.Out[0]
	}
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	for _, k := range chain {
		l.done[k] = true
	}
	l.values[at] = l.add("GELU", nil, nil, v)
	return nil
}

// isNumber reports whether input k is one number, about so much.
func (l *lowerer) isNumber(nd onnx.View, k int, want float64) bool {
	c, err := l.constant(nd, k)
	return err == nil && c.Size() == 1 && math.Abs(float64(c.F[0])-want) < 1e-5
}

// mul is the product of two values.
func mul(l *lowerer, i int, nd onnx.View) error { return join("Mul")(l, i, nd) }

func prelu(l *lowerer, _ int, nd onnx.View) error {
	slope, err := l.constant(nd, 1)
	if err != nil {
		return err
	}
	in, _, err := l.shapes(nd)
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

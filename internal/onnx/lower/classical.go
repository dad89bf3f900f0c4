package lower

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// linearClassifier is a Linear, and a Softmax if it gives probabilities of several
// classes.
func linearClassifier(l *lowerer, _ int, nd onnx.View) error {
	in, err := l.shape(nd)
	if err != nil || len(in) != 1 || len(nd.Out) < 2 || nd.Out[1] < 0 || len(l.users[nd.Out[0]]) > 0 {
		return fmt.Errorf("its label is used, or the batch is not the first dimension")
	}
	w, b := attr(nd, "coefficients"), attr(nd, "intercepts")
	classes := len(w.Floats) / in[0]
	post := text(nd, "post_transform", "NONE")
	if classes < 2 || post != "NONE" && post != "SOFTMAX" {
		return fmt.Errorf("%d rows of coefficients with post_transform %s", classes, post)
	}
	var bias *ops.Value
	if b != nil && len(b.Floats) > 0 {
		bias = ops.Float(b.Floats, classes)
	}
	if err := l.linear(nd, nd.Out[1], ops.Float(w.Floats, classes, in[0]), bias); err != nil {
		return err
	}
	if post == "SOFTMAX" {
		v := l.values[nd.Out[1]]
		return l.set(nd.Out[1], v.with(l.add("Softmax", args{"dim": 1.0}, nil, v.id)))
	}
	return nil
}

// scaler is (x − offset)·scale, of one number or one for each feature.
func scaler(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	for _, by := range []struct{ op, attr string }{{"Add", "offset"}, {"Mul", "scale"}} {
		a := attr(nd, by.attr)
		if a == nil {
			continue
		}
		c := ops.Float(a.Floats, len(a.Floats))
		if len(v.dims) == 0 || c.Size() != 1 && c.Size() != v.size(v.dims[len(v.dims)-1]) {
			return fmt.Errorf("%d numbers for dimensions %v", c.Size(), v.all())
		}
		if by.op == "Add" {
			c = scaled(c, -1)
		}
		if v, err = l.broadcast(by.op, v, c); err != nil {
			return err
		}
	}
	return l.set(nd.Out[0], v)
}

// normalizer of probabilities does nothing: they add up to 1 already.
func normalizer(l *lowerer, _ int, nd onnx.View) error {
	x, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	if x.id == 0 || l.layers[x.id-1].Type != "Softmax" || text(nd, "norm", "MAX") != "L1" {
		return fmt.Errorf("no layer does it")
	}
	return l.set(nd.Out[0], x)
}

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

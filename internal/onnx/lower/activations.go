package lower

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
)

// hardSigmoid is PyTorch's, of slope 1/6.
func hardSigmoid(l *lowerer, _ int, nd onnx.View) error {
	if math.Abs(float64(float(nd, "alpha", 0.2))-1.0/6) > 1e-6 || float(nd, "beta", 0.5) != 0.5 {
		return fmt.Errorf("alpha is not 1/6")
	}
	return l.layer(nd, "Hardsigmoid", nil, nil)
}

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

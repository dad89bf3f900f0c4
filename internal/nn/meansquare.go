package nn

import (
	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/mat"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

// meanSquare is torch.nn.MSELoss with reduction "mean" as a spago function.
type meanSquare struct {
	outputs mat.Tensor
	targets []float32
	diff    []float32
	loss    float64
}

var _ ag.AutoGradFunction = (*meanSquare)(nil)

// Operands are the outputs.
func (c *meanSquare) Operands() []mat.Tensor { return []mat.Tensor{c.outputs} }

// Forward returns the mean of the squared differences.
func (c *meanSquare) Forward() (mat.Tensor, error) {
	c.diff = append(c.diff[:0], layers.Backing(c.outputs.Value())...)
	sum := 0.0
	for i, v := range c.targets {
		c.diff[i] -= v
		sum += float64(float64(c.diff[i]) * float64(c.diff[i]))
	}
	c.loss = sum / float64(len(c.targets))
	return mat.Scalar(float32(c.loss)), nil
}

// Backward adds the gradient of the outputs.
func (c *meanSquare) Backward(gy mat.Tensor) error {
	scale := float32(2 * gy.Item().F64() / float64(len(c.diff)))
	for i := range c.diff {
		c.diff[i] *= scale
	}
	c.outputs.AccGrad(mat.NewDense[float32](mat.WithShape(c.outputs.Value().Shape()...), mat.WithBacking(c.diff)))
	return nil
}

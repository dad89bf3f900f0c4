package ops

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// activations are a direction's functions.
func (c *Call) activations(d, n int) []func(y []float32) {
	names := c.attrStrings("activations")
	if names == nil {
		tanh, sigmoid := replaces(kernel.Tanh), replaces(kernel.Sigmoid)
		return [][]func(y []float32){{tanh}, {sigmoid, tanh}, {sigmoid, tanh, tanh}}[n-1]
	}
	c.need(len(names) >= (d+1)*n, "%d activations", len(names))
	alpha, beta := c.attrFloats("activation_alpha"), c.attrFloats("activation_beta")
	var out []func(y []float32)
	for i, name := range names[d*n : (d+1)*n] {
		param := func(list []float32, def float64) float64 {
			if k := d*n + i; k < len(list) {
				return float64(list[k])
			}
			return def
		}
		out = append(out, c.activation(name, func(def float64) float64 { return param(alpha, def) }, func(def float64) float64 { return param(beta, def) }))
	}
	return out
}

// activation is a function by name; alpha and beta give its numbers, or a default.
func (c *Call) activation(name string, alpha, beta func(def float64) float64) func(y []float32) {
	switch name {
	case "Tanh", "tanh":
		return replaces(kernel.Tanh)
	case "Sigmoid", "sigmoid":
		return replaces(kernel.Sigmoid)
	case "Relu", "relu":
		return func(y []float32) { kernel.ReLU(y, y) }
	}
	f := c.scalarActivation(name, alpha, beta)
	return func(y []float32) {
		for i, v := range y {
			y[i] = float32(f(float64(v)))
		}
	}
}

// replaces is a function that overwrites its argument.
func replaces(f kernel.Func) func(y []float32) { return func(y []float32) { kernel.Apply(f, y, y) } }

func (c *Call) scalarActivation(name string, alpha, beta func(def float64) float64) func(float64) float64 {
	switch name {
	case "HardSigmoid":
		a, b := alpha(0.2), beta(0.5)
		return func(x float64) float64 { return clamp(a*x+b, 0, 1) }
	case "LeakyRelu":
		a := alpha(0.01)
		return func(x float64) float64 { return max(x, 0) + a*min(x, 0) }
	case "Elu":
		a := alpha(1)
		return func(x float64) float64 { return elu(x, a) }
	case "Softsign":
		return func(x float64) float64 { return x / (1 + math.Abs(x)) }
	case "Softplus":
		return softplus
	case "Affine":
		a, b := alpha(1), beta(0)
		return func(x float64) float64 { return a*x + b }
	}
	c.failf("%w: activation %.40q", ErrUnsupported, name)
	return nil
}

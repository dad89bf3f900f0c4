package ops

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	number("Abs", math.Abs, func(x int64) int64 { return max(x, -x) })
	number("Neg", func(x float64) float64 { return -x }, func(x int64) int64 { return -x })
	number("Sign", func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}, func(x int64) int64 { return truth(x > 0) - truth(x < 0) })
	register("Relu", 1, 1, "", func(c *Call) {
		if c.In[0].Type.Integer() {
			c.unaryInt(c.In[0].Type, func(x int64) int64 { return max(x, 0) })
			return
		}
		c.each(kernel.ReLU)
	})
	for name, f := range map[string]kernel.Func{"Exp": kernel.Exp, "Erf": kernel.Erf, "Tanh": kernel.Tanh, "Sigmoid": kernel.Sigmoid, "HardSwish": kernel.HardSwish, Internal + ":SiLU": kernel.SiLU} {
		register(name, 1, 1, "", func(c *Call) { c.vector(f) })
	}
	for name, f := range map[string]func(float64) float64{
		"Sqrt": math.Sqrt, "Log": math.Log, "Floor": math.Floor, "Ceil": math.Ceil,
		"Round": math.RoundToEven, "Sin": math.Sin, "Cos": math.Cos, "Tan": math.Tan,
		"Asin": math.Asin, "Acos": math.Acos, "Atan": math.Atan, "Sinh": math.Sinh, "Cosh": math.Cosh,
		"Asinh": math.Asinh, "Acosh": math.Acosh, "Atanh": math.Atanh,
		"Reciprocal": func(x float64) float64 { return 1 / x },
		"Softplus":   softplus,
		"Softsign":   func(x float64) float64 { return x / (1 + math.Abs(x)) },
		"Mish":       func(x float64) float64 { return x * math.Tanh(softplus(x)) },
	} {
		number(name, f, nil)
	}
	parametric("LeakyRelu", 0.01, func(x, a float64) float64 {
		if x < 0 {
			return a * x
		}
		return x
	})
	parametric("Elu", 1, elu)
	parametric("ThresholdedRelu", 1, func(x, a float64) float64 {
		if x > a {
			return x
		}
		return 0
	})
	parametric("Celu", 1, func(x, a float64) float64 { return max(0, x) + min(0, a*math.Expm1(x/a)) })
	register("Selu", 1, 1, "alpha gamma", func(c *Call) {
		a, g := float64(c.attrFloat("alpha", 1.6732632423543772)), float64(c.attrFloat("gamma", 1.0507009873554805))
		c.unary(func(x float64) float64 { return g * elu(x, a) })
	})
	register("HardSigmoid", 1, 1, "alpha beta", func(c *Call) {
		c.scaled(kernel.HardSigmoid, c.attrFloat("alpha", 0.2), c.attrFloat("beta", 0.5))
	})
	register("Gelu", 1, 1, "approximate", func(c *Call) {
		if c.attrString("approximate", "none", "tanh") == "tanh" {
			c.vector(kernel.GELUTanh)
			return
		}
		c.vector(kernel.GELU)
	})
	register("Not", 1, 1, "", func(c *Call) {
		c.need(c.In[0].Type == wire.Bool, "input of type %s, want bool", c.In[0].Type)
		c.unaryInt(wire.Bool, func(x int64) int64 { return 1 - x })
	})
	register("IsNaN", 1, 1, "", func(c *Call) { c.test(func(x float64) bool { return x != x }) })
	register("IsInf", 1, 1, "detect_negative detect_positive", func(c *Call) {
		neg, pos := c.attrInt("detect_negative", 1) != 0, c.attrInt("detect_positive", 1) != 0
		c.test(func(x float64) bool { return pos && math.IsInf(x, 1) || neg && math.IsInf(x, -1) })
	})
	register("Clip", 1, 3, "min max", clip)
}

func clamp(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func elu(x, alpha float64) float64 {
	if x < 0 {
		return alpha * math.Expm1(x)
	}
	return x
}

// unary computes f of every floating-point element, in float64.
func (c *Call) unary(f func(float64) float64) {
	x := c.floats(0)
	y := c.out(0, x.Type, x.Shape...)
	c.work(10 * float64(x.Size()))
	if c.trial() {
		return
	}
	for i, v := range x.F {
		y.F[i] = float32(f(float64(v)))
	}
}

// vector computes a function that the kernels have.
func (c *Call) vector(f kernel.Func) {
	c.each(func(y, x []float32) { kernel.Apply(f, y, x) })
}

func (c *Call) scaled(f kernel.Scaled, a, b float32) {
	c.each(func(y, x []float32) { kernel.ApplyScaled(f, y, x, a, b) })
}

// each computes all floating-point elements in one call of f.
func (c *Call) each(f func(y, x []float32)) {
	x := c.floats(0)
	y := c.full(0, x.Type, x.Shape...)
	c.work(10 * float64(x.Size()))
	if !c.trial() {
		c.parallelSpans(len(y.F), 1, func(lo, hi int) { f(y.F[lo:hi], x.F[lo:hi]) })
	}
}

func (c *Call) unaryInt(t wire.DataType, f func(int64) int64) {
	y := c.out(0, t, c.In[0].Shape...)
	if c.trial() {
		return
	}
	for i, v := range c.In[0].I {
		y.I[i] = wrap(f(v), t)
	}
}

// test computes a condition of every floating-point element.
func (c *Call) test(f func(float64) bool) {
	x := c.floats(0)
	y := c.out(0, wire.Bool, x.Shape...)
	if c.trial() {
		return
	}
	for i, v := range x.F {
		y.I[i] = truth(f(float64(v)))
	}
}

// number registers an operator on floating-point numbers and, if g is not nil,
// integers.
func number(name string, f func(float64) float64, g func(int64) int64) {
	register(name, 1, 1, "", func(c *Call) {
		if g != nil && c.In[0].Type.Integer() {
			c.unaryInt(c.In[0].Type, g)
			return
		}
		c.unary(f)
	})
}

// parametric registers an operator with one number, alpha, as an attribute.
func parametric(name string, def float32, f func(x, a float64) float64) {
	register(name, 1, 1, "alpha", func(c *Call) {
		a := float64(c.attrFloat("alpha", def))
		c.unary(func(x float64) float64 { return f(x, a) })
	})
}

// clip takes its bounds from attributes before version 11.
func clip(c *Call) {
	x := c.In[0]
	y := c.out(0, x.Type, x.Shape...)
	if !x.Type.Floating() {
		lo, hi := c.intBound(1, math.MinInt64), c.intBound(2, math.MaxInt64)
		for i := range y.I {
			y.I[i] = min(max(x.I[i], lo), hi)
		}
		return
	}
	lo, hi := c.floatOf(1, float32(math.Inf(-1))), c.floatOf(2, float32(math.Inf(1)))
	if c.Opset < 11 {
		lo, hi = c.attrFloat("min", lo), c.attrFloat("max", hi)
	}
	if !c.trial() {
		kernel.ApplyScaled(kernel.Clamp, y.F, x.F, lo, hi)
	}
}

// intBound is the one value of an integer input that may be absent.
func (c *Call) intBound(i int, def int64) int64 {
	if c.in(i) == nil {
		return def
	}
	c.need(c.In[i].Size() == 1, "input %d has %d elements, want 1", i, c.In[i].Size())
	c.ints(i)
	return c.In[i].I[0]
}

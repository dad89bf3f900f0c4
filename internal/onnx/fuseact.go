package onnx

import (
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// factors are what a value is the product of, numbers multiplied together.
func (f *fuser) factors(v int) (values []int, number float64) {
	if c, ok := f.number(v); ok {
		return nil, c
	}
	nd := f.by(v, "Mul")
	if nd == nil {
		return []int{v}, 1
	}
	return f.factorsOf(nd)
}

func (f *fuser) factorsOf(nd *node) (values []int, number float64) {
	a, x := f.factors(nd.in[0])
	b, y := f.factors(nd.in[1])
	return append(a, b...), x * y
}

// gelu is 0.5·x·(1 + erf(x/√2)), or its approximation by tanh, in any order.
func (f *fuser) gelu(nd *node) bool {
	if nd.OpType != "Mul" {
		return false
	}
	values, half := f.factorsOf(nd)
	if len(values) != 2 || math.Abs(half-0.5) > 1e-6 {
		return false
	}
	for k, v := range values {
		sum, ok := f.is(f.by(v, "Add"), 1)
		if !ok {
			continue
		}
		if erf := f.by(sum, "Erf"); erf != nil && f.isRootHalf(erf.in[0], values[1-k]) {
			return f.replace(nd, "Gelu", []int{values[1-k]})
		}
		if tanh := f.by(sum, "Tanh"); tanh != nil && f.isCubic(tanh.in[0], values[1-k]) {
			return f.replace(nd, "Gelu", []int{values[1-k]}, &wire.Attribute{Name: "approximate", Type: wire.AttrString, S: "tanh"})
		}
	}
	return false
}

// isRootHalf reports whether v is x/√2.
func (f *fuser) isRootHalf(v, x int) bool {
	if by, ok := f.is(f.by(v, "Mul"), math.Sqrt2/2); ok {
		return by == x
	}
	div := f.by(v, "Div")
	if div == nil || div.in[0] != x {
		return false
	}
	c, ok := f.number(div.in[1])
	return ok && math.Abs(c-math.Sqrt2) < 1e-5
}

// isCubic reports whether v is √(2/π)·(x + 0.044715·x³).
func (f *fuser) isCubic(v, x int) bool {
	values, c := f.factors(v)
	if len(values) != 1 || math.Abs(c-math.Sqrt(2/math.Pi)) > 1e-5 {
		return false
	}
	sum := f.by(values[0], "Add")
	if sum == nil {
		return false
	}
	for k, v := range sum.in {
		cube, c := f.factors(v)
		if sum.in[1-k] != x || math.Abs(c-0.044715) > 1e-6 {
			continue
		}
		return slices.Equal(cube, []int{x, x, x}) || len(cube) == 1 && f.isPower(cube[0], x, 3)
	}
	return false
}

// isPower reports whether v is x to the power of n.
func (f *fuser) isPower(v, x int, n float64) bool {
	pow := f.by(v, "Pow")
	if pow == nil || pow.in[0] != x {
		return false
	}
	c, ok := f.number(pow.in[1])
	if whole := f.p.consts[pow.in[1]]; whole != nil && len(whole.I) == 1 {
		c, ok = float64(whole.I[0]), true
	}
	return ok && c == n
}

// gated is x·f(x).
func (f *fuser) gated(nd *node) bool {
	if nd.OpType != "Mul" {
		return false
	}
	for k, v := range nd.in {
		act := f.by(v, "Sigmoid", "HardSigmoid")
		if act == nil || act.in[0] != nd.in[1-k] {
			continue
		}
		if act.OpType == "Sigmoid" {
			return f.replace(nd, "SiLU", act.in)
		}
		if math.Abs(float64(floatOf(act.Node, "alpha", 0.2))-1./6) < 1e-6 && floatOf(act.Node, "beta", 0.5) == 0.5 {
			return f.replace(nd, "HardSwish", act.in)
		}
	}
	return false
}

func floatOf(n *wire.Node, name string, def float32) float32 {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.F
		}
	}
	return def
}

// activation puts an activation behind a product's or a convolution's epilogue, which has
// room for one.
func (f *fuser) activation(nd *node) bool {
	attrs, ok := f.activationAttrs(nd)
	if !ok {
		return false
	}
	before := f.by(nd.in[0], "Conv", "Linear")
	if before == nil || stringOf(before.Node, "activation") != "" {
		return false
	}
	all := append(slices.Clone(before.Attributes), &wire.Attribute{Name: "activation", Type: wire.AttrString, S: nd.OpType})
	return f.replace(nd, before.OpType, before.in, append(all, attrs...)...)
}

// activationAttrs are the numbers of an activation of those that [ops.Activations] lists.
func (f *fuser) activationAttrs(nd *node) (attrs []*wire.Attribute, ok bool) {
	a, b := float32(0), float32(0)
	switch nd.OpType {
	case "Gelu":
		if len(nd.Attributes) > 0 {
			return nil, false
		}
	case "HardSigmoid":
		a, b = floatOf(nd.Node, "alpha", 0.2), floatOf(nd.Node, "beta", 0.5)
	case "Clip":
		lo, hi := math.Inf(-1), math.Inf(1)
		if nd.opset < 11 {
			return nil, false
		}
		for i, bound := range []*float64{&lo, &hi} {
			if len(nd.in) > i+1 && nd.in[i+1] >= 0 {
				var known bool
				if *bound, known = f.number(nd.in[i+1]); !known {
					return nil, false
				}
			}
		}
		a, b = float32(lo), float32(hi)
	}
	return []*wire.Attribute{floatAttr("a", a), floatAttr("b", b)}, slices.Contains(ops.Activations(), nd.OpType)
}

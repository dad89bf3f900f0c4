package lower

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Truth values, as masks are made of, are the numbers 0 and 1 in the head.

// equal compares whole numbers, such as token ids, with one number.
func equal(l *lowerer, _ int, nd onnx.View) error {
	for k := range 2 {
		c := l.net.PerSample(nd.In[1-k])
		if c == nil || len(c.I) == 0 || !alike(c.I) || math.Abs(float64(c.I[0])) > 1<<24 {
			continue
		}
		v, err := l.data(nd, k)
		if err != nil {
			return err
		}
		return l.set(nd.Out[0], l.equals(v, float32(c.I[0])))
	}
	return fmt.Errorf("it does not compare whole numbers with one number")
}

// equals is 1 where a value is a number, and else 0.
func (l *lowerer) equals(v value, number float32) value {
	return v.with(l.add("Equal", args{"value": float64(number)}, nil, v.id))
}

// not is 1 − a truth value.
func (l *lowerer) not(v value) value { return l.plus(l.times(v, -1), 1) }

// plus is a value plus a number.
func (l *lowerer) plus(v value, n float32) value {
	if n == 0 {
		return v
	}
	return v.with(l.add("Bias", args{"value": number(n)}, nil, v.id))
}

func not(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	return l.set(nd.Out[0], l.not(v))
}

// and is the product of truth values, of which one may be the same for all samples: all, or what
// is not behind the diagonal.
func and(l *lowerer, _ int, nd onnx.View) error {
	for k := range 2 {
		c := l.net.PerSample(nd.In[1-k])
		switch {
		case c == nil || len(c.I) == 0:
		case alike(c.I) && c.I[0] == 1:
			return l.expand(nd, k)
		case causal(c.Shape, c.I, func(x int64) bool { return x == 0 }):
			return l.masked(nd, k, 0)
		default:
			return fmt.Errorf("a mask that is not causal (no token sees those after it)")
		}
	}
	return join("Mul")(l, 0, nd)
}

// cast changes nothing but for truth values of numbers: whether they are 0.
func cast(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	from, to := l.net.Type(nd.In[0]), wire.DataType(integer(nd, "to", 0))
	switch {
	case to == wire.Bool && from != wire.Bool:
		v = l.not(l.equals(v, 0))
	case from.Floating() && !to.Floating():
		return fmt.Errorf("numbers that are cut to whole ones")
	}
	return l.set(nd.Out[0], v)
}

// chosen takes one of two values by a condition that depends on the samples, at least one of them a
// number: a padding mask. It is c·a + (1 − c)·b.
func (l *lowerer) chosen(nd onnx.View) error {
	c, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	to := l.net.Dims(nd.Out[0])
	if c, err = l.expanded(c, to); err != nil {
		return err
	}
	var sum []value
	var numbers [2]float32
	for k, is := range []value{c, l.not(c)} {
		if n := l.net.PerSample(nd.In[k+1]); n != nil && len(n.F) > 0 && alike(n.F) {
			numbers[k] = min(max(n.F[0], layers.Lowest), -layers.Lowest)
			sum = append(sum, l.times(is, numbers[k]))
			continue
		}
		v, err := l.data(nd, k+1)
		if err != nil {
			return err
		}
		if v, err = l.expanded(v, to); err != nil {
			return err
		}
		if v, err = l.joined("Mul", v, is); err != nil {
			return err
		}
		sum = append(sum, v)
	}
	switch {
	case numbers[0] == 0 && l.isNumber(nd.In[1]):
		return l.set(nd.Out[0], sum[1])
	case numbers[1] == 0 && l.isNumber(nd.In[2]):
		return l.set(nd.Out[0], sum[0])
	}
	v, err := l.joined("Add", sum[0], sum[1])
	if err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

func (l *lowerer) isNumber(v int) bool {
	n := l.net.PerSample(v)
	return n != nil && len(n.F) > 0 && alike(n.F)
}

// joined is a layer of two values of the same dimensions.
func (l *lowerer) joined(typ string, a, b value) (value, error) {
	if !a.same(b) || !slices.Equal(a.have, b.have) {
		a, b = l.canonical(a), l.canonical(b)
	}
	if !a.same(b) || !slices.Equal(a.have, b.have) {
		return a, fmt.Errorf("its inputs have the batch at different places")
	}
	return a.with(l.add(typ, nil, nil, a.id, b.id)), nil
}

// clip keeps numbers between two.
func clip(l *lowerer, _ int, nd onnx.View) error {
	bounds := [2]float32{float(nd, "min", layers.Lowest), float(nd, "max", -layers.Lowest)}
	for k := range bounds {
		if has(nd, k+1) {
			c, err := l.constant(nd, k+1)
			if err != nil || c.Size() != 1 {
				return fmt.Errorf("its bounds are not constant")
			}
			bounds[k] = min(max(c.F[0], layers.Lowest), -layers.Lowest)
		}
	}
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	return l.set(nd.Out[0], v.with(l.add("Hardtanh", args{"min_val": number(bounds[0]), "max_val": number(bounds[1])}, nil, v.id)))
}

// copies reports whether a value holds nothing but entries of one constant: what is learned is then
// learned of them, however often they are repeated for a batch.
func (l *lowerer) copies(v int) bool {
	for range maxCopies {
		if l.net.Const(v) != nil {
			return true
		}
		i, ok := l.from[v]
		if !ok || !slices.Contains([]string{"Gather", "Expand", "Reshape", "Unsqueeze", "Identity", "Cast", "Tile"}, l.nodes[i].OpType) {
			return false
		}
		v = l.nodes[i].In[0]
	}
	return false
}

// maxCopies bounds the nodes that are looked at for one value.
const maxCopies = 32

// constantBeside is a constant as a value of the head, which has none of its own: zero times entries of another
// value, plus the constant.
func (l *lowerer) constantBeside(c *ops.Value, beside value, dim int) (value, error) {
	if len(c.Shape) != len(beside.dims) || c.Shape[dim] > beside.size(beside.dims[dim]) {
		return beside, fmt.Errorf("a constant of shape %v beside dimensions %v", c.Shape, beside.all())
	}
	v, err := l.narrowed(beside, dim, 0, c.Shape[dim])
	if err != nil {
		return v, err
	}
	return l.broadcast("Add", l.times(v, 0), c)
}

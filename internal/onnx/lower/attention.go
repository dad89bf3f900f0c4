package lower

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
)

// matMulOfTwo is a product of two values of data.
func (l *lowerer) matMulOfTwo(nd onnx.View) error {
	a, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	b, err := l.data(nd, 1)
	if err != nil {
		return err
	}
	y, err := l.product(a, b)
	if err != nil {
		return err
	}
	return l.set(nd.Out[0], y)
}

// product is a·b over the last two dimensions, one for each of the others.
func (l *lowerer) product(a, b value) (value, error) {
	n := len(a.dims)
	if n < 3 || len(b.dims) != n {
		return a, fmt.Errorf("a product of values of %d and %d dimensions", n, len(b.dims))
	}
	a, b = l.canonical(a), l.canonical(b)
	outer, k := a.all()[:n-2], a.all()[n-1]
	if !slices.Equal(outer, b.all()[:n-2]) || b.all()[n-2] != k || !slices.ContainsFunc(outer, func(d onnx.Dim) bool { return d.Batch }) {
		return a, fmt.Errorf("a product of %v and %v", a.all(), b.all())
	}
	shape := append(slices.Clone(a.have[:len(a.have)-1]), b.have[len(b.have)-1])
	id := l.add("MatMul", nil, nil, a.id, b.id)
	y := plain(id, shape)
	// The axes in front are those of a; the last two are the product's own.
	front := a.shape[:len(a.shape)-len(a.dims[n-2])-len(a.dims[n-1])]
	y.dims = append(slices.Clone(a.dims[:n-2]), nil, nil)
	at := len(front)
	for d, size := range shape[len(shape)-2:] {
		if size > 1 {
			y.dims[n-2+d] = []int{at}
			at++
		}
	}
	return y, nil
}

// times is a value times a number.
func (l *lowerer) times(v value, factor float32) value {
	if factor == 1 {
		return v
	}
	return v.with(l.add("Scale", args{"factor": number(factor)}, nil, v.id))
}

// softmax is the rule of Softmax and of LogSoftmax, which are layers' names, too.
func softmax(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	def := -1
	if nd.Opset < 13 {
		def = 1
	}
	a, err := axis(integer(nd, "axis", def), len(v.dims))
	if err != nil {
		return err
	}
	if nd.Opset < 13 && a != len(v.dims)-1 {
		return fmt.Errorf("axis %d", a)
	}
	if v, err = l.softmax(nd.OpType, v, a); err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

func (l *lowerer) softmax(typ string, v value, dim int) (value, error) {
	v, at, err := l.along(v, dim)
	if err != nil {
		return v, err
	}
	return v.with(l.add(typ, args{"dim": float64(at + 1)}, nil, v.id)), nil
}

// along is the value with a dimension in one of the head's, and which that is.
func (l *lowerer) along(v value, dim int) (value, int, error) {
	if slices.Contains(v.dims[dim], batch) {
		return v, 0, fmt.Errorf("it is over dimension %d, which the batch is in", dim)
	}
	v = l.canonical(v)
	at := 0 // of the head's dimensions in front of this one
	for _, group := range v.dims[:dim] {
		if i := slices.Index(group, batch); i < 0 {
			at++
		} else {
			at += len(group) - 1
		}
	}
	return v, at, nil
}

// attention is ONNX's own: softmax(scale·q·kᵀ)·v of every head.
func attention(l *lowerer, _ int, nd onnx.View) error {
	var in [3]value
	for k := range in {
		v, err := l.data(nd, k)
		if err != nil {
			return err
		}
		name := "q_num_heads"
		if k > 0 {
			name = "kv_num_heads"
		}
		if in[k], err = withHeads(v, integer(nd, name, 0)); err != nil {
			return err
		}
	}
	if has(nd, 3) || has(nd, 4) || has(nd, 5) || integer(nd, "is_causal", 0) != 0 || float(nd, "softcap", 0) != 0 {
		return fmt.Errorf("a mask, a cache or a cap")
	}
	q, k := in[0], in[1]
	width := q.all()[3].Size
	scale := float(nd, "scale", float32(1/math.Sqrt(float64(width))))
	k.dims = []([]int){k.dims[0], k.dims[1], k.dims[3], k.dims[2]}
	weights, err := l.product(l.times(q, scale), k)
	if err != nil {
		return err
	}
	if weights, err = l.softmax("Softmax", weights, 3); err != nil {
		return err
	}
	y, err := l.product(weights, in[2])
	if err != nil {
		return err
	}
	if v := l.values[nd.In[0]]; len(v.dims) == 3 { // the heads next to each other again
		y.dims = [][]int{y.dims[0], y.dims[2], slices.Concat(y.dims[1], y.dims[3])}
	}
	return l.set(nd.Out[0], y)
}

// withHeads is [batch, heads, tokens, width], also of [batch, tokens, heads·width].
func withHeads(v value, heads int) (value, error) {
	if len(v.dims) == 4 {
		return v, nil
	}
	dims := v.all()
	if len(dims) != 3 || heads < 1 || dims[2].Size%heads != 0 {
		return v, fmt.Errorf("%d heads of dimensions %v", heads, dims)
	}
	v, err := v.reshaped([]onnx.Dim{dims[0], dims[1], {Size: heads}, {Size: dims[2].Size / heads}})
	if err != nil {
		return v, err
	}
	v.dims = [][]int{v.dims[0], v.dims[2], v.dims[1], v.dims[3]}
	return v, nil
}

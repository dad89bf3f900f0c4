package lower

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// data is the head's value for input k of a node, which must come from the cut.
func (l *lowerer) data(nd onnx.View, k int) (value, error) {
	if k >= len(nd.In) {
		return value{}, fmt.Errorf("input %d is missing", k)
	}
	v, ok := l.values[nd.In[k]]
	if !ok {
		return value{}, fmt.Errorf("input %d does not come from the cut", k)
	}
	return v, nil
}

// batchFirst is a node's first input, which must have the batch in front.
func (l *lowerer) batchFirst(nd onnx.View) (value, error) {
	v, err := l.data(nd, 0)
	if err == nil && (len(v.dims) == 0 || !slices.Equal(v.dims[0], []int{batch})) {
		err = fmt.Errorf("the batch is not the first dimension")
	}
	return v, err
}

// shape is that of a node's first input, for one sample.
func (l *lowerer) shape(nd onnx.View) ([]int, error) {
	v, err := l.batchFirst(nd)
	if err != nil {
		return nil, err
	}
	var shape []int
	for _, d := range v.all()[1:] {
		shape = append(shape, d.Size)
	}
	return shape, nil
}

// constant is input k of a node, which must be a constant of floating-point numbers.
func (l *lowerer) constant(nd onnx.View, k int) (*ops.Value, error) {
	if k < len(nd.In) {
		if v := l.net.Const(nd.In[k]); v != nil && v.Type.Floating() {
			return v, nil
		}
	}
	return nil, fmt.Errorf("input %d is not constant", k)
}

// wholes are the numbers of input k, or of an attribute of older versions; nil if both
// are absent.
func (l *lowerer) wholes(nd onnx.View, k int, name string) ([]int, error) {
	if k >= len(nd.In) || nd.In[k] < 0 {
		return integers(nd, name), nil
	}
	c := l.net.Const(nd.In[k])
	if c == nil || c.Type.Floating() {
		return nil, fmt.Errorf("its %s are not constant", name)
	}
	out := make([]int, len(c.I))
	for i, v := range c.I {
		out[i] = int(v)
	}
	return out, nil
}

// has reports whether a node has input k.
func has(nd onnx.View, k int) bool { return k < len(nd.In) && nd.In[k] >= 0 }

// axis is a dimension of so many, counted from the end if negative.
func axis(a, dims int) (int, error) {
	if a < 0 {
		a += dims
	}
	if a < 0 || a >= dims {
		return 0, fmt.Errorf("axis %d of %d dimensions", a, dims)
	}
	return a, nil
}

// layer makes one layer of a node with one data input, in the graph's order.
func (l *lowerer) layer(nd onnx.View, typ string, params args, w weights) error {
	v, err := l.batchFirst(nd)
	if err != nil {
		return err
	}
	shape, ok := l.net.Shape(nd.Out[0])
	if !ok {
		return fmt.Errorf("the batch is not the first dimension of its output")
	}
	return l.set(nd.Out[0], plain(l.add(typ, params, w, l.canonical(v).id), shape))
}

// only is the node that alone takes a value.
func (l *lowerer) only(v int) (i int, nd onnx.View, ok bool) {
	if u := l.users[v]; len(u) == 1 && u[0] < len(l.nodes) {
		return u[0], l.nodes[u[0]], true
	}
	return 0, onnx.View{}, false
}

// number is a float32 as the shortest JSON number that reads back as the same.
func number(f float32) float64 {
	if f == float32(math.Trunc(float64(f))) {
		return float64(f)
	}
	v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	return v
}

func list(ints []int) []any {
	out := make([]any, len(ints))
	for i, v := range ints {
		out[i] = float64(v)
	}
	return out
}

func attr(nd onnx.View, name string) *wire.Attribute {
	for _, a := range nd.Attributes {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func float(nd onnx.View, name string, def float32) float32 {
	if a := attr(nd, name); a != nil {
		return a.F
	}
	return def
}

func integer(nd onnx.View, name string, def int) int {
	if a := attr(nd, name); a != nil {
		return int(a.I)
	}
	return def
}

func integers(nd onnx.View, name string) []int {
	a := attr(nd, name)
	if a == nil {
		return nil
	}
	out := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		out[i] = int(v)
	}
	return out
}

func text(nd onnx.View, name, def string) string {
	if a := attr(nd, name); a != nil {
		return a.S
	}
	return def
}

package lower

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// gemm is a Linear: y = x·W + b.
func gemm(l *lowerer, _ int, nd onnx.View) error {
	w, err := l.constant(nd, 1)
	if err != nil {
		return err
	}
	if integer(nd, "transA", 0) != 0 {
		return fmt.Errorf("transA")
	}
	if integer(nd, "transB", 0) == 0 {
		w = ops.Turned(w)
	}
	w = scaled(w, float(nd, "alpha", 1))
	var b *ops.Value
	if has(nd, 2) {
		if b, err = l.constant(nd, 2); err != nil {
			return err
		}
		if b, err = biasOf(b, w.Shape[0]); err != nil {
			return err
		}
		b = scaled(b, float(nd, "beta", 1))
	}
	return l.linear(nd, nd.Out[0], w, b)
}

// linear makes a Linear of weights [out, in] over the last dimension.
func (l *lowerer) linear(nd onnx.View, out int, w, b *ops.Value) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	if v, err = l.lastInside(v, 1); err != nil {
		return err
	}
	params := args{"in_features": float64(w.Shape[1]), "out_features": float64(w.Shape[0])}
	ws := weights{"weight": w}
	if b == nil {
		params["bias"] = false
	} else {
		ws["bias"] = b
	}
	id := l.add("Linear", params, ws, v.id)
	return l.set(out, v.lastOf(id, w.Shape[0]))
}

// lastOf is the value of a layer that changed the last dimension, which is the last of
// the head's too, to n.
func (v value) lastOf(id, n int) value {
	last := len(v.dims) - 1
	w := value{id: id, have: append(slices.Clone(v.have[:len(v.have)-1]), n), shape: v.shape, dims: slices.Clone(v.dims)}
	if len(v.dims[last]) > 0 {
		w.shape = w.shape[:len(w.shape)-1]
	}
	if w.dims[last] = nil; n > 1 {
		w.dims[last] = []int{len(w.shape)}
		w.shape = append(slices.Clone(w.shape), n)
	}
	return w
}

// matMul is a Linear, with the Add behind it, or a product of two values.
func matMul(l *lowerer, _ int, nd onnx.View) error {
	w, err := l.constant(nd, 1)
	if err != nil {
		return l.matMulOfTwo(nd)
	}
	if len(w.Shape) != 2 {
		return fmt.Errorf("weights of shape %v", w.Shape)
	}
	w = ops.Turned(w)
	if i, add, ok := l.only(nd.Out[0]); ok && add.OpType == "Add" {
		for k := range 2 {
			if add.In[k] != nd.Out[0] {
				continue
			}
			if c, err := l.constant(add, 1-k); err == nil {
				if b, err := biasOf(c, w.Shape[0]); err == nil && len(c.Shape) <= 1 {
					l.done[i], l.origin = true, l.called(nd, add.In[1-k])
					return l.linear(nd, add.Out[0], w, b)
				}
			}
		}
	}
	return l.linear(nd, nd.Out[0], w, nil)
}

func scaled(v *ops.Value, by float32) *ops.Value {
	if by == 1 {
		return v
	}
	out := slices.Clone(v.Floats())
	for i := range out {
		out[i] *= by
	}
	return ops.Float(out, v.Shape...)
}

// biasOf is a bias of n numbers; one number stands for all.
func biasOf(b *ops.Value, n int) (*ops.Value, error) {
	if len(b.Shape) > 0 && b.Shape[len(b.Shape)-1] == n && b.Size() == n {
		return ops.Float(b.F, n), nil
	}
	if b.Size() != 1 {
		return nil, fmt.Errorf("a bias of shape %v for %d outputs", b.Shape, n)
	}
	return ops.Float(slices.Repeat(b.F, n), n), nil
}

// layerNorm is over the last dimensions, from axis on.
func layerNorm(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	from, err := axis(integer(nd, "axis", -1), len(v.dims))
	if err != nil {
		return err
	}
	if v, err = l.lastInside(v, len(v.dims)-from); err != nil {
		return err
	}
	shape := v.have[len(v.have)-(len(v.dims)-from):]
	p := args{"normalized_shape": list(shape), "eps": number(float(nd, "epsilon", 1e-5))}
	w, err := l.constant(nd, 1)
	if err != nil || !slices.Equal(w.Shape, shape) {
		return fmt.Errorf("its scale is not a constant of shape %v", shape)
	}
	ws := weights{"weight": w}
	if has(nd, 2) {
		if ws["bias"], err = l.constant(nd, 2); err != nil {
			return err
		}
	} else {
		p["bias"] = false
	}
	return l.set(nd.Out[0], v.with(l.add("LayerNorm", p, ws, v.id)))
}

package onnx

import (
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// layerNorm is ((x − mean)/√(variance + eps))·weight + bias, as exporters write it
// before version 17 of the operators.
func (f *fuser) layerNorm(nd *node) bool {
	if nd.OpType != "Add" {
		return false
	}
	for k, v := range nd.in {
		mul := f.by(v, "Mul")
		bias := f.weight(nd.in[1-k])
		if mul == nil || bias == nil {
			continue
		}
		for j, w := range mul.in {
			weight := f.weight(w)
			if weight == nil {
				continue
			}
			x, eps, ok := f.standardized(f.by(mul.in[1-j], "Div"))
			shape := f.net.Dims(x)
			if !ok || len(shape) == 0 || !isRow(weight, shape) || !isRow(bias, shape) {
				continue
			}
			return f.replace(nd, "LayerNormalization", []int{x, w, nd.in[1-k]}, floatAttr("epsilon", float32(eps)))
		}
	}
	return false
}

// isRow reports whether a weight has one number for each of the last dimension.
func isRow(w *ops.Value, shape []Dim) bool {
	return len(w.Shape) == 1 && Dim{Size: w.Shape[0]} == shape[len(shape)-1]
}

// standardized recognises (x − mean)/√(variance + eps) over the last dimension.
func (f *fuser) standardized(div *node) (x int, eps float64, ok bool) {
	if div == nil {
		return 0, 0, false
	}
	i, found := f.from[div.in[0]]
	root := f.by(div.in[1], "Sqrt")
	if !found || i < f.first || root == nil || f.p.nodes[i].OpType != "Sub" {
		return 0, 0, false
	}
	sub, plus := &f.p.nodes[i], f.by(root.in[0], "Add")
	if plus == nil {
		return 0, 0, false
	}
	variance, eps, ok := f.split(plus)
	x = sub.in[0]
	return x, eps, ok && f.isMean(sub.in[1], func(v int) bool { return v == x }) &&
		f.isMean(variance, func(v int) bool { return f.isSquare(v, sub.out[0]) })
}

// isMean reports whether v is the mean over the last dimension of a value.
func (f *fuser) isMean(v int, of func(v int) bool) bool {
	nd := f.by(v, "ReduceMean")
	if nd == nil || !of(nd.in[0]) {
		return false
	}
	axes := intsOf(nd.Node, "axes")
	if len(nd.in) > 1 && nd.in[1] >= 0 && f.p.consts[nd.in[1]] != nil {
		axes = f.p.consts[nd.in[1]].I
	}
	shape := f.net.Dims(nd.in[0])
	return shape != nil && len(axes) == 1 && (axes[0] == -1 || int(axes[0]) == len(shape)-1) && len(f.net.Dims(v)) == len(shape)
}

// isSquare reports whether v is x².
func (f *fuser) isSquare(v, x int) bool {
	if mul := f.by(v, "Mul"); mul != nil {
		return mul.in[0] == x && mul.in[1] == x
	}
	return f.isPower(v, x, 2)
}

// batchNorm folds the numbers of a BatchNormalization into the convolution before it.
func (f *fuser) batchNorm(nd *node) bool {
	if nd.OpType != "BatchNormalization" {
		return false
	}
	conv := f.by(nd.in[0], "Conv")
	if conv == nil || len(nd.in) < 5 {
		return false
	}
	w, old := f.weight(conv.in[1]), (*ops.Value)(nil)
	if len(conv.in) > 2 && conv.in[2] >= 0 {
		if old = f.weight(conv.in[2]); old == nil {
			return false
		}
	}
	var stats [4]*ops.Value
	for i := range stats {
		stats[i] = f.weight(nd.in[i+1])
		if w == nil || stats[i] == nil || stats[i].Size() != w.Shape[0] {
			return false
		}
	}
	weight, bias := foldNorm(w, old, stats, float64(floatOf(nd.Node, "epsilon", 1e-5)))
	return f.replace(nd, "Conv", []int{conv.in[0], f.constant(weight), f.constant(bias)}, conv.Attributes...)
}

// foldNorm scales a convolution's weights [channels, …] and shifts its bias.
func foldNorm(w, bias *ops.Value, stats [4]*ops.Value, eps float64) (weight, shift *ops.Value) {
	out, shifts := slices.Clone(w.Floats()), make([]float32, w.Shape[0])
	each := len(out) / max(1, len(shifts))
	for ch := range shifts {
		factor := float64(stats[0].F[ch]) / math.Sqrt(float64(stats[3].F[ch])+eps)
		b := -float64(stats[2].F[ch])
		if bias != nil {
			b += float64(bias.F[ch])
		}
		shifts[ch] = float32(b*factor + float64(stats[1].F[ch]))
		for i := ch * each; i < (ch+1)*each; i++ {
			out[i] = float32(float64(out[i]) * factor)
		}
	}
	return ops.Float(out, w.Shape...), ops.Float(shifts, len(shifts))
}

// linear is x·W with constant W [in, out], and the bias that is added to it.
func (f *fuser) linear(nd *node) bool {
	switch nd.OpType {
	case "Gemm":
		w := f.weight(nd.in[1])
		plain := intOf(nd.Node, "transA", 0) == 0 && floatOf(nd.Node, "alpha", 1) == 1 && floatOf(nd.Node, "beta", 1) == 1
		turned := intOf(nd.Node, "transB", 0)
		if w == nil || !plain || turned != 0 && !ops.Packs(w, true) || len(nd.in) > 2 && !f.isBias(nd.in[2], w.Shape[1-turned]) {
			return false
		}
		return f.replace(nd, "Linear", nd.in, &wire.Attribute{Name: "transB", Type: wire.AttrInt, I: turned})
	case "Add":
		for k, v := range nd.in {
			if m := f.by(v, "MatMul"); m != nil && f.isMatrix(m) && f.isBias(nd.in[1-k], f.weight(m.in[1]).Shape[1]) {
				return f.replace(nd, "Linear", []int{m.in[0], m.in[1], nd.in[1-k]})
			}
		}
	}
	return false
}

// isMatrix reports whether a MatMul's second input is a constant matrix, and its first
// has rows.
func (f *fuser) isMatrix(m *node) bool {
	w := f.weight(m.in[1])
	return w != nil && len(w.Shape) == 2 && len(f.shape(m.in[0])) >= 2
}

// isBias reports whether a value is one constant for each of n outputs.
func (f *fuser) isBias(v, n int) bool {
	b := f.weight(v)
	return b != nil && len(b.Shape) == 1 && b.Shape[0] == n
}

// residual adds another value of the same shape in the epilogue.
func (f *fuser) residual(nd *node) bool {
	if nd.OpType != "Add" {
		return false
	}
	for k, v := range nd.in {
		before := f.by(v, "Conv", "Linear")
		other := nd.in[1-k]
		if before == nil || f.shape(v) == nil || !slices.Equal(f.shape(v), f.shape(other)) || len(before.in) > 3 {
			continue
		}
		in := append(slices.Clone(before.in), -1)[:3]
		return f.replace(nd, before.OpType, append(in, other), before.Attributes...)
	}
	return false
}

func intOf(n *wire.Node, name string, def int64) int64 {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.I
		}
	}
	return def
}

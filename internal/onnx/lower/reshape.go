package lower

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// reshape is any node that reads the same data as other dimensions.
func reshape(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	to := l.net.Dims(nd.Out[0])
	if to == nil {
		return fmt.Errorf("an output whose dimensions do not follow from the batch")
	}
	if v, err = v.reshaped(to); err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

func transpose(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	perm, dims := integers(nd, "perm"), make([][]int, len(v.dims))
	for d := range dims {
		from := len(dims) - 1 - d // without perm the dimensions are reversed
		if perm != nil {
			from = perm[d]
		}
		dims[d] = v.dims[from]
	}
	v.dims = dims
	return l.set(nd.Out[0], v)
}

// gather of one entry is a Select: the first token, the last step; of several that
// follow each other a Narrow.
func gather(l *lowerer, _ int, nd onnx.View) error {
	if table, err := l.constant(nd, 0); err == nil {
		return l.embedding(nd, table)
	}
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	index := l.net.Const(nd.In[1])
	if index == nil || index.Type.Floating() || len(index.I) == 0 || len(index.Shape) > 1 {
		return fmt.Errorf("its indices are not a constant list")
	}
	for i, n := range index.I {
		if n != index.I[0]+int64(i) {
			return fmt.Errorf("its indices do not follow each other")
		}
	}
	a, err := axis(integer(nd, "axis", 0), len(v.dims))
	if err != nil {
		return err
	}
	if len(index.Shape) == 0 {
		v, err = l.picked(v, a, int(index.I[0]))
	} else {
		v, err = l.narrowed(v, a, int(index.I[0]), len(index.I))
	}
	if err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

// embedding is a Gather of a constant's rows by data: by token ids.
func (l *lowerer) embedding(nd onnx.View, table *ops.Value) error {
	v, err := l.data(nd, 1)
	if err != nil {
		return err
	}
	if len(table.Shape) != 2 || integer(nd, "axis", 0) != 0 {
		return fmt.Errorf("entries along axis %d of a constant of shape %v, which are no rows", integer(nd, "axis", 0), table.Shape)
	}
	rows, dim := table.Shape[0], table.Shape[1]
	id := l.add("Embedding", args{"num_embeddings": float64(rows), "embedding_dim": float64(dim)}, weights{"weight": table}, v.id)
	v.dims = append(slices.Clone(v.dims), nil)
	v.have = append(slices.Clone(v.have), 1)
	return l.set(nd.Out[0], v.lastOf(id, dim))
}

// picked is one entry along a dimension, which is dropped.
func (l *lowerer) picked(v value, dim, index int) (value, error) {
	v, at, err := l.along(v, dim)
	if err != nil {
		return v, err
	}
	dropped := v.dims[dim]
	w := value{have: slices.Delete(slices.Clone(v.have), at, at+1), shape: v.shape, dims: slices.Delete(slices.Clone(v.dims), dim, dim+1)}
	if len(dropped) > 0 {
		w.shape = slices.Delete(slices.Clone(v.shape), dropped[0], dropped[0]+1)
		w.dims = renumbered(w.dims, func(a int) []int {
			if a > dropped[0] {
				a--
			}
			return []int{a}
		})
	}
	w.id = l.add("Select", args{"dim": float64(at + 1), "index": float64(index)}, nil, v.id)
	return w, nil
}

// narrowed is length entries along a dimension.
func (l *lowerer) narrowed(v value, dim, start, length int) (value, error) {
	if length == 1 {
		w, err := l.picked(v, dim, start)
		if err == nil {
			w.dims = slices.Insert(w.dims, dim, nil)
		}
		return w, err
	}
	if !slices.Contains(v.dims[dim], batch) && v.size(v.dims[dim]) == length {
		return v, nil
	}
	v, at, err := l.along(v, dim)
	if err != nil {
		return v, err
	}
	w := v.with(l.add("Narrow", args{"dim": float64(at + 1), "start": float64(start), "length": float64(length)}, nil, v.id))
	w.have, w.shape = slices.Clone(v.have), slices.Clone(v.shape)
	w.have[at], w.shape[v.dims[dim][0]] = length, length
	return w, nil
}

func slice(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	var by [4][]int
	for k, name := range []string{"starts", "ends", "axes", "steps"} {
		if by[k], err = l.wholes(nd, k+1, name); err != nil {
			return err
		}
	}
	for i := range by[0] {
		a, step := i, 1
		if by[2] != nil {
			a = by[2][i]
		}
		if by[3] != nil {
			step = by[3][i]
		}
		if a, err = axis(a, len(v.dims)); err != nil {
			return err
		}
		n := v.size(v.dims[a])
		start, end := bound(by[0][i], n), bound(by[1][i], n)
		if step != 1 || start >= end {
			return fmt.Errorf("a slice from %d to %d in steps of %d", start, end, step)
		}
		if v, err = l.narrowed(v, a, start, end-start); err != nil {
			return err
		}
	}
	return l.set(nd.Out[0], v)
}

// bound is a limit of a slice, counted from the end if negative.
func bound(at, n int) int {
	if at < 0 {
		at += n
	}
	return max(0, min(at, n))
}

func splitNode(l *lowerer, _ int, nd onnx.View) error {
	v, err := l.data(nd, 0)
	if err != nil {
		return err
	}
	a, err := axis(integer(nd, "axis", 0), len(v.dims))
	if err != nil {
		return err
	}
	start := 0
	for _, out := range nd.Out {
		dims := l.net.Dims(out)
		if dims == nil {
			return fmt.Errorf("outputs whose dimensions are not known")
		}
		part, err := l.narrowed(v, a, start, dims[a].Size)
		if err != nil {
			return err
		}
		if err := l.set(out, part); err != nil {
			return err
		}
		start += dims[a].Size
	}
	return nil
}

func expand(l *lowerer, _ int, nd onnx.View) error { return l.expand(nd, 0) }

// expand says that a node gives input k, repeated up to its own dimensions.
func (l *lowerer) expand(nd onnx.View, k int) error {
	v, err := l.data(nd, k)
	if err != nil {
		return err
	}
	if v, err = l.expanded(v, l.net.Dims(nd.Out[0])); err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

// expanded repeats dimensions of 1 up to those of a larger value.
func (l *lowerer) expanded(v value, to []onnx.Dim) (value, error) {
	if len(to) < len(v.dims) {
		return v, fmt.Errorf("dimensions %v do not expand to %v", v.all(), to)
	}
	v.dims = append(make([][]int, len(to)-len(v.dims)), v.dims...)
	if slices.Equal(v.all(), to) {
		return v, nil
	}
	v = l.canonical(v)
	sizes, have, dims := []any{-1.0}, []int(nil), make([][]int, len(to))
	var shape []int
	for d, group := range v.dims {
		is := onnx.Dim{Size: v.size(group), Batch: slices.Contains(group, batch)}
		switch {
		case is.Batch != to[d].Batch || is.Size != to[d].Size && (is.Size != 1 || is.Batch):
			return v, fmt.Errorf("dimensions %v do not expand to %v", v.all(), to)
		case is.Batch && is.Size > 1:
			return v, fmt.Errorf("dimension %d has the batch and others", d)
		case is.Batch:
			dims[d] = group
			continue
		}
		sizes, have = append(sizes, float64(to[d].Size)), append(have, to[d].Size)
		if to[d].Size > 1 {
			dims[d] = []int{len(shape)}
			shape = append(shape, to[d].Size)
		}
	}
	return value{l.add("Expand", args{"size": sizes}, nil, v.id), have, shape, dims}, nil
}

func concat(l *lowerer, _ int, nd onnx.View) error {
	var ids []int
	var first value
	var a, total int
	for k := range nd.In {
		v, err := l.part(nd, k)
		if err != nil {
			return err
		}
		if k == 0 {
			if a, err = axis(integer(nd, "axis", 0), len(v.dims)); err != nil {
				return err
			}
		}
		total += v.size(v.dims[a])
		v, at, err := l.along(v, a)
		if err != nil {
			return err
		}
		if k == 0 {
			first = v
		}
		have := slices.Clone(v.have)
		if have[at] = first.have[at]; !slices.Equal(have, first.have) || !slices.EqualFunc(v.dims, first.dims, sameBatch) {
			return fmt.Errorf("inputs of dimensions %v and %v", first.all(), v.all())
		}
		ids = append(ids, v.id)
	}
	if len(ids) == 1 {
		return alias(l, 0, nd)
	}
	_, at, _ := l.along(first, a)
	have := slices.Clone(first.have)
	have[at] = total
	y := plain(l.add("Concat", args{"dim": float64(at + 1)}, nil, ids...), have)
	y.dims = placed(first.dims, have)
	return l.set(nd.Out[0], y)
}

// part is input k of a Concat, which may be a constant: the token that stands for the whole picture.
func (l *lowerer) part(nd onnx.View, k int) (value, error) {
	c := l.net.PerSample(nd.In[k])
	if c == nil || !c.Type.Floating() || !l.copies(nd.In[k]) {
		return l.data(nd, k)
	}
	for _, in := range nd.In {
		beside, ok := l.values[in]
		if !ok {
			continue
		}
		a, err := axis(integer(nd, "axis", 0), len(beside.dims))
		if err != nil {
			return beside, err
		}
		return l.constantBeside(c, beside, a)
	}
	return value{}, fmt.Errorf("input %d does not come from the cut", k)
}

// sameBatch reports whether the batch is at the same place of two dimensions.
func sameBatch(a, b []int) bool { return slices.Index(a, batch) == slices.Index(b, batch) }

// placed are the dimensions of a canonical value whose sizes have changed.
func placed(dims [][]int, have []int) [][]int {
	out, at, next := make([][]int, len(dims)), 0, 0
	take := func(d int) {
		if have[at] > 1 {
			out[d] = append(out[d], next)
			next++
		}
		at++
	}
	for d, group := range dims {
		if !slices.Contains(group, batch) {
			take(d)
			continue
		}
		for _, axis := range group {
			if axis == batch {
				out[d] = append(out[d], batch)
			} else {
				take(d)
			}
		}
	}
	return out
}

package layers

import (
	"fmt"
	"slices"
)

// Layers that torch.nn has no class for but functions: they stand in graphs only. As in
// PyTorch a dimension counts the batch, which is refused, and may be negative.
func init() {
	registerReorder("Select", func(a *args) func(in []int) (reading, error) {
		dim, index := a.dim("dim", 0), a.int("index", 0, -MaxElements)
		return func(in []int) (reading, error) { return readSelect(in, dim, index) }
	})
	registerReorder("Narrow", func(a *args) func(in []int) (reading, error) {
		dim, start, length := a.dim("dim", 0), a.int("start", 0, -MaxElements), a.int("length", 1, 1)
		return func(in []int) (reading, error) { return readNarrow(in, dim, start, length) }
	})
	registerReorder("Permute", func(a *args) func(in []int) (reading, error) {
		dims := a.wholes("dims", -16)
		return func(in []int) (reading, error) { return readPermute(in, dims) }
	})
	registerReorder("Expand", func(a *args) func(in []int) (reading, error) {
		size := a.wholes("size", -1)
		return func(in []int) (reading, error) { return readExpand(in, size) }
	})
}

func registerReorder(name string, read func(a *args) func(in []int) (reading, error)) {
	graphOnly[name] = true
	register(name, func(a *args) Plan {
		l := &reorder{read: read(a)}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// readNarrow is torch.narrow: length entries along a dimension, from start on.
func readNarrow(in []int, dim, start, length int) (reading, error) {
	d, err := axis(dim, len(in))
	if err != nil {
		return reading{}, err
	}
	from := start
	if from < 0 {
		from += in[d]
	}
	if from < 0 || from > in[d]-length {
		return reading{}, fmt.Errorf("index %d is out of range for the %d entries of dimension %d", start+length-1, in[d], d+1)
	}
	r := reading{out: slices.Clone(in), steps: steps(in)}
	r.out[d], r.offset = length, from*r.steps[d]
	return r, nil
}

// readSelect is torch.select: one entry along a dimension, which is dropped, like the
// first token of a sequence or its last step.
func readSelect(in []int, dim, index int) (reading, error) {
	r, err := readNarrow(in, dim, index, 1)
	if err != nil {
		return reading{}, err
	}
	d, _ := axis(dim, len(in))
	r.out, r.steps = slices.Delete(r.out, d, d+1), slices.Delete(r.steps, d, d+1)
	return r, nil
}

// readPermute is torch.permute: the dimensions in another order, the batch first.
func readPermute(in, dims []int) (reading, error) {
	if len(dims) != len(in)+1 || dims[0] != 0 {
		return reading{}, fmt.Errorf("dims %v do not order the %d dimensions with the batch, 0, in front", dims, len(in)+1)
	}
	r, seen, from := reading{}, make([]bool, len(in)), steps(in)
	for _, dim := range dims[1:] {
		d, err := axis(dim, len(in))
		if err != nil {
			return reading{}, err
		}
		if seen[d] {
			return reading{}, fmt.Errorf("dims %v name dimension %d twice", dims, d+1)
		}
		seen[d] = true
		r.out, r.steps = append(r.out, in[d]), append(r.steps, from[d])
	}
	return r, nil
}

// readExpand is torch.Tensor.expand: dimensions of one entry are repeated; a size of −1
// keeps a dimension as it is, like the batch.
func readExpand(in, size []int) (reading, error) {
	if len(size) != len(in)+1 || size[0] != -1 {
		return reading{}, fmt.Errorf("size %v is not that of %d dimensions with -1, the batch, in front", size, len(in)+1)
	}
	r := reading{out: slices.Clone(in), steps: steps(in)}
	for d, n := range size[1:] {
		switch {
		case n == -1 || n == in[d]:
		case in[d] == 1 && n > 0:
			r.out[d], r.steps[d] = n, 0
		default:
			return reading{}, fmt.Errorf("size %v: dimension %d has %d entries", size, d+1, in[d])
		}
	}
	if _, err := Elements(r.out); err != nil {
		return reading{}, err
	}
	return r, nil
}

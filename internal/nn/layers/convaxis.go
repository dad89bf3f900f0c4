package layers

import "fmt"

func repeat(n, v int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// convPadding reads "padding": numbers, "valid" or "same" (an odd total pads one
// more at the end).
func convPadding(a *args, size, dilation []int, dims int) (before, after []int) {
	v, _ := a.get("padding")
	name, isName := v.(string)
	if !isName {
		p := a.ints("padding", dims, repeat(dims, 0), 0)
		return p, p
	}
	keep(a, "padding", name)
	before, after = repeat(dims, 0), repeat(dims, 0)
	switch name {
	case "valid":
	case "same":
		for d, s := range a.ints("stride", dims, repeat(dims, 1), 1) {
			if s != 1 {
				a.failf("padding \"same\" with a stride of %d: %w", s, ErrUnsupported)
			}
			total := min(dilation[d], MaxElements/size[d]) * (size[d] - 1)
			before[d], after[d] = total/2, total-total/2
		}
	default:
		a.failf("padding %q: want numbers, \"valid\" or \"same\": %w", name, ErrUnsupported)
	}
	return before, after
}

// convAxis is a convolution along one dimension.
type convAxis struct {
	size, stride, dilation, before, after int
	mode                                  string
}

// outputs is how many positions the kernel has along n inputs.
func (c convAxis) outputs(n int) (int, error) {
	if c.mode == "reflect" && (c.before >= n || c.after >= n) || c.mode == "circular" && (c.before > n || c.after > n) {
		return 0, fmt.Errorf("%s padding of %d is too much for %d inputs", c.mode, max(c.before, c.after), n)
	}
	room := n + c.before + c.after - 1
	if c.size > 1 && c.dilation > room/(c.size-1) {
		return 0, fmt.Errorf("a kernel of %d (dilation %d) is larger than %d inputs with padding", c.size, c.dilation, n)
	}
	return (room-c.dilation*(c.size-1))/c.stride + 1, nil
}

// sources says which input each position of the kernel reads at each output:
// [k·outputs + o], −1 for a zero.
func (c convAxis) sources(n, outputs int) []int32 {
	at := make([]int32, c.size*outputs)
	for k := range c.size {
		for o := range outputs {
			at[k*outputs+o] = int32(c.source(o*c.stride+k*c.dilation-c.before, n))
		}
	}
	return at
}

func (c convAxis) source(i, n int) int {
	if i >= 0 && i < n {
		return i
	}
	switch c.mode {
	case "reflect":
		if i < 0 {
			return -i
		}
		return 2*(n-1) - i
	case "replicate":
		return min(max(i, 0), n-1)
	case "circular":
		return (i + n) % n
	}
	return -1
}

package layers

import "fmt"

// window is the inputs of one output along one dimension: start, start+step, …
// below end; those outside the input are padding. size is the divisor of an average
// that counts the padding.
type window struct{ start, end, step, size int }

// poolAxis lays windows along one dimension of n inputs.
type poolAxis interface {
	count(n int) (int, error)
	windows(n int) []window // for an n that count accepted
	reads(n int) float64    // about how many inputs all windows together have
}

// strided is a window moved by a stride.
type strided struct {
	size, stride, pad, dilation int
	ceil                        bool
}

func (p strided) reach() int { return p.dilation*(p.size-1) + 1 }

func (p strided) count(n int) (int, error) {
	room, count := n+2*p.pad-p.reach(), 0
	if room > -p.stride {
		count = (room + p.stride) / p.stride
		if p.ceil && room%p.stride != 0 && count*p.stride < n+p.pad { // the last one must begin within the input
			count++
		}
	}
	if count == 0 {
		return 0, fmt.Errorf("a window of %d is larger than %d inputs with padding", p.reach(), n)
	}
	return count, nil
}

func (p strided) windows(n int) []window {
	count, _ := p.count(n)
	ws := make([]window, count)
	for i := range ws {
		start := i*p.stride - p.pad
		end := min(start+p.reach(), n+p.pad)
		ws[i] = window{start, min(end, n), p.dilation, end - start}
		for ws[i].start < 0 {
			ws[i].start += p.dilation
		}
	}
	return ws
}

func (p strided) reads(n int) float64 {
	count, _ := p.count(n)
	return float64(count) * float64(min(p.size, (n-1)/p.dilation+1))
}

// adaptive cuts the input into a given number of windows, or leaves it as it is
// (0).
type adaptive struct{ outputs int }

func (p adaptive) count(n int) (int, error) {
	if p.outputs == 0 {
		return n, nil
	}
	return p.outputs, nil
}

func (p adaptive) windows(n int) []window {
	count, _ := p.count(n)
	ws := make([]window, count)
	for i := range ws {
		start, end := i*n/count, ((i+1)*n+count-1)/count
		ws[i] = window{start, end, 1, end - start}
	}
	return ws
}

func (p adaptive) reads(n int) float64 {
	count, _ := p.count(n)
	return float64(count) * float64(min(n, n/count+2))
}

// areAdjacentPairs reports whether the windows are 0 and 1, 2 and 3, and so on.
func areAdjacentPairs(ws []window) bool {
	for i, w := range ws {
		if w.start != 2*i || w.end != 2*i+2 || w.step != 1 {
			return false
		}
	}
	return true
}

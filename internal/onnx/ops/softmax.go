package ops

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Softmax", 1, 1, "axis", func(c *Call) { c.softmax(softmaxRow) })
	register("LogSoftmax", 1, 1, "axis", func(c *Call) { c.softmax(logSoftmaxRow) })
	register("Hardmax", 1, 1, "axis", func(c *Call) { c.softmax(hardmaxRow) })
}

// softmax applies f along one dimension. Before version 13 it is along all from the
// axis on.
func (c *Call) softmax(f func(y, x []float32, step int)) {
	x := c.floats(0)
	def := -1
	if c.Opset < 13 {
		def = 1
	}
	axis := c.attrInt("axis", def)
	if c.Opset < 13 && axis == len(x.Shape) {
		axis--
	}
	axis = c.axis(axis, len(x.Shape))
	y := c.out(0, x.Type, x.Shape...)
	c.work(10 * float64(x.Size()))
	if c.trial() {
		return
	}
	outer, inner := outerInner(x.Shape, axis)
	if c.Opset < 13 {
		inner = 1
		outer = product(x.Shape[:axis])
	}
	n := x.Size() / max(1, outer*inner)
	if n == 0 {
		return
	}
	c.parallelSpans(outer*inner, n, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			at := row/inner*n*inner + row%inner
			end := at + (n-1)*inner + 1
			f(y.F[at:end], x.F[at:end], inner)
		}
	})
}

func largest(x []float32, step int) float32 {
	top := x[0]
	for i := step; i < len(x); i += step {
		top = max(top, x[i])
	}
	return top
}

func softmaxRow(y, x []float32, step int) {
	if step == 1 {
		kernel.Softmax(y, x, 1)
		return
	}
	top, sum := largest(x, step), 0.0
	for i := 0; i < len(x); i += step {
		e := math.Exp(float64(x[i] - top))
		y[i] = float32(e)
		sum += e
	}
	scale := float32(1 / sum)
	for i := 0; i < len(x); i += step {
		y[i] *= scale
	}
}

func logSoftmaxRow(y, x []float32, step int) {
	top, sum := float64(largest(x, step)), 0.0
	for i := 0; i < len(x); i += step {
		sum += math.Exp(float64(x[i]) - top)
	}
	shift := top + math.Log(sum)
	for i := 0; i < len(x); i += step {
		y[i] = float32(float64(x[i]) - shift)
	}
}

func hardmaxRow(y, x []float32, step int) {
	top := largest(x, step)
	for i := 0; i < len(x); i += step {
		if x[i] == top {
			y[i] = 1
			return
		}
	}
}

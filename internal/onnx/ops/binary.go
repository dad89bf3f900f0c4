package ops

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	arithmetic("Add", func(x, y float32) float32 { return x + y }, func(x, y int64) int64 { return x + y })
	arithmetic("Sub", func(x, y float32) float32 { return x - y }, func(x, y int64) int64 { return x - y })
	arithmetic("Mul", func(x, y float32) float32 { return x * y }, func(x, y int64) int64 { return x * y })
	arithmetic("Div", func(x, y float32) float32 { return x / y }, divide)
	arithmetic("PRelu", func(x, slope float32) float32 {
		if x < 0 {
			return slope * x
		}
		return x
	}, func(x, slope int64) int64 {
		if x < 0 {
			return slope * x
		}
		return x
	})
	register("Pow", 2, 2, "", pow)
	register("Mod", 2, 2, "fmod", mod)
	compare("Equal", func(x, y float32) bool { return x == y }, func(x, y int64) bool { return x == y })
	compare("Greater", func(x, y float32) bool { return x > y }, func(x, y int64) bool { return x > y })
	compare("GreaterOrEqual", func(x, y float32) bool { return x >= y }, func(x, y int64) bool { return x >= y })
	compare("Less", func(x, y float32) bool { return x < y }, func(x, y int64) bool { return x < y })
	compare("LessOrEqual", func(x, y float32) bool { return x <= y }, func(x, y int64) bool { return x <= y })
	logical("And", func(x, y int64) int64 { return x & y })
	logical("Or", func(x, y int64) int64 { return x | y })
	logical("Xor", func(x, y int64) int64 { return x ^ y })
	register("Where", 3, 3, "", where)
}

// sameType checks that two inputs go together.
func (c *Call) sameType(a, b *Value) {
	c.need(a.Type == b.Type, "inputs of types %s and %s", a.Type, b.Type)
}

func arithmetic(name string, f func(x, y float32) float32, g func(x, y int64) int64) {
	register(name, 2, 2, "", func(c *Call) {
		a, b := c.In[0], c.In[1]
		c.sameType(a, b)
		out := c.full(0, a.Type, c.broadcast(a, b)...)
		if !c.trial() && a.Type.Floating() && quick(name, out, a, b) {
			return
		}
		c.binary(out, a, b, f, g)
	})
}

// quick computes sums and products in vectors, if rows of the output are long.
func quick(name string, out, a, b *Value) bool {
	if name != "Add" && name != "Mul" || out.Size() == 0 {
		return false
	}
	w := newWalk(out.Shape, a, b)
	sa, sb := w.step(0), w.step(1)
	if w.shape[len(w.shape)-1] < 8 || sa == 0 && sb == 0 {
		return false
	}
	w.rows(func(at int, from []int, n int) {
		y, x, z := out.F[at:at+n], a.F[from[0]:], b.F[from[1]:]
		switch {
		case sa == 1 && sb == 1 && name == "Add":
			kernel.Add(y, x, z)
		case sa == 1 && sb == 1:
			kernel.Mul(y, x, z)
		case sa == 0:
			withNumber(name, y, z, x[0])
		default:
			withNumber(name, y, x, z[0])
		}
	})
	return true
}

func withNumber(name string, y, x []float32, c float32) {
	if name == "Add" {
		kernel.ApplyScaled(kernel.ScaleShift, y, x, 1, c)
	} else {
		kernel.ApplyScaled(kernel.ScaleShift, y, x, c, 0)
	}
}

// binary computes an operator of two inputs, unless this is a trial run.
func (c *Call) binary(out, a, b *Value, f func(x, y float32) float32, g func(x, y int64) int64) {
	if c.trial() {
		return
	}
	w := newWalk(out.Shape, a, b)
	if a.Type.Floating() {
		pairs(out.F, a.F, b.F, w, f)
		return
	}
	pairs(out.I, a.I, b.I, w, func(x, y int64) int64 { return wrap(g(x, y), a.Type) })
}

// divide is C's integer division; dividing by 0 gives 0.
func divide(x, y int64) int64 {
	if y == 0 {
		return 0
	}
	return x / y
}

// pow takes an exponent of another type than the base.
func pow(c *Call) {
	a, b := c.In[0], c.In[1]
	out := c.out(0, a.Type, c.broadcast(a, b)...)
	if c.trial() {
		return
	}
	x, y := c.asFloats(a), c.asFloats(b)
	if a.Type.Floating() {
		pairs(out.F, x, y, newWalk(out.Shape, a, b), power)
		return
	}
	pairs(out.I, x, y, newWalk(out.Shape, a, b), func(x, y float32) int64 {
		return wrap(truncated(math.Pow(float64(x), float64(y))), a.Type)
	})
}

func power(x, y float32) float32 {
	switch y {
	case 2:
		return x * x
	case 0.5:
		return float32(math.Sqrt(float64(x)))
	}
	return float32(math.Pow(float64(x), float64(y)))
}

// truncated is x without its fraction, within the range of an int64.
func truncated(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// asFloats are the elements of a known value as float32.
func (c *Call) asFloats(v *Value) []float32 {
	if v.Type.Floating() {
		return v.F
	}
	out := make([]float32, len(v.I))
	for i, x := range v.I {
		out[i] = float32(x)
	}
	return out
}

// mod has the sign of the divisor, or, with fmod, of the dividend as in C.
func mod(c *Call) {
	a, b := c.In[0], c.In[1]
	c.sameType(a, b)
	fmod := c.attrInt("fmod", 0) == 1
	out := c.out(0, a.Type, c.broadcast(a, b)...)
	c.binary(out, a, b, func(x, y float32) float32 {
		r := math.Mod(float64(x), float64(y))
		if !fmod && r != 0 && (r < 0) != (y < 0) {
			r += float64(y)
		}
		return float32(r)
	}, func(x, y int64) int64 {
		if y == 0 || y == -1 {
			return 0
		}
		r := x % y
		if !fmod && r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		return r
	})
}

func compare(name string, f func(x, y float32) bool, g func(x, y int64) bool) {
	register(name, 2, 2, "", func(c *Call) {
		a, b := c.In[0], c.In[1]
		c.sameType(a, b)
		out := c.out(0, wire.Bool, c.broadcast(a, b)...)
		if c.trial() {
			return
		}
		w := newWalk(out.Shape, a, b)
		if a.Type.Floating() {
			pairs(out.I, a.F, b.F, w, func(x, y float32) int64 { return truth(f(x, y)) })
			return
		}
		pairs(out.I, a.I, b.I, w, func(x, y int64) int64 { return truth(g(x, y)) })
	})
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func logical(name string, g func(x, y int64) int64) {
	register(name, 2, 2, "", func(c *Call) {
		a, b := c.In[0], c.In[1]
		c.need(a.Type == wire.Bool && b.Type == wire.Bool, "inputs of types %s and %s, want bool", a.Type, b.Type)
		out := c.out(0, wire.Bool, c.broadcast(a, b)...)
		if !c.trial() {
			pairs(out.I, a.I, b.I, newWalk(out.Shape, a, b), g)
		}
	})
}

func where(c *Call) {
	cond, a, b := c.In[0], c.In[1], c.In[2]
	c.need(cond.Type == wire.Bool, "the condition is %s, want bool", cond.Type)
	c.sameType(a, b)
	out := c.out(0, a.Type, c.broadcast(cond, a, b)...)
	if c.trial() {
		return
	}
	w := newWalk(out.Shape, cond, a, b)
	if a.Type.Floating() {
		choose(out.F, cond.I, a.F, b.F, w)
		return
	}
	choose(out.I, cond.I, a.I, b.I, w)
}

func choose[T any](out []T, cond []int64, a, b []T, w *walk) {
	sc, sa, sb := w.step(0), w.step(1), w.step(2)
	w.rows(func(at int, from []int, n int) {
		for k := range n {
			if cond[from[0]+k*sc] != 0 {
				out[at+k] = a[from[1]+k*sa]
			} else {
				out[at+k] = b[from[2]+k*sb]
			}
		}
	})
}

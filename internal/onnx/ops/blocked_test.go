package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func randomFloats(rng *rand.Rand, shape ...int) *Value {
	v := Float(make([]float32, product(shape)), shape...)
	for i := range v.F {
		v.F[i] = rng.Float32()*2 - 1
	}
	return v
}

// computed runs an operator alone, by a team and in used memory, after a trial run that
// must tell the output's shape; all give the same bits.
func computed(t *testing.T, op *Op, n *wire.Node, in ...*Value) *Value {
	t.Helper()
	if n == nil {
		n = &wire.Node{}
	}
	meter := func() *Meter { return &Meter{MaxBytes: 1 << 30, MaxWork: 1 << 40} }
	unknown := make([]*Value, len(in))
	for i, v := range in {
		unknown[i] = Unknown(v.Type, v.Shape...)
	}
	trial := &Call{Node: n, Opset: MaxOpset, In: unknown, Meter: meter()}
	require.NoError(t, Run(op, trial))
	alone := &Call{Node: n, Opset: MaxOpset, In: in, Meter: meter()}
	require.NoError(t, Run(op, alone))
	require.Equal(t, trial.Out[0].Shape, alone.Out[0].Shape)
	team := kernel.NewTeam(2)
	defer team.Close()
	shared := &Call{Node: n, Opset: MaxOpset, In: in, Meter: meter(), Team: team}
	require.NoError(t, Run(op, shared))
	require.Equal(t, alone.Out[0].F, shared.Out[0].F)
	used := &Call{Node: n, Opset: MaxOpset, In: in, Meter: meter()}
	used.Meter.Arena = &Arena{Max: 1 << 30}
	for range 2 {
		require.NoError(t, Run(op, used))
		require.Equal(t, alone.Out[0].F, used.Out[0].F)
		for _, free := range used.Meter.Arena.free {
			spoil(free)
		}
		used.Out[0].Retain()
		used.Out[0].Release(used.Meter)
		spoil(used.Out[0].F)
	}
	return alone.Out[0]
}

func spoil(x []float32) {
	for i := range x {
		x[i] = float32(math.NaN())
	}
}

// plainOp runs an operator of ONNX.
func plainOp(t *testing.T, n *wire.Node, in ...*Value) *Value {
	t.Helper()
	op, err := Find(n)
	require.NoError(t, err)
	c := &Call{Node: n, Opset: MaxOpset, In: in, Meter: &Meter{MaxBytes: 1 << 30, MaxWork: 1 << 40}}
	require.NoError(t, Run(op, c))
	return c.Out[0]
}

func requireNear(t *testing.T, want, got *Value, msg ...any) {
	t.Helper()
	require.Equal(t, want.Shape, got.Shape, msg...)
	for i, w := range want.F {
		if !(math.Abs(float64(w-got.F[i])) <= 2e-5*(1+math.Abs(float64(w)))) {
			require.Equal(t, w, got.F[i], "element %d of %v: %v", i, want.Shape, msg)
		}
	}
}

// requireBorder checks that the border of a value in blocked form is zero.
func requireBorder(t *testing.T, l Layout, v *Value) {
	t.Helper()
	for p := 0; p < len(v.F); p += l.plane() {
		plane := append([]float32{}, v.F[p:p+l.plane()]...)
		for y := range l.Height {
			clear(plane[l.at(y, 0):][:l.Width*kernel.Block])
		}
		require.False(t, slices.ContainsFunc(plane, func(x float32) bool { return x != 0 }), "the border of %+v", l)
	}
}

func ints(name string, v ...int) *wire.Attribute {
	a := &wire.Attribute{Name: name, Type: wire.AttrInts}
	for _, i := range v {
		a.Ints = append(a.Ints, int64(i))
	}
	return a
}

func activated(name string) []*wire.Attribute {
	if name == "" {
		return nil
	}
	return []*wire.Attribute{{Name: "activation", Type: wire.AttrString, S: name}, {Name: "a", Type: wire.AttrFloat, F: 0.3}, {Name: "b", Type: wire.AttrFloat, F: 0.6}}
}

// eachKernel runs f with every class that this processor has.
func eachKernel(t *testing.T, f func(t *testing.T)) {
	for class := kernel.Portable; class <= kernel.Best(); class++ {
		t.Run(class.String(), func(t *testing.T) {
			before, err := kernel.Use(class)
			require.NoError(t, err)
			defer func() { _, _ = kernel.Use(before) }()
			f(t)
		})
	}
}

// TestConv2D compares convolutions in blocked form with the plain one; with -short a third of them, with one border.
func TestConv2D(t *testing.T) {
	cases := []struct {
		ins, outs, groups, h, w                 int
		kernel, stride, dilation, before, after [2]int
	}{
		{3, 20, 1, 19, 23, [2]int{7, 7}, [2]int{2, 2}, [2]int{1, 1}, [2]int{3, 3}, [2]int{3, 3}},
		{3, 16, 1, 16, 16, [2]int{8, 8}, [2]int{8, 8}, [2]int{1, 1}, [2]int{}, [2]int{}},
		{16, 32, 1, 14, 14, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{}, [2]int{}},
		{24, 40, 1, 9, 8, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}},
		{33, 50, 1, 7, 7, [2]int{3, 2}, [2]int{2, 1}, [2]int{1, 2}, [2]int{1, 0}, [2]int{0, 2}},
		{30, 30, 30, 15, 16, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}},
		{64, 64, 64, 7, 7, [2]int{5, 5}, [2]int{1, 1}, [2]int{1, 1}, [2]int{2, 2}, [2]int{2, 2}},
		{64, 96, 2, 10, 11, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}},
		{128, 256, 1, 1, 3, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{}, [2]int{}},
		{96, 16, 1, 24, 30, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}},
		// Groups that are merged: by fours, all five, and by twos.
		{64, 128, 16, 9, 8, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}},
		{20, 30, 5, 9, 8, [2]int{3, 2}, [2]int{2, 1}, [2]int{1, 2}, [2]int{1, 0}, [2]int{0, 2}},
		{96, 96, 4, 7, 9, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}},
	}
	rng, borders := rand.New(rand.NewPCG(3, 4)), []int{0, 1, 3}
	if testing.Short() {
		cases, borders = slices.Concat(cases[:1], cases[3:4], cases[6:7], cases[10:11]), borders[1:2]
	}
	eachKernel(t, func(t *testing.T) {
		for _, s := range cases {
			x := randomFloats(rng, 2, s.ins, s.h, s.w)
			weight, bias := randomFloats(rng, s.outs, s.ins/s.groups, s.kernel[0], s.kernel[1]), randomFloats(rng, s.outs)
			n := &wire.Node{OpType: "Conv", Attributes: []*wire.Attribute{{Name: "group", Type: wire.AttrInt, I: int64(s.groups)}, ints("strides", s.stride[:]...),
				ints("dilations", s.dilation[:]...), ints("pads", s.before[0], s.before[1], s.after[0], s.after[1])}}
			want := plainOp(t, n, x, weight, bias)
			for _, border := range borders {
				for _, plain := range []bool{false, true} {
					in := Layout{s.ins, s.h, s.w, max(border, s.before[0], s.before[1], s.after[0], s.after[1])}
					out := Layout{s.outs, want.Shape[2], want.Shape[3], border}
					v := Conv2D{Weight: weight, Bias: bias, In: in, Out: out, Plain: plain, Groups: s.groups, Stride: s.stride, Dilation: s.dilation, Before: s.before, After: s.after}
					v.Merge()
					require.True(t, v.CanBlock())
					if plain && s.groups > 1 {
						continue
					}
					arg := x
					if !plain {
						arg = computed(t, NewBlock(in), nil, x)
						requireBorder(t, in, arg)
					}
					y := computed(t, NewConv2D(v), nil, arg)
					requireBorder(t, out, y)
					requireNear(t, want, computed(t, NewUnblock(out), nil, y), s)
					// With a residual, which lies as the output does, and an activation.
					added := computed(t, NewBlock(out), nil, randomFloats(rng, want.Shape...))
					for _, name := range []string{"Relu", "Sigmoid"} {
						both := computed(t, NewConv2D(v), &wire.Node{Attributes: activated(name)}, arg, added)
						requireBorder(t, out, both)
						sum := plainOp(t, &wire.Node{OpType: "Add"}, want, computed(t, NewUnblock(out), nil, added))
						requireNear(t, plainOp(t, &wire.Node{OpType: name}, sum), computed(t, NewUnblock(out), nil, both), s, name)
					}
				}
			}
		}
	})
	v := Conv2D{Weight: randomFloats(rng, 24, 8, 1, 1), Groups: 3}
	require.False(t, v.CanBlock())
}

// TestPool2D compares pools in blocked form with the plain ones.
func TestPool2D(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	eachKernel(t, func(t *testing.T) {
		for _, s := range []Pool2D{
			{Size: [2]int{3, 3}, Stride: [2]int{2, 2}, Before: [2]int{1, 1}, After: [2]int{1, 1}},
			{Size: [2]int{2, 2}, Stride: [2]int{2, 2}},
			{Size: [2]int{3, 2}, Stride: [2]int{1, 2}, Before: [2]int{1, 0}, After: [2]int{0, 1}},
			{Size: [2]int{9, 7}, Stride: [2]int{1, 1}, Before: [2]int{4, 3}, After: [2]int{4, 3}},
		} {
			for _, name := range []string{"MaxPool", "AveragePool", "AveragePool all"} {
				x := randomFloats(rng, 2, 20, 13, 18)
				p := s
				p.Max, p.CountPad, p.Dilation = name == "MaxPool", name == "AveragePool all", [2]int{1, 1}
				n := &wire.Node{OpType: name[:min(len(name), 11)], Attributes: []*wire.Attribute{ints("kernel_shape", p.Size[:]...), ints("strides", p.Stride[:]...), ints("pads", p.Before[0], p.Before[1], p.After[0], p.After[1])}}
				if p.CountPad {
					n.Attributes = append(n.Attributes, &wire.Attribute{Name: "count_include_pad", Type: wire.AttrInt, I: 1})
				}
				want := plainOp(t, n, x)
				p.In, p.Out = Layout{20, 13, 18, 1}, Layout{20, want.Shape[2], want.Shape[3], 2}
				require.True(t, p.Fits())
				y := computed(t, NewPool2D(p), nil, computed(t, NewBlock(p.In), nil, x))
				requireBorder(t, p.Out, y)
				requireNear(t, want, computed(t, NewUnblock(p.Out), nil, y), name, s)
			}
		}
	})
	outside := Pool2D{In: Layout{1, 2, 2, 0}, Out: Layout{1, 4, 4, 0}, Size: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}}
	require.False(t, outside.Fits())
}

// TestBlockedMaps has what else is computed in blocked form.
func TestBlockedMaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	eachKernel(t, func(t *testing.T) {
		for border := range 3 {
			a, b, out := Layout{40, 5, 6, border}, Layout{40, 5, 6, 1}, Layout{40, 5, 6, 2 - border}
			x, z, gate := randomFloats(rng, 3, 40, 5, 6), randomFloats(rng, 3, 40, 5, 6), randomFloats(rng, 3, 40, 1, 1)
			bx, bz := computed(t, NewBlock(a), nil, x), computed(t, NewBlock(b), nil, z)
			plain := func(y *Value) *Value {
				requireBorder(t, out, y)
				return computed(t, NewUnblock(out), nil, y)
			}
			sigmoid := &wire.Node{OpType: "Sigmoid"}
			with := &wire.Node{Attributes: activated("Sigmoid")}
			sum, prod := plainOp(t, &wire.Node{OpType: "Add"}, x, z), plainOp(t, &wire.Node{OpType: "Mul"}, x, z)
			requireNear(t, plainOp(t, sigmoid, x), plain(computed(t, NewMap2D(a, out), with, bx)))
			requireNear(t, sum, plain(computed(t, NewPair2D(false, a, b, out), nil, bx, bz)))
			requireNear(t, plainOp(t, sigmoid, prod), plain(computed(t, NewPair2D(true, a, b, out), with, bx, bz)))
			requireNear(t, plainOp(t, &wire.Node{OpType: "Mul"}, x, gate), plain(computed(t, NewGate2D(a, out), nil, bx, gate)))
			mean := plainOp(t, &wire.Node{OpType: "GlobalAveragePool"}, x)
			requireNear(t, mean, computed(t, NewMean2D(a, true), nil, bx))
			requireNear(t, mean.reshaped([]int{3, 40}), computed(t, NewMean2D(a, false), nil, bx))

			c, both := Layout{32, 5, 6, 1}, Layout{72, 5, 6, 2 - border}
			w := randomFloats(rng, 3, 32, 5, 6)
			y := computed(t, NewConcat2D([]Layout{c, a}, both), nil, computed(t, NewBlock(c), nil, w), bx)
			requireBorder(t, both, y)
			requireNear(t, plainOp(t, &wire.Node{OpType: "Concat", Attributes: []*wire.Attribute{{Name: "axis", Type: wire.AttrInt, I: 1}}}, w, x), computed(t, NewUnblock(both), nil, y))
		}
	})
}

// Groups are merged where few of them fill the blocks together.
func TestMerge(t *testing.T) {
	for _, s := range []struct{ ins, outs, groups, merged int }{
		{64, 64, 1, 0}, {64, 64, 64, 0}, {64, 64, 4, 1}, {128, 128, 32, 4}, {96, 96, 4, 2}, {48, 48, 2, 2}, {20, 30, 5, 5}, {64, 256, 64, 0}, {126, 126, 18, 0}, {8192, 8192, 512, 1}, {12288, 12288, 512, 0},
	} {
		v := Conv2D{Weight: Unknown(1, s.outs, s.ins/s.groups, 3, 3), Groups: s.groups}
		v.Merge()
		require.Equal(t, s.merged, v.Merged, s)
	}
}

// BenchmarkGroups is a layer of ResNeXt-50, in blocked form and plain.
func BenchmarkGroups(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	l := Layout{128, 28, 28, 1}
	v := Conv2D{Weight: randomFloats(rng, 128, 4, 3, 3), In: l, Out: l, Groups: 32, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, After: [2]int{1, 1}}
	v.Merge()
	x := randomFloats(rng, 1, 128, 28, 28)
	for name, f := range map[string]func() *Call{
		"merged": func() *Call {
			return &Call{Node: &wire.Node{}, In: []*Value{randomFloats(rng, l.shape(1)...)}}
		},
		"plain": func() *Call {
			return &Call{Node: &wire.Node{Attributes: []*wire.Attribute{{Name: "group", Type: wire.AttrInt, I: 32}, ints("pads", 1, 1, 1, 1)}}, In: []*Value{x, v.Weight}}
		},
	} {
		op := NewConv2D(v)
		if name == "plain" {
			op, _ = Find(&wire.Node{OpType: "Conv"})
		}
		b.Run(name, func(b *testing.B) {
			c := f()
			for b.Loop() {
				c.Meter = &Meter{MaxBytes: 1 << 30, MaxWork: 1 << 40}
				require.NoError(b, Run(op, c))
			}
		})
	}
}

// TestPackLinear compares a product with packed weights with that of the plain operators.
func TestPackLinear(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	eachKernel(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 7, 5}, {3, 8, 16}, {15, 64, 33}, {130, 20, 100}, {40, 3, 1000}} {
			m, k, n := s[0], s[1], s[2]
			x, w, bias := randomFloats(rng, 1, m, k), randomFloats(rng, k, n), randomFloats(rng, n)
			want := plainOp(t, &wire.Node{OpType: "Add"}, plainOp(t, &wire.Node{OpType: "MatMul"}, x, w), bias)
			requireNear(t, want, computed(t, PackLinear(w, bias, false, false), nil, x), s)
			requireNear(t, want, computed(t, PackLinear(Float(Turned(w).Floats(), n, k), bias, true, false), nil, x), s)
			added := randomFloats(rng, want.Shape...)
			want = plainOp(t, &wire.Node{OpType: "Tanh"}, plainOp(t, &wire.Node{OpType: "Add"}, want, added))
			requireNear(t, want, computed(t, PackLinear(w, bias, false, false), &wire.Node{Attributes: activated("Tanh")}, x, added), s)
			single := computed(t, PackLinear(w, nil, false, true), nil, x.reshaped([]int{m, k, 1, 1}))
			require.Equal(t, []int{m, n, 1, 1}, single.Shape)
		}
	})
	require.Error(t, Run(PackLinear(randomFloats(rng, 4, 4), nil, false, false), &Call{Node: &wire.Node{}, In: []*Value{randomFloats(rng, 2, 5)}, Meter: &Meter{MaxBytes: 1 << 20, MaxWork: 1 << 20}}))
}

// TestArena bounds what an arena holds, and gives back what fits.
func TestArena(t *testing.T) {
	a := &Arena{Max: 4 * 10_000}
	x, dirty := a.get(6000)
	require.False(t, dirty)
	a.put(x)
	_, dirty = a.get(2000) // too small for it
	require.False(t, dirty)
	y, dirty := a.get(3000)
	require.True(t, dirty)
	require.Len(t, y, 6000)
	a.put(y)
	_, dirty = a.get(7000)
	require.False(t, dirty)
	require.Empty(t, a.free, "room was made")
	require.Equal(t, 4*9000, a.held)
}

// A residual or a batch that does not fit is an error and no panic.
func TestBlockedRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	l := Layout{16, 4, 4, 1}
	for i, in := range [][]*Value{{randomFloats(rng, 1, 1, 6, 6, 16), randomFloats(rng, 2, 1, 6, 6, 16)}, {randomFloats(rng, 1, 16, 4, 4), randomFloats(rng, 1, 1, 6, 6, 16)}} {
		err := Run(NewPair2D(true, l, l, l), &Call{Node: &wire.Node{}, In: in, Meter: &Meter{MaxBytes: 1 << 20, MaxWork: 1 << 20}})
		require.Error(t, err, fmt.Sprint(i))
		require.NotErrorIs(t, err, ErrInternal)
	}
}

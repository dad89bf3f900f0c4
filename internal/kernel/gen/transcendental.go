package main

import (
	"fmt"
	"math"
)

// consts are the numbers of the functions below, each as a whole vector in memory.
var consts = []struct {
	name   string
	values []float32
}{
	{"zero", []float32{0}}, {"half", []float32{0.5}}, {"one", []float32{1}}, {"two", []float32{2}}, {"three", []float32{3}}, {"six", []float32{6}},
	// Beyond these exp is 0 or infinite in float32.
	{"expLow", []float32{-105}}, {"expHigh", []float32{89}},
	{"log2e", []float32{math.Log2E}},
	// ln 2 in two parts (Cody, Waite): the first has so few digits that multiples of it are exact.
	{"ln2High", []float32{0.693359375}}, {"ln2Low", []float32{-2.12194440e-4}},
	{"taylor", []float32{1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040}},
	// From fit.py.
	{"erfc", []float32{1.12837923, 0.636618972, 0.102776557, -0.0191334877, -0.00022739447, 0.00177526264, -0.000727459614, 0.000163376011, -2.07088506e-05, 1.15571902e-06}},
	{"erf", []float32{1.12837911, -0.37612626, 0.112835854, -0.026853811, 0.00518832728, -0.000801019196, 7.85385564e-05}},
	{"tanh", []float32{1, -0.333332509, 0.13330932, -0.0537053198, 0.020539932, -0.00560273416}},
	{"tanhPoly", []float32{0.625}}, // below it the polynomial
	{"sqrtHalf", []float32{math.Sqrt2 / 2}},
	{"erfcEnd", []float32{6}}, {"geluEnd", []float32{6 * math.Sqrt2}},
	// GELU's tanh form as x·sigmoid(x·(a + b·x²)).
	{"geluA", []float32{2 * 0.7978845608028654}}, {"geluB", []float32{2 * 0.7978845608028654 * 0.044715}},
	// Of exact.go: added to a number and subtracted again, magic leaves an integer, also in the bits of the sum.
	{"least", []float32{-87.33654}}, {"magic", []float32{3 << 22}}, {"minusHalf", []float32{-0.5}}, {"quarter", []float32{0.25}},
	{"tailEnd", []float32{14}}, {"gateEnd", []float32{88}}, {"density", []float32{0.3989422804014327}},
	{"lowest", []float32{float32(math.Inf(-1))}},
	{"tail", []float32{0.0999758989, 0.103786647, 0.0500645936, 0.240983546, -0.231261462, 0.324756891, -0.0883061364}},
}

// constLength is how many values a constant has.
func constLength(name string) int {
	for _, c := range consts {
		if c.name == name {
			return len(c.values)
		}
	}
	panic(name)
}

// constTable writes consts.
func constTable(a *asm, s isa) {
	a.WriteByte('\n')
	offset := 0
	word := func(bits uint32) {
		for range s.floats() {
			fmt.Fprintf(a, "DATA numbers%s<>+%d(SB)/4, $%#x\n", s.name, offset, bits)
			offset += 4
		}
	}
	word(0x7fffffff) // all but the sign
	word(127)        // the bias of a float32's exponent
	for _, c := range consts {
		for _, v := range c.values {
			word(math.Float32bits(v))
		}
	}
	fmt.Fprintf(a, "GLOBL numbers%s<>(SB), RODATA|NOPTR, $%d\n", s.name, offset)
}

// vec writes instructions on vectors: x is the argument and the result, t, u, v, w and
// small are free.
type vec struct {
	*asm
	isa
	x, t, u, v, w, small string
}

// newVec has six registers from first on.
func newVec(a *asm, s isa, first int) vec {
	r := func(i int) string { return fmt.Sprintf("%s%d", s.reg, first+i) }
	return vec{a, s, r(0), r(1), r(2), r(3), r(4), r(5)}
}

// at is the memory of entry i of a constant.
func (e vec) at(name string, i int) string {
	offset := map[string]int{"abs": 0, "bias": 1}
	n := 2
	for _, c := range consts {
		offset[c.name] = n
		n += len(c.values)
	}
	k, ok := offset[name]
	if !ok {
		panic(name)
	}
	return fmt.Sprintf("numbers%s<>+%d(SB)", e.name, (k+i)*e.bytes)
}

func (e vec) load(name, to string)               { e.op("VMOVUPS %s, %s", e.at(name, 0), to) }
func (e vec) with(op, name string, a, to string) { e.op("%s %s, %s, %s", op, e.at(name, 0), a, to) }
func (e vec) abs(x, to string) {
	e.op("VANDPS %s, %s, %s", e.at("abs", 0), x, to)
}

// poly sets to to the polynomial of x with the coefficients of that name.
func (e vec) poly(name, x, to string) {
	last := constLength(name) - 1
	e.op("VMOVUPS %s, %s", e.at(name, last), to)
	for i := last - 1; i >= 0; i-- {
		e.op("VFMADD213PS %s, %s, %s", e.at(name, i), x, to)
	}
}

// exp replaces x by eˣ = 2ⁿ·eʳ with |r| ≤ ln(2)/2; it uses t and u. NaN stays NaN.
func (e vec) exp(x string) {
	e.load("expHigh", e.t)
	e.op("VMINPS %s, %s, %s", x, e.t, x)
	e.load("expLow", e.t)
	e.op("VMAXPS %s, %s, %s", x, e.t, x)
	e.with("VMULPS", "log2e", x, e.u)
	if e.masked {
		e.op("VRNDSCALEPS $0, %s, %s", e.u, e.u)
	} else {
		e.op("VROUNDPS $0, %s, %s", e.u, e.u)
	}
	e.with("VFNMADD231PS", "ln2High", e.u, x)
	e.with("VFNMADD231PS", "ln2Low", e.u, x)
	e.poly("taylor", x, e.t)
	if e.masked {
		e.op("VSCALEFPS %s, %s, %s", e.u, e.t, x)
		return
	}
	// In two steps, since 2ⁿ itself may not be a float32.
	e.op("VCVTPS2DQ %s, %s", e.u, e.u)
	e.op("VPSRAD $1, %s, %s", e.u, x)
	e.op("VPSUBD %s, %s, %s", x, e.u, e.u)
	for _, half := range []string{x, e.u} {
		e.with("VPADDD", "bias", half, half)
		e.op("VPSLLD $23, %s, %s", half, half)
		e.op("VMULPS %s, %s, %s", half, e.t, e.t)
	}
	e.op("VMOVAPS %s, %s", e.t, x)
}

// negate replaces x by −x.
func (e vec) negate(x string) {
	e.load("zero", e.t)
	e.op("VSUBPS %s, %s, %s", x, e.t, x)
}

// sigmoid replaces x by 1/(1+e⁻ˣ).
func (e vec) sigmoid(x string) {
	e.negate(x)
	e.exp(x)
	e.with("VADDPS", "one", x, x)
	e.load("one", e.t)
	e.op("VDIVPS %s, %s, %s", x, e.t, x)
}

// tanh replaces x by 1 − 2/(e^2|x| + 1), and near 0 by a polynomial.
func (e vec) tanh() {
	e.abs(e.x, e.v)
	e.op("VADDPS %s, %s, %s", e.v, e.v, e.w)
	e.exp(e.w)
	e.with("VADDPS", "one", e.w, e.w)
	e.load("two", e.t)
	e.op("VDIVPS %s, %s, %s", e.w, e.t, e.w)
	e.load("one", e.t)
	e.op("VSUBPS %s, %s, %s", e.w, e.t, e.w)
	e.signed(e.w, e.x)
	e.op("VMULPS %s, %s, %s", e.x, e.x, e.u)
	e.poly("tanh", e.u, e.small)
	e.op("VMULPS %s, %s, %s", e.x, e.small, e.small)
	e.below(e.v, "tanhPoly", e.small, e.w)
}

// erfc replaces t ≥ 0 by erfc(t) = exp(−t·P(t)), which 0 is near enough from 6 on.
func (e vec) erfc(x string) {
	e.load("erfcEnd", e.t)
	e.op("VMINPS %s, %s, %s", x, e.t, x)
	e.poly("erfc", x, e.u)
	e.op("VMULPS %s, %s, %s", e.u, x, x)
	e.negate(x)
	e.exp(x)
}

// below sets x to small where v is less than the constant, to large elsewhere.
func (e vec) below(v, limit, small, large string) {
	e.load(limit, e.t)
	if e.masked { // predicate 17: less than, ordered, quiet
		e.op("VCMPPS $17, %s, %s, K2", e.t, v)
		e.op("VMOVAPS %s, K2, %s", small, large)
	} else {
		e.op("VCMPPS $17, %s, %s, %s", e.t, v, e.t)
		e.op("VBLENDVPS %s, %s, %s, %s", e.t, small, large, large)
	}
	e.op("VMOVAPS %s, %s", large, e.x)
}

// signed gives y ≥ 0 the sign of x; it uses t.
func (e vec) signed(y, x string) {
	e.op("VMOVUPS %s, %s", e.at("abs", 0), e.t)
	e.op("VANDNPS %s, %s, %s", x, e.t, e.t)
	e.op("VORPS %s, %s, %s", e.t, y, y)
}

// functions are y = f(x), element by element.
var functions = []struct {
	name string
	body func(e vec)
}{
	{"exp", func(e vec) { e.exp(e.x) }},
	{"sigmoid", func(e vec) { e.sigmoid(e.x) }},
	{"silu", func(e vec) {
		e.op("VMOVAPS %s, %s", e.x, e.v)
		e.sigmoid(e.x)
		e.op("VMULPS %s, %s, %s", e.v, e.x, e.x)
	}},
	{"tanh", vec.tanh},
	{"erf", func(e vec) {
		e.abs(e.x, e.v)
		e.op("VMOVAPS %s, %s", e.v, e.w)
		e.erfc(e.w)
		e.load("one", e.t)
		e.op("VSUBPS %s, %s, %s", e.w, e.t, e.w)
		e.signed(e.w, e.x)
		e.op("VMULPS %s, %s, %s", e.x, e.x, e.u)
		e.poly("erf", e.u, e.small)
		e.op("VMULPS %s, %s, %s", e.x, e.small, e.small)
		e.below(e.v, "one", e.small, e.w)
	}},
	{"gelu", func(e vec) { // max(x, 0) − |x|/2·erfc(|x|/√2)
		e.abs(e.x, e.v)
		e.load("geluEnd", e.t)
		e.op("VMINPS %s, %s, %s", e.v, e.t, e.v)
		e.with("VMULPS", "sqrtHalf", e.v, e.w)
		e.erfc(e.w)
		e.with("VMULPS", "half", e.v, e.v)
		e.load("zero", e.t)
		e.op("VMAXPS %s, %s, %s", e.x, e.t, e.x)
		e.op("VFNMADD231PS %s, %s, %s", e.v, e.w, e.x)
	}},
	{"hardSwish", func(e vec) { // x·min(max(x+3, 0), 6)/6, as PyTorch has it
		e.with("VADDPS", "three", e.x, e.v)
		e.load("zero", e.t)
		e.op("VMAXPS %s, %s, %s", e.v, e.t, e.v)
		e.load("six", e.t)
		e.op("VMINPS %s, %s, %s", e.v, e.t, e.v)
		e.op("VMULPS %s, %s, %s", e.v, e.x, e.x)
		e.op("VDIVPS %s, %s, %s", e.t, e.x, e.x)
	}},
	{"geluTanh", func(e vec) {
		e.op("VMULPS %s, %s, %s", e.x, e.x, e.v)
		e.load("geluB", e.w)
		e.op("VFMADD213PS %s, %s, %s", e.at("geluA", 0), e.v, e.w)
		e.op("VMOVAPS %s, %s", e.x, e.v)
		e.op("VMULPS %s, %s, %s", e.w, e.x, e.x)
		e.sigmoid(e.x)
		e.op("VMULPS %s, %s, %s", e.v, e.x, e.x)
	}},
}

// scaled are functions of x and two numbers, a and b, in registers 6 and 7.
var scaled = []struct {
	name string
	body func(e vec, a, b string)
}{
	{"scaleShift", func(e vec, a, b string) { e.op("VFMADD213PS %s, %s, %s", b, a, e.x) }},
	{"clamp", func(e vec, a, b string) {
		e.op("VMAXPS %s, %s, %s", e.x, a, e.x)
		e.op("VMINPS %s, %s, %s", e.x, b, e.x)
	}},
	{"hardSigmoid", hardSigmoid},
	{"expScaled", expScaled},
}

func expScaled(e vec, a, b string) {
	e.op("VSUBPS %s, %s, %s", b, e.x, e.x)
	e.op("VMULPS %s, %s, %s", a, e.x, e.x)
	e.exp(e.x)
}

func hardSigmoid(e vec, a, b string) {
	e.op("VFMADD213PS %s, %s, %s", b, a, e.x)
	e.load("zero", e.t)
	e.op("VMAXPS %s, %s, %s", e.x, e.t, e.x)
	e.load("one", e.t)
	e.op("VMINPS %s, %s, %s", e.x, e.t, e.x)
}

// pairLoop runs body over two vectors at a time, one instruction of each after the other:
// those of one vector wait for each other, longer than a processor with a small scheduler
// looks ahead. What is left is less than two vectors.
func pairLoop(a *asm, s isa, name string, body func(e vec)) {
	a.label(name + "Pair")
	a.op("CMPQ CX, $%d", 2*s.floats())
	a.op("JLT %sRest", name)
	var bodies []string
	for i, first := range []int{0, 8} { // 6 and 7 are the parameters
		e := newVec(&asm{}, s, first)
		e.op("VMOVUPS %d(SI), %s", i*s.bytes, e.x)
		body(e)
		e.op("VMOVUPS %s, %d(DI)", e.x, i*s.bytes)
		bodies = append(bodies, e.String())
	}
	interleave(a, bodies...)
	a.op("ADDQ $%d, DI", 2*s.bytes)
	a.op("ADDQ $%d, SI", 2*s.bytes)
	a.op("SUBQ $%d, CX", 2*s.floats())
	a.op("JMP %sPair", name)
	a.label(name + "Rest")
}

// transcendental writes the functions above.
func transcendental(a *asm, s isa) {
	constTable(a, s)
	apply := func(name string, body func(e vec)) {
		if !s.masked {
			pairLoop(a, s, name+s.name, body)
		}
		e := newVec(a, s, 0)
		vecLoop(a, s, name+s.name, []string{"DI", "SI"}, func(load func(string, string), store func(string, string)) {
			load("SI", e.x)
			body(e)
			store(e.x, "DI")
		})
	}
	begin := func(name, args string, bytes int) {
		a.text(fmt.Sprintf("func %s%s(y, x *float32, n int%s)", name, s.name, args), name+s.name, bytes)
		a.op("MOVQ y+0(FP), DI")
		a.op("MOVQ x+8(FP), SI")
		a.op("MOVQ n+16(FP), CX")
	}
	for _, f := range functions {
		begin(f.name, "", 24)
		apply(f.name, f.body)
	}
	for _, f := range scaled {
		begin(f.name, ", a, b float32", 32)
		x, y := s.reg+"6", s.reg+"7"
		a.op("VBROADCASTSS a+24(FP), %s", x)
		a.op("VBROADCASTSS b+28(FP), %s", y)
		apply(f.name, func(e vec) { f.body(e, x, y) })
	}
}

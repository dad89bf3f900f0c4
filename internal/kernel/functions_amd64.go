package kernel

//go:noescape
func expAVX2(y, x *float32, n int)

//go:noescape
func expAVX512(y, x *float32, n int)

//go:noescape
func sigmoidAVX2(y, x *float32, n int)

//go:noescape
func sigmoidAVX512(y, x *float32, n int)

//go:noescape
func siluAVX2(y, x *float32, n int)

//go:noescape
func siluAVX512(y, x *float32, n int)

//go:noescape
func tanhAVX2(y, x *float32, n int)

//go:noescape
func tanhAVX512(y, x *float32, n int)

//go:noescape
func erfAVX2(y, x *float32, n int)

//go:noescape
func erfAVX512(y, x *float32, n int)

//go:noescape
func geluAVX2(y, x *float32, n int)

//go:noescape
func geluAVX512(y, x *float32, n int)

//go:noescape
func geluTanhAVX2(y, x *float32, n int)

//go:noescape
func geluTanhAVX512(y, x *float32, n int)

//go:noescape
func scaleShiftAVX2(y, x *float32, n int, a, b float32)

//go:noescape
func scaleShiftAVX512(y, x *float32, n int, a, b float32)

//go:noescape
func clampAVX2(y, x *float32, n int, a, b float32)

//go:noescape
func clampAVX512(y, x *float32, n int, a, b float32)

//go:noescape
func hardSigmoidAVX2(y, x *float32, n int, a, b float32)

//go:noescape
func hardSigmoidAVX512(y, x *float32, n int, a, b float32)

//go:noescape
func hardSwishAVX2(y, x *float32, n int)

//go:noescape
func hardSwishAVX512(y, x *float32, n int)

//go:noescape
func expScaledAVX2(y, x *float32, n int, a, b float32)

//go:noescape
func expScaledAVX512(y, x *float32, n int, a, b float32)

var vectorFuncs = [...][funcs]func(y, x *float32, n int){
	AVX2:   {Exp: expAVX2, Sigmoid: sigmoidAVX2, SiLU: siluAVX2, Tanh: tanhAVX2, Erf: erfAVX2, HardSwish: hardSwishAVX2, GELU: geluAVX2, GELUTanh: geluTanhAVX2},
	AVX512: {Exp: expAVX512, Sigmoid: sigmoidAVX512, SiLU: siluAVX512, Tanh: tanhAVX512, Erf: erfAVX512, HardSwish: hardSwishAVX512, GELU: geluAVX512, GELUTanh: geluTanhAVX512},
}

var vectorScaled = [...][scaleds]func(y, x *float32, n int, a, b float32){
	AVX2:   {ScaleShift: scaleShiftAVX2, Clamp: clampAVX2, HardSigmoid: hardSigmoidAVX2, ExpScaled: expScaledAVX2},
	AVX512: {ScaleShift: scaleShiftAVX512, Clamp: clampAVX512, HardSigmoid: hardSigmoidAVX512, ExpScaled: expScaledAVX512},
}

func applyVector(f Func, y, x []float32, class Class) {
	vectorFuncs[class][f](&y[0], &x[0], len(y))
}

func applyScaledVector(f Scaled, y, x []float32, a, b float32, class Class) {
	vectorScaled[class][f](&y[0], &x[0], len(y), a, b)
}

//go:build unix

package nn

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// referenceHead is the head that speeds are compared with: Linear 512→256,
// ReLU, Dropout 0.1, Linear 256→10.
func referenceHead(t testing.TB) *Net {
	rng := rand.New(rand.NewPCG(1, 1))
	uniform := func(bound float32, shape ...int) safetensors.Tensor {
		x := tensor(make([]float32, elements(shape)), shape...)
		for i := range x.Data {
			x.Data[i] = (rng.Float32()*2 - 1) * bound
		}
		return x
	}
	n, err := New([]Spec{
		linearSpec(512, 256), {Type: "ReLU"}, {Type: "Dropout", Params: map[string]any{"p": 0.1}}, linearSpec(256, 10),
	}, map[string]safetensors.Tensor{
		"layers.0.weight": uniform(0.044, 256, 512), "layers.0.bias": uniform(0.044, 256),
		"layers.3.weight": uniform(0.0625, 10, 256), "layers.3.bias": uniform(0.0625, 10),
	})
	require.NoError(t, err)
	return n
}

// processor is the processor time that this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report gives samples a second, and the processor time of an operation, which
// other work on the machine does not stretch as it does the wall clock.
func report(b *testing.B, samples int, before time.Duration, unit string) {
	b.ReportMetric(float64(samples)*float64(b.N)/b.Elapsed().Seconds(), unit)
	b.ReportMetric(float64(processor(b)-before)/1e6/float64(b.N), "processor-ms")
}

// BenchmarkScoring is the reference head in eval mode over 10,000 samples, on
// as many processors as -cpu says.
func BenchmarkScoring(b *testing.B) {
	const samples = 10_000
	n := referenceHead(b)
	x := tensor(make([]float32, samples*512), samples, 512)
	for i := range x.Data {
		x.Data[i] = float32(i%17) / 17
	}
	start := processor(b)
	for b.Loop() {
		_, err := n.Forward(x)
		require.NoError(b, err)
	}
	report(b, samples, start, "samples/s")
}

// BenchmarkEncoder runs a small CNN (77 MFLOP a picture) over 1,000 pictures of
// 3×32×32 in eval mode, on all processors.
func BenchmarkEncoder(b *testing.B) {
	const pictures = 1000
	conv := func(in, out int) Spec {
		return Spec{Type: "Conv2d", Params: map[string]any{"in_channels": in, "out_channels": out, "kernel_size": 3, "padding": 1}}
	}
	specs := []Spec{conv(3, 32), {Type: "ReLU"}, conv(32, 64), {Type: "ReLU"}, {Type: "MaxPool2d", Params: map[string]any{"kernel_size": 2}},
		conv(64, 128), {Type: "ReLU"}, {Type: "AdaptiveAvgPool2d", Params: map[string]any{"output_size": 1}}, {Type: "Flatten"}}
	weights := map[string]safetensors.Tensor{}
	for i, s := range specs {
		shapes, err := ParamShapes(s)
		require.NoError(b, err)
		for name, shape := range shapes {
			x := tensor(make([]float32, elements(shape)), shape...)
			for j := range x.Data {
				x.Data[j] = float32(j%13)/130 - 0.05
			}
			weights[layerName(i)+name] = x
		}
	}
	n, err := New(specs, weights)
	require.NoError(b, err)
	x := tensor(make([]float32, pictures*3*32*32), pictures, 3, 32, 32)
	for i := range x.Data {
		x.Data[i] = float32(i%255) / 255
	}
	start := processor(b)
	for b.Loop() {
		_, err := n.Forward(x)
		require.NoError(b, err)
	}
	report(b, pictures, start, "pictures/s")
}

package onnx

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// uniform makes the weights that testdata/whole/make.py took out of the models:
// splitmix64's upper 24 bits as numbers in [−amplitude, amplitude).
func uniform(name string, seed, size int64) ([]byte, error) {
	text, ok := strings.CutPrefix(name, "uniform-")
	amplitude, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return nil, fmt.Errorf("no external data %q", name)
	}
	b := make([]byte, 0, size)
	state := uint64(seed) << 32
	for i := uint64(1); i <= uint64(size)/4; i++ {
		z := (state + i) * 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		u := float64(z>>40)/(1<<23) - 1
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(u*amplitude)))
	}
	return b, nil
}

// whole is one model of testdata/whole.zip with what onnxruntime computes.
type whole struct {
	file []byte
	x, y tensor.Tensor
}

func readWhole(t testing.TB, z fs.FS, name string) whole {
	read := func(file string) []byte {
		b, err := fs.ReadFile(z, name+"/"+file)
		require.NoError(t, err)
		return b
	}
	value := func(file string) tensor.Tensor {
		p, err := wire.DecodeTensor(read(file))
		require.NoError(t, err)
		if p.External != nil {
			_, n, err := ops.Elements(p.Dims)
			require.NoError(t, err)
			p.Raw, err = uniform(p.External["location"], 1, int64(4*n))
			require.NoError(t, err)
		}
		v, err := ops.FromTensor(p)
		require.NoError(t, err)
		for _, n := range v.I { // token ids
			v.F = append(v.F, float32(n))
		}
		return tensor.Tensor{Shape: v.Shape, Data: v.F}
	}
	return whole{read("model.onnx"), value("input.pb"), value("output.pb")}
}

var generous = Limits{Bytes: 1 << 29, Work: 1 << 37}

func openWhole(t testing.TB) *zip.ReadCloser {
	z, err := zip.OpenReader("testdata/whole.zip")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, z.Close()) })
	return z
}

// TestWholeModels compares whole models with onnxruntime, and what is written of them
// with both.
func TestWholeModels(t *testing.T) {
	z := openWhole(t)
	entries, err := fs.ReadDir(z, ".")
	require.NoError(t, err)
	require.Greater(t, len(entries), 30)
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			w := readWhole(t, z, e.Name())
			p, err := Load(w.file, Options{External: uniform})
			require.NoError(t, err)
			n, err := p.Specialize(w.x.Shape[1:], generous)
			require.NoError(t, err)
			y, err := n.Forward(w.x)
			require.NoError(t, err)
			requireClose(t, w.y, y)
			cuts := n.Cuts()
			require.NotEmpty(t, cuts)
			front := n.Front(cuts[len(cuts)/2])
			one := tensor.Tensor{Shape: append([]int{1}, w.x.Shape[1:]...), Data: w.x.Data[:len(w.x.Data)/w.x.Shape[0]]}
			features, err := front.Forward(one)
			require.NoError(t, err)
			requireSame(t, front, one, features)
		})
	}
}

// requireSame checks that a network that was written and read computes the same.
func requireSame(t *testing.T, n *Net, x, want tensor.Tensor) {
	t.Helper()
	p, err := Load(n.Encode(), Options{})
	require.NoError(t, err)
	again, err := p.Specialize(x.Shape[1:], generous)
	require.NoError(t, err)
	require.Equal(t, n.OutputShape(), again.OutputShape())
	got, err := again.Forward(x)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, n.Encode(), again.Encode(), "what is written is folded")
}

// requireClose allows 1e-4 of the largest number.
func requireClose(t *testing.T, want, got tensor.Tensor) {
	t.Helper()
	require.Equal(t, want.Shape, got.Shape)
	largest, diff := 0.0, 0.0
	for i, w := range want.Data {
		largest = max(largest, math.Abs(float64(w)))
		diff = max(diff, math.Abs(float64(w)-float64(got.Data[i])))
	}
	require.LessOrEqual(t, diff, 1e-4*largest)
}

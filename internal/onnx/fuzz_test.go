package onnx

import (
	"archive/zip"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// specializeAndRun runs two samples of zeros.
func specializeAndRun(p *Program, sample []int, limits Limits) error {
	n, err := p.Specialize(sample, limits)
	if err != nil {
		return err
	}
	y, err := n.Forward(tensor.New(append([]int{2}, sample...)...))
	if err != nil {
		return err
	}
	if len(y.Data) != tensor.Size(y.Shape) {
		return ErrInternal
	}
	again, err := Load(n.Encode(), Options{})
	if err != nil {
		return err
	}
	_, err = again.Specialize(sample, limits)
	return err
}

// FuzzRun goes from bytes to a graph that was run and written: whatever the bytes are,
// no operator panics, and nothing takes more memory than its limits.
func FuzzRun(f *testing.F) {
	z, err := zip.OpenReader("testdata/node.zip")
	require.NoError(f, err)
	defer z.Close()
	require.NoError(f, fs.WalkDir(z, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "model.onnx") {
			return err
		}
		b, err := fs.ReadFile(z, path)
		require.NoError(f, err)
		f.Add(constantInputs(f, b))
		return nil
	}))
	for _, w := range onnxtest.Models(f, "residual.legacy", "lstm.legacy", "hf_bert.legacy", "unet.dynamo", "sklearn_mlp") {
		f.Add(w.File)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Load(b, Options{External: func(_ string, _, size int64) ([]byte, error) {
			if size > 1<<20 {
				return nil, ErrLimit
			}
			return make([]byte, size), nil
		}})
		if err == nil {
			err = specializeAndRun(p, p.sampleOf(), Limits{Bytes: 1 << 22, Work: 1 << 22})
		}
		require.NotErrorIs(t, err, ErrInternal)
	})
}

// sampleOf is a small sample of the shape that the file says.
func (p *Program) sampleOf() []int {
	sample := []int{}
	for i, d := range p.input.Dims {
		if i > 0 {
			sample = append(sample, min(max(d, 1), 64))
		}
	}
	return sample
}

// constantInputs makes weights of all inputs of a node case but the first, so that the
// loader takes it.
func constantInputs(t testing.TB, b []byte) []byte {
	m, err := wire.Decode(b)
	require.NoError(t, err)
	for _, in := range m.Graph.Inputs[min(1, len(m.Graph.Inputs)):] {
		size := int64(1)
		for i, d := range in.Dims {
			in.Dims[i] = max(d, 1)
			size *= in.Dims[i]
		}
		m.Graph.Initializers = append(m.Graph.Initializers, &wire.Tensor{Name: in.Name, Type: in.Type, Dims: in.Dims, Raw: make([]byte, size*int64(in.Type.Size()))})
	}
	return wire.Encode(m)
}

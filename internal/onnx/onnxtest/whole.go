// Package onnxtest reads whole models for tests: those that testdata/whole/make.py of
// package onnx wrote, with what onnxruntime computes.
package onnxtest

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/sourcedir"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Uniform makes the weights that testdata/whole/make.py took out of the models:
// splitmix64's upper 24 bits as numbers in [−amplitude, amplitude).
func Uniform(name string, seed, size int64) ([]byte, error) {
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

// Whole is one model of testdata/whole.zip with what onnxruntime computes.
type Whole struct {
	Name string
	File []byte        // the ONNX file; Uniform gives its external data
	X, Y tensor.Tensor // samples, and the outputs for them
}

func read(t testing.TB, z fs.FS, name string) Whole {
	get := func(file string) []byte {
		b, err := fs.ReadFile(z, name+"/"+file)
		require.NoError(t, err)
		return b
	}
	value := func(file string) tensor.Tensor {
		p, err := wire.DecodeTensor(get(file))
		require.NoError(t, err)
		if p.External != nil {
			_, n, err := ops.Elements(p.Dims)
			require.NoError(t, err)
			p.Raw, err = Uniform(p.External["location"], 1, int64(4*n))
			require.NoError(t, err)
		}
		v, err := ops.FromTensor(p)
		require.NoError(t, err)
		for _, n := range v.I { // token ids
			v.F = append(v.F, float32(n))
		}
		return tensor.Tensor{Shape: v.Shape, Data: v.F}
	}
	return Whole{name, get("model.onnx"), value("input.pb"), value("output.pb")}
}

// Models reads the models whose names begin with one of the prefixes; all, without any.
func Models(t testing.TB, prefixes ...string) (list []Whole) {
	z, err := zip.OpenReader(filepath.Join(sourcedir.Find("internal/onnx/testdata"), "whole.zip"))
	require.NoError(t, err)
	defer z.Close()
	entries, err := fs.ReadDir(z, ".")
	require.NoError(t, err)
	for _, e := range entries {
		for _, p := range append(prefixes, pick(len(prefixes) == 0)...) {
			if strings.HasPrefix(e.Name(), p) {
				list = append(list, read(t, z, e.Name()))
				break
			}
		}
	}
	return list
}

// pick is the prefix of every name, if all are wanted.
func pick(all bool) []string {
	if all {
		return []string{""}
	}
	return nil
}

// RequireClose allows a difference of 1e-4 of the largest number.
func RequireClose(t testing.TB, want, got tensor.Tensor) {
	t.Helper()
	require.Equal(t, want.Shape, got.Shape)
	largest, diff := 0.0, 0.0
	for i, w := range want.Data {
		largest = max(largest, math.Abs(float64(w)))
		diff = max(diff, math.Abs(float64(w)-float64(got.Data[i])))
	}
	require.LessOrEqual(t, diff, 1e-4*largest)
}

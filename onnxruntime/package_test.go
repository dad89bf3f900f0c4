package onnxruntime_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/onnxruntime"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

func open(t testing.TB) *onnxruntime.Runtime {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	r, err := onnxruntime.Open(onnxruntime.Config{Path: filepath.Join(cache, "decloud-ci", "onnxruntime")})
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no ONNX Runtime: .ci/install gets one: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// built is a package of a committed model about real digits, as a trainer reads it.
func built(t testing.TB, name string) (*packagefmt.Package, dataset.Dataset) {
	t.Helper()
	model, err := packagefmt.OpenONNX(filepath.Join("..", "packagefmt", "testdata", "onnx", name), packagefmt.ONNXOptions{})
	require.NoError(t, err)
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p, _, err := packagefmt.Build(t.Context(), model, digits.Test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Limit: 200,
		Preprocessing: packagefmt.Preprocessing{Shape: []int{1, 28, 28}}})
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	p, err = packagefmt.Read(os.DirFS(dir))
	require.NoError(t, err)
	return p, digits.Test
}

// Packages of the committed models: the library computes the embeddings, within the tolerance, and they pass as the package's.
func TestPackagesAreEmbedded(t *testing.T) {
	r := open(t)
	for _, name := range []string{"plain.onnx", "plain_batch.onnx", "skip.onnx", "skip_batch.onnx", "dynamo.onnx"} {
		t.Run(name, func(t *testing.T) {
			p, test := built(t, name)
			want, _, err := p.Embed(t.Context(), test)
			require.NoError(t, err)
			var told []packagefmt.Ran
			m := packagefmt.Embedder{Runner: r, OnRan: func(ran packagefmt.Ran) { told = append(told, ran) }}
			got, labels, err := m.Embed(t.Context(), p, test)
			require.NoError(t, err)
			require.Len(t, labels, test.Len())
			require.Len(t, told, 1)
			require.NoError(t, told[0].Why)
			require.Contains(t, told[0].String(), "encoder on ONNX Runtime "+r.Version())
			largest, diff := float32(0), float32(0)
			for i, v := range want.Data {
				largest, diff = max(largest, v, -v), max(diff, v-got.Data[i], got.Data[i]-v)
			}
			require.LessOrEqual(t, diff, packagefmt.RunnerTolerance*largest)
			require.NoError(t, m.CheckEmbeddings(t.Context(), p, test))
			p.Embeddings.Data[5]++
			require.ErrorIs(t, m.CheckEmbeddings(t.Context(), p, test), packagefmt.ErrInvalid)
		})
	}
}

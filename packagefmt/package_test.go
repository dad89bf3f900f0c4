package packagefmt

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

const mnistModel = "../examples/launch/model/mnist.pt"

// mnistOptions are the options of the command launch.
func mnistOptions() BuildOptions {
	return BuildOptions{
		Dataset:       dataset.Mnist,
		Preprocessing: Preprocessing{Mean: []float32{0.1307}, Std: []float32{0.3081}},
		Seed:          7,
	}
}

// buildMNIST builds the package that the command launch builds.
func buildMNIST(t testing.TB) (*Package, Report, dataset.Sets) {
	t.Helper()
	model, err := OpenPyTorch(mnistModel, PyTorchOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p, report, err := Build(context.Background(), model, sets.Test, mnistOptions())
	require.NoError(t, err)
	return p, report, sets
}

func TestMNISTPackage(t *testing.T) {
	p, report, sets := buildMNIST(t)
	require.Equal(t, 3, report.FirstLayer)
	require.Equal(t, SplitRatio, report.Strategy)
	require.Equal(t, 9610, report.HeadParams)
	require.Equal(t, 59850, report.TotalParams)
	require.Equal(t, uint32(7520), report.Accuracy)
	require.Empty(t, report.Notes)
	require.Equal(t, []string{"Linear", "ReLU", "Linear"}, types(p.Head))
	require.Equal(t, []string{"Flatten", "Linear", "ReLU"}, types(*p.Encoder))
	require.Equal(t, []int{1000, 64}, p.Embeddings.Shape)
	require.Equal(t, 752, correct(t, p.Head, p.Embeddings, sets.Test), "as the training script printed")

	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	back, err := Read(os.DirFS(dir))
	require.NoError(t, err)
	require.Empty(t, Verify(os.DirFS(dir)))
	require.Len(t, back.Config.Files, 4)
	back.Config.Files = nil
	require.Equal(t, p, back)

	files, err := p.FS()
	require.NoError(t, err)
	names, err := fs.Glob(files, "*")
	require.NoError(t, err)
	require.NoError(t, fstest.TestFS(files, names...))
	require.Subset(t, Files(), names)
	require.Len(t, names, 5)
	for _, name := range names {
		disk, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		memory, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		require.Equal(t, memory, disk, name)
	}

	features, labels, err := back.Embed(context.Background(), sets.Test)
	require.NoError(t, err)
	require.Equal(t, p.Embeddings, features, "embedding the test split gives the package's embeddings")
	require.Len(t, labels, 1000)
	require.ErrorIs(t, p.Write(dir), fs.ErrExist)
	entries, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no partial package is left")
}

// TestMisreadModel: nothing in the files shows a wrong preprocessing or order
// of the labels; the base accuracy does.
func TestMisreadModel(t *testing.T) {
	m, err := OpenPyTorch(mnistModel, PyTorchOptions{})
	require.NoError(t, err)
	w := m.Weights["layers.5.weight"]
	for i := range w.Data {
		w.Data[i] = -w.Data[i]
	}
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	_, report, err := Build(context.Background(), m, sets.Test, mnistOptions())
	require.NoError(t, err)
	require.Less(t, report.Accuracy, uint32(1200))
	require.Len(t, report.Notes, 1)
	require.Contains(t, report.Notes[0], "guessing")
}

func TestGradientPackage(t *testing.T) {
	base, _, _ := buildMNIST(t)
	head := Network{Layers: base.Head.Layers, Weights: map[string]safetensors.Tensor{}}
	for name, w := range base.Head.Weights {
		w.Data = append([]float32{w.Data[0] + 1}, w.Data[1:]...)
		head.Weights[name] = w
	}
	dir := filepath.Join(t.TempDir(), "gradient")
	require.NoError(t, WriteGradient(dir, head, base))
	back, err := ReadGradient(os.DirFS(dir), base)
	require.NoError(t, err)
	require.Equal(t, head, back)
}

func types(n Network) (out []string) {
	for _, l := range n.Layers {
		out = append(out, l.Type)
	}
	return out
}

// correct counts the samples whose largest output is their label's.
func correct(t testing.TB, head Network, x safetensors.Tensor, ds dataset.Described) (n int) {
	t.Helper()
	net, err := head.net()
	require.NoError(t, err)
	out, err := net.Forward(x)
	require.NoError(t, err)
	classes := out.Shape[1]
	sample := make([]float32, product(ds.Shape()))
	for i := range out.Shape[0] {
		label, err := ds.Sample(i, sample)
		require.NoError(t, err)
		best := 0
		for c := range classes {
			if out.Data[i*classes+c] > out.Data[i*classes+best] {
				best = c
			}
		}
		if best == label {
			n++
		}
	}
	return n
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

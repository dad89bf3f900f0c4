package packagefmt

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

func BenchmarkOpenPyTorch(b *testing.B) {
	for b.Loop() {
		if _, err := OpenPyTorch(mnistModel, PyTorchOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBuild builds the package of the command launch: 1,000 digits through
// the encoder.
func BenchmarkBuild(b *testing.B) {
	model, err := OpenPyTorch(mnistModel, PyTorchOptions{})
	require.NoError(b, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(b, err)
	for b.Loop() {
		if _, _, err := Build(context.Background(), model, sets.Test, mnistOptions()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sets.Test.Len())*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

func BenchmarkRead(b *testing.B) {
	p, _, _ := buildMNIST(b)
	files, err := p.files()
	require.NoError(b, err)
	size := 0
	for _, f := range files {
		size += len(f)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		if _, err := Read(files); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFiles(b *testing.B) {
	p, _, _ := buildMNIST(b)
	for b.Loop() {
		if _, err := p.FS(); err != nil {
			b.Fatal(err)
		}
	}
}

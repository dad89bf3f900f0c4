package packagefmt_test

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// A model with a residual connection, as torch.onnx.export wrote it.
func ExampleOpenONNX() {
	model, err := packagefmt.OpenONNX("testdata/onnx/skip.onnx", packagefmt.ONNXOptions{})
	if err != nil {
		panic(err)
	}
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		panic(err)
	}
	pkg, report, err := packagefmt.Build(context.Background(), model, sets.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Limit: 100, Preprocessing: packagefmt.Preprocessing{Shape: []int{1, 28, 28}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Rule)
	for i, layer := range pkg.Head.Layers {
		fmt.Println(layer.Type, "of", pkg.Head.Inputs[i])
	}
	// Output:
	// behind /Relu_output_0: the shortest tail of at least 15 % of the parameters that is made of layers
	// Linear of [0]
	// GELU of [1]
	// Linear of [2]
	// Add of [0 3]
	// LayerNorm of [4]
	// Linear of [5]
}

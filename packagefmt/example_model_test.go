package packagefmt_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// identity is a Linear layer that changes nothing.
func identity(n int) (packagefmt.Layer, safetensors.Tensor, safetensors.Tensor) {
	weight := safetensors.Tensor{Shape: []int{n, n}, Data: make([]float32, n*n)}
	for i := range n {
		weight.Data[i*n+i] = 1
	}
	layer := packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(n), "out_features": float64(n)}}
	return layer, weight, safetensors.Tensor{Shape: []int{n}, Data: make([]float32, n)}
}

// twoLayers is a model for Iris: [4] → [4] → [4].
func twoLayers() packagefmt.Model {
	layer, weight, bias := identity(4)
	return packagefmt.Model{
		Network: packagefmt.Network{
			Layers: []packagefmt.Layer{layer, {Type: "ReLU"}, layer},
			Weights: map[string]safetensors.Tensor{
				"layers.0.weight": weight, "layers.0.bias": bias, "layers.2.weight": weight, "layers.2.bias": bias,
			},
		},
		Names: []string{"features", "act", "classifier"},
	}
}

// irisPackage builds a package from twoLayers, cut before its last layer.
func irisPackage() *packagefmt.Package {
	sets, err := dataset.Builtin(dataset.Iris)
	if err != nil {
		panic(err)
	}
	pkg, _, err := packagefmt.Build(context.Background(), twoLayers(), sets.Test, packagefmt.BuildOptions{
		Dataset:       dataset.Iris,
		Preprocessing: packagefmt.Preprocessing{Classes: []string{"setosa", "versicolor", "virginica", "other"}},
		Split:         packagefmt.SplitOptions{FirstName: "classifier"},
	})
	if err != nil {
		panic(err)
	}
	return pkg
}

// Where a model is cut: by the share of its parameters, as the public kits do,
// or at a part that has a name.
func ExampleSplitOptions() {
	sets, err := dataset.Builtin(dataset.Iris)
	if err != nil {
		panic(err)
	}
	for _, split := range []packagefmt.SplitOptions{
		{},
		{Ratio: 0.9},
		{Strategy: packagefmt.SplitKit},
		{FirstName: "features"},
	} {
		_, report, err := packagefmt.Build(context.Background(), twoLayers(), sets.Test,
			packagefmt.BuildOptions{Dataset: dataset.Iris, Split: split})
		if err != nil {
			panic(err)
		}
		fmt.Printf("layer %d, %.0f %% of the parameters: %s\n", report.FirstLayer, 100*report.Ratio, report.Rule)
	}
	// Output:
	// layer 2, 50 % of the parameters: the shortest tail of at least 15 % of the parameters
	// layer 0, 100 % of the parameters: the shortest tail of at least 90 % of the parameters
	// layer 2, 50 % of the parameters: the part named classifier
	// layer 0, 100 % of the parameters: the part named features
}

// A state_dict saved as safetensors does not hold the layers: pass them.
func ExampleLoadSafetensors() {
	layer, weight, bias := identity(2)
	var file bytes.Buffer
	if err := safetensors.Write(&file, map[string]safetensors.Tensor{"fc.weight": weight, "fc.bias": bias}); err != nil {
		panic(err)
	}
	model, err := packagefmt.LoadSafetensors(&file, int64(file.Len()), []packagefmt.Layer{layer, {Type: "Softmax"}}, []string{"fc", ""})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(model.Layers), model.Weights["layers.0.weight"].Data, model.Check())
	// Output: 2 [1 0 0 1] <nil>
}

// A network must have every weight that its layers need, and no other.
func ExampleNetwork_Check() {
	network := twoLayers().Network
	delete(network.Weights, "layers.2.bias")
	fmt.Println(network.Check())
	// Output: packagefmt: invalid package: weights do not fit the layers: layers.2.bias (Linear, shape [4]) is missing
}

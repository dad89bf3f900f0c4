package packagefmt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// A creator turns a PyTorch model into a package.
func ExampleBuild() {
	model, err := packagefmt.OpenPyTorch("../examples/launch/model/mnist.pt", packagefmt.PyTorchOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		fmt.Println(err)
		return
	}
	pkg, report, err := packagefmt.Build(context.Background(), model, digits.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist,
		// As the model was trained: mean and deviation of the pixels.
		Preprocessing: packagefmt.Preprocessing{Mean: []float32{0.1307}, Std: []float32{0.3081}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := pkg.Write(filepath.Join(dir, "package")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("head from layer %d on, %.0f %% of %d parameters\n", report.FirstLayer, 100*report.Ratio, report.TotalParams)
	// Output: head from layer 3 on, 16 % of 59850 parameters
}

// A trainer embeds its own data with the package's encoder.
func ExamplePackage_Embed() {
	pkg, err := packagefmt.Read(os.DirFS("testdata/kit-creator"))
	if err != nil {
		fmt.Println(err)
		return
	}
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _, err = pkg.Embed(context.Background(), digits.Train)
	fmt.Println(err)
	// Output: packagefmt: package has no encoder: its head can only be trained on the 20 embeddings in the package
}

// A validator wants to know everything that is wrong with a package.
func ExampleVerify() {
	for _, problem := range packagefmt.Verify(os.DirFS("testdata/kit-trainer")) {
		fmt.Println(problem)
	}
	// Output:
}

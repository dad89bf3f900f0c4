package packagefmt_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing/fstest"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

func ExampleRead() {
	pkg, err := packagefmt.Read(os.DirFS("testdata/kit-creator"))
	if err != nil {
		panic(err)
	}
	fmt.Println(pkg.Config.Version, pkg.Config.Metadata.Dataset, len(pkg.Head.Layers), pkg.Embeddings.Shape, pkg.Encoder != nil)
	// Output: 1 Iris 5 [20 6] false
}

// Read trusts nothing: here a byte of the head was changed.
func ExampleRead_changed() {
	files, err := irisPackage().FS()
	if err != nil {
		panic(err)
	}
	changed := fstest.MapFS{}
	names, err := fs.Glob(files, "*")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err)
		}
		changed[name] = &fstest.MapFile{Data: b}
	}
	head := changed[packagefmt.HeadFile].Data
	head[len(head)-1]++
	_, err = packagefmt.Read(changed)
	fmt.Println(errors.Is(err, packagefmt.ErrInvalid))
	// Output: true
}

func ExampleFiles() {
	fmt.Println(packagefmt.Files())
	// Output: [config.json head.safetensors embeddings.safetensors encoder.json encoder.safetensors encoder.onnx tokenizer.json holdout.age]
}

// The same package gives the same files, and so the same CID.
func ExamplePackage_FS() {
	files, err := irisPackage().FS()
	if err != nil {
		panic(err)
	}
	for _, name := range packagefmt.Files() {
		if info, err := fs.Stat(files, name); err == nil { // no package has all of them
			fmt.Println(name, info.Size())
		}
	}
	// Output:
	// config.json 896
	// head.safetensors 232
	// embeddings.safetensors 560
	// encoder.json 190
	// encoder.safetensors 232
}

// A validator recomputes the embeddings, so that no creator can lie about them.
func ExamplePackage_CheckEmbeddings() {
	sets, err := dataset.Builtin(dataset.Iris)
	if err != nil {
		panic(err)
	}
	pkg := irisPackage()
	fmt.Println(pkg.CheckEmbeddings(context.Background(), sets.Test))
	pkg.Embeddings.Data[5] += 0.5
	err = pkg.CheckEmbeddings(context.Background(), sets.Test)
	fmt.Println(errors.Is(err, packagefmt.ErrInvalid))
	// Output:
	// <nil>
	// true
}

// Packages hold no labels: they come from the test split.
func ExamplePackage_Labels() {
	sets, err := dataset.Builtin(dataset.Iris)
	if err != nil {
		panic(err)
	}
	labels, err := irisPackage().Labels(sets.Test)
	fmt.Println(len(labels), labels[:5], err)
	// Output: 30 [2 2 1 1 0] <nil>
}

// A trainer submits the whole head; a validator reads it against the package
// that it was trained from.
func ExampleGradientFS() {
	base := irisPackage()
	trained := packagefmt.Network{Layers: base.Head.Layers, Weights: base.Head.Weights}
	files, err := packagefmt.GradientFS(trained, base)
	if err != nil {
		panic(err)
	}
	head, err := packagefmt.ReadGradient(files, base)
	fmt.Println(len(head.Weights), err)
	// Output: 2 <nil>
}

// A submission whose layers differ from the base's is invalid.
func ExampleReadGradient() {
	base := irisPackage()
	_, err := packagefmt.ReadGradient(fstest.MapFS{"config.json": {Data: []byte(`{"layers":[{"type":"ReLU"}]}`)}}, base)
	fmt.Println(errors.Is(err, packagefmt.ErrInvalid), err)
	// Output: true config.json: packagefmt: invalid package: layer 0 is {ReLU map[]}, the base has {Linear map[in_features:4 out_features:4]}
}

// A gradient package of more bytes than this need not be fetched.
func ExamplePackage_GradientLimit() {
	fmt.Println(irisPackage().GradientLimit())
	// Output: 2097320
}

func ExampleParseConfig() {
	config, err := packagefmt.ParseConfig([]byte(`{"layers":[{"type":"Linear","params":{"in_features":4,"out_features":3}}],
		"metadata":{"dataset":"Iris","embedding_dim":4,"num_samples":30,"head_params_ratio":1}}`))
	fmt.Println(config.Version, config.Layers, config.Metadata.NumSamples, err)
	_, err = packagefmt.ParseConfig([]byte(`{"type":"llm_full"}`))
	fmt.Println(errors.Is(err, packagefmt.ErrUnsupported))
	// Output:
	// 1 [{Linear map[in_features:4 out_features:3]}] 30 <nil>
	// true
}

// Package packagefmt turns a trained model into a model package, and reads and
// verifies the packages of others.
//
// A package is a directory that is addressed by its CID: config.json (the
// head's layers and metadata), head.safetensors (the weights that trainers
// improve), embeddings.safetensors (the encoder's outputs for the data set's
// test split) and, in version 2, encoder.json and encoder.safetensors (so that
// trainers can embed their own data and anybody can recompute the embeddings), or
// in version 3 encoder.onnx in their place.
// A gradient package is config.json and head.safetensors: the whole trained
// head.
//
//	model, err := packagefmt.OpenPyTorch("model.pt", packagefmt.PyTorchOptions{})
//	pkg, report, err := packagefmt.Build(ctx, model, test, packagefmt.BuildOptions{
//		Dataset:       dataset.Mnist,
//		Preprocessing: packagefmt.Preprocessing{Mean: []float32{0.1307}, Std: []float32{0.3081}},
//	})
//	err = pkg.Write("package")
//
// [OpenONNX] does the same for an ONNX file, which can hold any architecture: the
// encoder stays ONNX, the head becomes layers that can be trained. In the package of a data round,
// whose adapters change all of the model, everything becomes layers, as [Model.Layered] makes them.
// A language model is the base of data rounds about conversations (a [Task] of that kind, and a test that is a
// dataset.ConversationSet); its package has an embedding for each token of the test, and no encoder.
//
// # Trust
//
// Nothing that is read is trusted: no code in a model file is run, sizes are
// checked before memory is allocated, the cost of a sample is checked before
// anything runs, and whatever does not fit is an error, never skipped. Package
// storage verifies bytes against their CID before they get here; the checksums
// in config.json are a second, independent check. An error that wraps
// [ErrInvalid] or [ErrUnsupported] is about the content and permanent; any
// other error comes from reading, and trying again may help.
//
// # Compatibility
//
// Version 1 is the format of the public Python kits. In the names of weights,
// the kits' creator counts only the layers with parameters, their trainer every
// layer: this package reads both and writes the trainer's numbering. A package
// of version 2 holds the same three files and can be read by the kits; one of
// version 3, whose encoder is an ONNX file or whose head is a graph, cannot.
package packagefmt

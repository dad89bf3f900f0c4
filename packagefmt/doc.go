// Package packagefmt turns a trained model into a model package, and reads and
// verifies the packages of others.
//
// A package is a directory that is addressed by its CID: config.json (the
// head's layers and what belongs to them), head.safetensors (the weights that
// trainers improve), embeddings.safetensors (what the encoder makes of the
// data set's test split) and, in version 2, encoder.json and
// encoder.safetensors (so that trainers embed their own data and anybody can
// recompute the embeddings). A gradient package is config.json and
// head.safetensors: the whole trained head.
//
//	model, err := packagefmt.OpenPyTorch("model.pt", packagefmt.PyTorchOptions{})
//	pkg, report, err := packagefmt.Build(ctx, model, test, packagefmt.BuildOptions{
//		Dataset:       dataset.Mnist,
//		Preprocessing: packagefmt.Preprocessing{Mean: []float32{0.1307}, Std: []float32{0.3081}},
//	})
//	err = pkg.Write("package")
//
// # Trust
//
// Nothing that is read is trusted: no code of a model file is run, sizes are
// checked before memory is taken and what a sample costs before anything runs,
// and what does not fit is an error, never skipped. Storage verifies bytes
// against their CID before they come here; the checksums in config.json are a
// second, independent check. An error that wraps [ErrInvalid] or
// [ErrUnsupported] is about the content; any other one is not, and may be gone
// next time.
//
// # Compatibility
//
// Version 1 is the public Python kits' format. Their creator numbers only
// layers with parameters, their trainer every layer: both are read, every layer
// is written. A package of version 2 holds the same three files and can be read
// by the kits.
package packagefmt

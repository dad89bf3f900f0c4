// Package dataset provides samples for training and validation.
//
// A [Dataset] is anything with labelled samples: an interface of two methods
// that a bot implements over its own data. There are readers for common file
// formats, and [Open] detects the format at a path; [Builtin] has small real
// data sets that are included in the module; a [Catalog] maps data sets to a
// user's own copies.
//
//	id, err := dataset.Parse("mnist")
//	data, err := dataset.Open(id, "/data/mnist", dataset.Train)
//	train, heldOut, err := dataset.Split(data, 0.1, seed)
//
// # Values
//
// Features are float32. Images are [channels, height, width] with pixels 0 … 1;
// further normalization (mean and standard deviation) belongs to the model
// package's preprocessing. Labels are 0 … classes-1.
//
// # Names and ids
//
// The round program identifies a data set by one byte, an [ID]. The protocol
// names the ids 0 … 126; names are compared without case. Other ids are valid
// too and print as, for example, Dataset(200).
//
// # Trust
//
// Readers are safe for hostile files: declared sizes are checked before memory
// is allocated, values that are not finite and labels out of range are refused,
// and a download is kept only if its checksum matches. This package sends
// nothing: a trainer's data and its private split never leave the machine.
package dataset

// Dataset is a finite, ordered, labelled set of samples. Implementations must
// be safe for concurrent use by readers.
type Dataset interface {
	// Len returns the number of samples.
	Len() int
	// Sample writes the features of sample i (0 ≤ i < Len) to dst, row-major
	// (images as [channels, height, width], 0 … 1), and returns its class. It
	// is an error if len(dst) is not the number of features.
	Sample(i int, dst []float32) (label int, err error)
}

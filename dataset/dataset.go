// Package dataset gives trainers and validators their samples.
//
// Everything that has samples is a [Dataset]: two methods that a bot implements
// over its own data. For common files there are readers, and [Open] finds out by
// itself what a path holds; [Builtin] has small real data sets that come with the
// module; a [Catalog] remembers where a user's own copies are.
//
//	id, err := dataset.Parse("mnist")
//	own, err := dataset.Open(id, "/data/mnist", dataset.Train)
//	train, heldOut, err := dataset.Split(own, 0.1, seed)
//
// # Values
//
// Features are float32. Images are [channels, height, width] with pixels 0 … 1;
// what else the model needs (mean and deviation) is the package's preprocessing,
// not the data set's. Labels are 0 … classes-1.
//
// # Names and ids
//
// The round program knows a data set by one byte. [ID] has the names that the
// protocol gives to 0 … 126, compared without case; other ids are legal and
// print as Dataset(200).
//
// # Trust
//
// Readers take hostile files: what a file declares is bounded before memory is
// taken for it, values that are not finite and labels out of range are refused,
// and a download is kept only if its checksum is right. A trainer's data and its
// private split never leave the machine: nothing here sends anything.
package dataset

// Dataset is a finite, ordered, labelled set of samples. Implementations must
// be safe for concurrent use by readers.
type Dataset interface {
	// Len is the number of samples.
	Len() int
	// Sample writes the features of sample i (0 ≤ i < Len) to dst, row-major
	// (images as [channels, height, width], 0…1), and returns its class. An
	// error is returned when len(dst) is not the number of features.
	Sample(i int, dst []float32) (label int, err error)
}

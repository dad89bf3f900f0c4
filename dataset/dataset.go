// Package dataset gives trainers and validators their samples: the interface
// that a bot implements over its own data, the protocol's data set names and
// ids, readers for common files, built-in sets and the seeded private split.
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

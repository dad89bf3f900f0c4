package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Labels reads the labels of the package's embeddings from test, a copy of the
// data set's test split in its own order: packages carry none.
func (p *Package) Labels(test dataset.Dataset) ([]int, error) {
	n := p.Config.Metadata.NumSamples
	if test.Len() < n {
		return nil, fmt.Errorf("%w: the package holds embeddings of %d samples, this copy of the test split has %d: is it %s?",
			ErrInvalid, n, test.Len(), p.Config.Metadata.Dataset)
	}
	sample := make([]float32, p.sampleSize(test))
	labels := make([]int, n)
	for i := range labels {
		var err error
		if labels[i], err = test.Sample(i, sample); err != nil {
			return nil, fmt.Errorf("test split: sample %d: %w", i, err)
		}
	}
	return labels, nil
}

// sampleSize is the number of values of a sample of test: what the set says of
// itself, else what the package says, else what is known of the data set.
func (p *Package) sampleSize(test dataset.Dataset) int {
	if d, ok := test.(dataset.Described); ok {
		return Preprocessing{Shape: d.Shape()}.features()
	}
	if p.Config.Preprocessing != nil {
		return p.Config.Preprocessing.features()
	}
	id, _ := dataset.Parse(p.Config.Metadata.Dataset)
	return Preprocessing{Shape: id.Info().Shape}.features()
}

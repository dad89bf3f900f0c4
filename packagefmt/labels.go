package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Labels reads the labels of the package's embeddings from test, a copy of the
// data set's test split in its own order: packages hold no labels. It fails
// with ErrInvalid if test has fewer samples than the package has embeddings, and
// as Adapt if it does not fit the package; other errors come from test.
func (p *Package) Labels(test dataset.Dataset) ([]int, error) {
	n, declared := p.samples(), p.Config.Metadata.NumSamples
	if n == 0 || (declared != 0 && declared != n) {
		return nil, fmt.Errorf("%w: metadata says %d samples, but the embeddings have shape %v", ErrInvalid, declared, p.Embeddings.Shape)
	}
	if test.Len() < n {
		return nil, fmt.Errorf("%w: the package holds embeddings of %d samples, but this copy of the test split has only %d: check that it is %s",
			ErrInvalid, n, test.Len(), p.datasetName())
	}
	test, err := p.Adapt(test)
	if err != nil {
		return nil, err
	}
	sample := make([]float32, p.sampleSize(test))
	labels := make([]int, n)
	for i := range labels {
		if labels[i], err = test.Sample(i, sample); err != nil {
			return nil, fmt.Errorf("test split: sample %d: %w", i, err)
		}
	}
	return labels, nil
}

// samples is the number of embeddings, whatever the metadata says.
func (p *Package) samples() int {
	if len(p.Embeddings.Shape) == 0 {
		return 0
	}
	return p.Embeddings.Shape[0]
}

func (p *Package) datasetName() string {
	if id, ok := p.Dataset(); ok {
		return id.String()
	}
	return "the data set that the package was built from"
}

// sampleSize is the number of values of a sample of test: as the set describes
// itself, else as the package describes it, else as is known of the data set; 0
// if none of them says.
func (p *Package) sampleSize(test dataset.Dataset) int {
	if d, ok := test.(dataset.Described); ok {
		return Preprocessing{Shape: d.Shape()}.features()
	}
	if p.Config.Preprocessing != nil {
		return p.Config.Preprocessing.features()
	}
	id, ok := p.Dataset()
	if !ok {
		return 0
	}
	return Preprocessing{Shape: id.Info().Shape}.features()
}

package packagefmt

import "github.com/decloud-sdk/decloud-go/dataset"

// Dataset is the data set that the package says it is about, false where it
// names none that is known.
func (p *Package) Dataset() (dataset.ID, bool) {
	id, err := dataset.Parse(p.Config.Metadata.Dataset)
	return id, err == nil
}

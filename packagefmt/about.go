package packagefmt

import "github.com/decloud-sdk/decloud-go/dataset"

// Dataset returns the data set that the package names; it reports false if it
// names none, or an unknown one.
func (p *Package) Dataset() (dataset.ID, bool) {
	id, err := dataset.Parse(p.Config.Metadata.Dataset)
	return id, err == nil
}

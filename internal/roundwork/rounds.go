// Package roundwork is what the trainer's and the validator's workers share about rounds: which they look at, what they saw,
// and the duties that whoever is owed something in a round has.
package roundwork

import (
	"maps"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// ActiveRounds selects the active rounds about any of the given data sets.
func ActiveRounds(data map[dataset.ID]dataset.Dataset) round.Filter {
	f := round.Filter{Status: []round.Status{round.Active}}
	for id := range maps.Keys(data) {
		f.Dataset = append(f.Dataset, round.Dataset(id))
	}
	slices.Sort(f.Dataset)
	return f
}

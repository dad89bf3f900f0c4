package worker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// Default sets a field that was left at its zero value.
func Default[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Needs gathers what is wrong with a config, so that all of it is named at once.
type Needs []error

// That notes what is missing unless ok.
func (n *Needs) That(ok bool, missing string) {
	if !ok {
		*n = append(*n, errors.New(missing))
	}
}

// Err is nil where nothing was missing.
func (n Needs) Err(of string) error {
	if len(n) == 0 {
		return nil
	}
	return fmt.Errorf("%s: config: %w", of, errors.Join(n...))
}

// ActiveRounds chooses the rounds under way about any of some data sets.
func ActiveRounds(data map[dataset.ID]dataset.Dataset) round.Filter {
	f := round.Filter{Status: []round.Status{round.Active}}
	for id := range maps.Keys(data) {
		f.Dataset = append(f.Dataset, round.Dataset(id))
	}
	slices.Sort(f.Dataset)
	return f
}

// Interval says that something is due now and then.
type Interval struct {
	mu   sync.Mutex
	last time.Time
}

// Due is true at first, and again once every has passed since it was true.
func (i *Interval) Due(every time.Duration) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.last.IsZero() && time.Since(i.last) < every {
		return false
	}
	i.last = time.Now()
	return true
}

// maxSeen bounds what a Seen remembers.
const maxSeen = 1 << 16

// Seen tells the first time from later ones.
type Seen struct {
	mu  sync.Mutex
	ids map[uint64]bool
}

// First is true once for each id, or again where very many others came between.
func (s *Seen) First(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[id] {
		return false
	}
	if s.ids == nil || len(s.ids) >= maxSeen {
		s.ids = map[uint64]bool{}
	}
	s.ids[id] = true
	return true
}

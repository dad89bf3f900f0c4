package dataset

import (
	"fmt"
	"math"
)

// Subset returns the set of the samples with the given indices, in that order.
// It is Described if ds is. An index out of range is an ErrIndex.
func Subset(ds Dataset, indices []int) (Dataset, error) {
	for _, i := range indices {
		if i < 0 || i >= ds.Len() {
			return nil, fmt.Errorf("%w: %d of %d", ErrIndex, i, ds.Len())
		}
	}
	s := subset{ds: ds, indices: indices}
	if d, ok := ds.(Described); ok {
		return describedSubset{subset: s, of: d}, nil
	}
	return s, nil
}

type subset struct {
	ds      Dataset
	indices []int
}

func (s subset) Len() int { return len(s.indices) }

func (s subset) Sample(i int, dst []float32) (int, error) {
	if i < 0 || i >= len(s.indices) {
		return 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(s.indices))
	}
	return s.ds.Sample(s.indices[i], dst)
}

// ClassNames returns the names of the whole set's classes.
func (s subset) ClassNames() []string { return ClassNames(s.ds) }

func (s subset) isListed() bool {
	l, ok := s.ds.(interface{ isListed() bool })
	return ok && l.isListed()
}

type describedSubset struct {
	subset
	of Described
}

func (s describedSubset) Shape() []int { return s.of.Shape() }
func (s describedSubset) Classes() int { return s.of.Classes() }

// Permutation returns 0 … n-1 in an order that depends on n and seed only: a
// Fisher–Yates shuffle, from the back, driven by SplitMix64 (Steele, Lea and
// Flood, 2014) with rejection sampling. The algorithm never changes, so that
// splits can be reproduced.
func Permutation(n int, seed uint64) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	g := splitMix(seed)
	for i := n - 1; i > 0; i-- {
		j := int(g.below(uint64(i) + 1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

type splitMix uint64

func (s *splitMix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a uniform number less than n ≥ 1. It rejects the values at the
// end of the range that would make the result biased.
func (s *splitMix) below(n uint64) uint64 {
	for limit := math.MaxUint64 - math.MaxUint64%n; ; {
		if v := s.next(); v < limit {
			return v % n
		}
	}
}

// Split divides ds at random into a part to train on and a held-out part of
// fraction × Len samples, rounded down. The same data and seed give the same
// split. Keep the seed private: nothing of the split needs to leave the
// machine.
func Split(ds Dataset, fraction float64, seed uint64) (train, heldOut Dataset, err error) {
	if !(fraction >= 0 && fraction <= 1) {
		return nil, nil, fmt.Errorf("dataset: fraction %v is not between 0 and 1", fraction)
	}
	p := Permutation(ds.Len(), seed)
	cut := len(p) - int(fraction*float64(len(p)))
	if train, err = Subset(ds, p[:cut]); err != nil {
		return nil, nil, err
	}
	heldOut, err = Subset(ds, p[cut:])
	return train, heldOut, err
}

// Shares divides ds at random into disjoint parts that cover all of it; their
// sizes differ by at most one. The same data and seed give the same shares.
func Shares(ds Dataset, parts int, seed uint64) ([]Dataset, error) {
	if parts < 1 || parts > ds.Len() {
		return nil, fmt.Errorf("dataset: cannot divide %d samples into %d shares", ds.Len(), parts)
	}
	p := Permutation(ds.Len(), seed)
	shares := make([]Dataset, parts)
	for k := range shares {
		var err error
		if shares[k], err = Subset(ds, p[k*len(p)/parts:(k+1)*len(p)/parts]); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

package dataset

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
)

// Survey is what reading a whole set shows.
type Survey struct {
	// Samples is the number of samples, Shape that of each; nil for texts and
	// recordings.
	Samples int
	Shape   []int
	// Classes are the names by label ("0", "1", … where nothing names them),
	// Counts the samples of each.
	Classes []string
	Counts  []int
	// Min and Max are the least and the greatest value of all; 0 without a shape.
	Min, Max float32
	// Duplicates is the number of samples that equal an earlier one, label
	// aside.
	Duplicates int

	seen map[uint64]struct{} // hashes of the samples
}

// surveySeed makes hashes comparable within the process.
var surveySeed = maphash.MakeSeed()

// Look reads all samples of a set, so that what is wrong with one is found before
// it is needed. progress, if not nil, is told how many were read.
func Look(ctx context.Context, ds Described, progress func(done, total int64)) (*Survey, error) {
	s := &Survey{Shape: ds.Shape(), Classes: ClassNames(ds), Counts: make([]int, ds.Classes()), seen: map[uint64]struct{}{}}
	for len(s.Classes) < len(s.Counts) {
		s.Classes = append(s.Classes, fmt.Sprint(len(s.Classes)))
	}
	read, err := s.reader(ds)
	if err != nil {
		return nil, err
	}
	for i := range ds.Len() {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		raw, label, err := read(i)
		if err != nil {
			return nil, fmt.Errorf("sample %d: %w", i, err)
		}
		if label < 0 || label >= len(s.Counts) {
			return nil, fmt.Errorf("sample %d: %w: label %d of %d classes", i, ErrClass, label, len(s.Counts))
		}
		s.count(label, maphash.Bytes(surveySeed, raw))
		if progress != nil {
			progress(int64(i+1), int64(ds.Len()))
		}
	}
	return s, nil
}

// shapeless is a set whose samples are no numbers yet: texts, recordings.
type shapeless interface {
	// content returns what a sample holds, and its class.
	content(i int) ([]byte, int, error)
}

// reader returns a function that reads a sample as bytes, valid until the next
// call, and notes its values.
func (s *Survey) reader(ds Described) (func(i int) ([]byte, int, error), error) {
	if c, ok := ds.(shapeless); ok && ds.Shape() == nil {
		return c.content, nil
	}
	n, err := countFeatures(ds.Shape())
	if err != nil {
		return nil, err
	}
	s.Min, s.Max = float32(math.Inf(1)), float32(math.Inf(-1))
	sample, raw := make([]float32, n), make([]byte, 0, 4*n)
	return func(i int) ([]byte, int, error) {
		label, err := ds.Sample(i, sample)
		raw = raw[:0]
		for _, v := range sample {
			s.Min, s.Max = min(s.Min, v), max(s.Max, v)
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		return raw, label, err
	}, nil
}

// count takes one sample.
func (s *Survey) count(label int, hash uint64) {
	s.Samples++
	s.Counts[label]++
	if _, again := s.seen[hash]; again {
		s.Duplicates++
	}
	s.seen[hash] = struct{}{}
}

// Shared returns how many different samples two sets have in common: what a model
// is tested on should not be what it was trained on.
func (s *Survey) Shared(other *Survey) int {
	n := 0
	for hash := range s.seen {
		if _, ok := other.seen[hash]; ok {
			n++
		}
	}
	return n
}

// Missing returns the names of the classes of which there is no sample.
func (s *Survey) Missing() (names []string) {
	for label, n := range s.Counts {
		if n == 0 {
			names = append(names, s.Classes[label])
		}
	}
	return names
}

// Majority is the share of the most frequent class, 0 to 1: what a model scores
// that always answers with it.
func (s *Survey) Majority() float64 {
	most := 0
	for _, n := range s.Counts {
		most = max(most, n)
	}
	return float64(most) / float64(max(s.Samples, 1))
}

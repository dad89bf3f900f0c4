package dataset

import "fmt"

// relabelled is a set whose labels are numbered by another list.
type relabelled struct {
	of   Dataset
	from []string // names of of's labels
	to   []int    // their class in list; -1 for what it has not
	list *ClassList
}

type describedRelabelled struct {
	relabelled
	shape []int
}

// newRelabelled refuses classes that occur and are not in the list, without
// reading samples if ds knows its labels.
func newRelabelled(ds Dataset, to []int, list *ClassList) (Dataset, error) {
	r := relabelled{of: ds, from: ClassNames(ds), to: to, list: list}
	for i := range ds.Len() {
		label, known := labelAt(ds, i)
		if !known {
			break
		}
		if _, err := r.class(label, i); err != nil {
			return nil, err
		}
	}
	if d, ok := ds.(Described); ok {
		return describedRelabelled{r, d.Shape()}, nil
	}
	return r, nil
}

// labelAt returns the class of a sample if it is known without reading it.
func labelAt(ds Dataset, i int) (label int, known bool) {
	switch d := ds.(type) {
	case *Memory:
		return int(d.labels[i]), true
	case *ImageFolder:
		return d.labels[i], true
	case *Pictures:
		return d.labels[i], true
	case *WaveFolder:
		return d.list.labels[i], true
	case heard:
		return d.list.labels[i], true
	case *TextSet:
		return int(d.labels[i]), true
	case tokenized:
		return int(d.labels[i]), true
	case subset:
		return labelAt(d.ds, d.indices[i])
	case describedSubset:
		return labelAt(d.ds, d.indices[i])
	}
	return 0, false
}

// class returns the list's number of a label.
func (r relabelled) class(label, sample int) (int, error) {
	if label < 0 || label >= len(r.to) {
		return 0, fmt.Errorf("%w: sample %d has label %d, and %d classes have names", ErrClass, sample, label, len(r.to))
	}
	if r.to[label] < 0 {
		return 0, fmt.Errorf("%w: sample %d is %.60q, and the package's classes are %s", ErrClass, sample, r.from[label], listNames(r.list.names))
	}
	return r.to[label], nil
}

func (r relabelled) Len() int { return r.of.Len() }

func (r relabelled) Sample(i int, dst []float32) (int, error) {
	label, err := r.of.Sample(i, dst)
	if err != nil {
		return 0, err
	}
	return r.class(label, i)
}

// ClassNames returns the names of the list.
func (r relabelled) ClassNames() []string { return r.list.Names() }

func (r describedRelabelled) Shape() []int { return r.shape }
func (r describedRelabelled) Classes() int { return r.list.Len() }

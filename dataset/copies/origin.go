package copies

import (
	"maps"
	"slices"
)

// Origins keeps whose rows came first. The same submissions in the same order give the same
// answers: those of earlier rounds first, each round's by their numbers, and only those that
// scored more than 0.
type Origins struct {
	before *Origins // whose rows came before all of these; nil: nobody's
	index  *Index
	owner  []int32 // of every row, the number of the trainer who had it first
	names  []string
	number map[string]int32
}

// NewOrigins returns an empty one. near is as in [NewIndex]; test are rows of the test,
// which are compared with nothing: they say how rows are spread. It takes some 400 bytes of
// memory for every different text that is added, and 2·dim + 100 for every other
// sample.
func NewOrigins(near float64, test []Print) *Origins {
	return &Origins{index: newIndex(near, nil, test), number: map[string]int32{}}
}

// Fork returns origins that know what o does, and to which rows can be added that o does not
// learn of. It reads o for as long as it is used: nothing may be added to that meanwhile.
func (o *Origins) Fork() *Origins {
	return &Origins{before: o, index: o.index.empty(), names: slices.Clone(o.names), number: maps.Clone(o.number)}
}

// find is the number of the trainer who had a row first; -1 if it is new.
func (o *Origins) find(p Print) int32 {
	if o.before != nil {
		if owner := o.before.find(p); owner >= 0 {
			return owner
		}
	}
	if at := o.index.find(p); at >= 0 {
		return o.owner[at]
	}
	return -1
}

// Look is what a submission's rows were found to be, before it was added.
type Look struct {
	// Trainer submitted them.
	Trainer string
	// Rows is how many there are.
	Rows int
	// Foreign is how many are copies of rows that others had first: all of them together.
	Foreign int
	// Most is the trainer who had the most of these first, and MostRows how many.
	Most     string
	MostRows int

	rows   []Print
	origin []int32 // of each row: the trainer's number; -1 if it is new
}

// Copy reports whether more than half of the rows are those of others.
func (l Look) Copy() bool { return 2*l.Foreign > l.Rows }

// Look compares a submission's rows with all that were added. A row's origin is that of the
// first row that it is a copy of; one's own are never foreign.
func (o *Origins) Look(trainer string, rows []Print) Look {
	l := Look{Trainer: trainer, Rows: len(rows), rows: rows, origin: make([]int32, len(rows))}
	own, known := o.number[trainer]
	if !known {
		own = -1
	}
	each(len(rows), func(i int) {
		l.origin[i] = o.find(rows[i])
	})
	count := make([]int, len(o.names))
	for _, n := range l.origin {
		if n < 0 || n == own {
			continue
		}
		l.Foreign++
		if count[n]++; count[n] > l.MostRows {
			l.Most, l.MostRows = o.names[n], count[n]
		}
	}
	return l
}

// Add keeps a submission's rows: those that are new are its trainer's from now on, and those
// that are copies belong to whom the first one does, so that a copy of the copy does too.
func (o *Origins) Add(l Look) {
	own, known := o.number[l.Trainer]
	if !known {
		own = int32(len(o.names))
		o.names, o.number[l.Trainer] = append(o.names, l.Trainer), own
	}
	for i, p := range l.rows {
		if o.has(p) {
			continue
		}
		owner := own
		if l.origin[i] >= 0 {
			owner = l.origin[i]
		}
		o.index.add(p)
		o.owner = append(o.owner, owner)
	}
}

// has reports whether the very row is there.
func (o *Origins) has(p Print) bool {
	_, ok := o.index.exact[p.exact]
	return ok || o.before != nil && o.before.has(p)
}

// Rows is how many different rows it keeps, those of what it was forked from included.
func (o *Origins) Rows() int {
	n := o.index.Len()
	if o.before != nil {
		n += o.before.Rows()
	}
	return n
}

package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:generate go run ./internal/gentable

// ID identifies a data set in the round program: one byte on chain. Any value
// is valid there; one without a name prints as, for example, Dataset(200).
type ID uint8

// ErrUnknown means that a name is not one of the protocol's data sets.
var ErrUnknown = errors.New("dataset: unknown data set")

// Info describes a data set as the users of the protocol have agreed.
type Info struct {
	ID   ID     // of this data set
	Name string // as ID.String
	// Shape of one sample without the batch: [3 32 32] for an image, [512] for
	// a text of 512 tokens; nil if none is agreed.
	Shape []int
	// Classes is the number of labels: 1 for a regression, 0 if none is agreed.
	Classes int
	// Modality is image, text, audio, tabular, timeseries or graph; empty if
	// none is agreed.
	Modality string
	// ClassNames are the names of labels 0, 1, …; nil if none are agreed.
	ClassNames []string
	// Mean and Std of each channel, of pixels 0 … 1, are what models for the set
	// are usually trained with; nil if none are agreed.
	Mean, Std []float32
}

// row is one line of the generated table.
type row struct {
	name, shape string
	classes     int
	modality    string
}

var byName = func() map[string]ID {
	m := make(map[string]ID, len(table))
	for i, r := range table {
		m[strings.ToLower(r.name)] = ID(i)
	}
	return m
}()

// IDs returns every named data set, in order.
func IDs() []ID {
	ids := make([]ID, len(table))
	for i := range ids {
		ids[i] = ID(i)
	}
	return ids
}

// Known reports whether the protocol names the id.
func (id ID) Known() bool { return int(id) < len(table) }

// String returns the name, or Dataset(n) for an id without one.
func (id ID) String() string {
	if !id.Known() {
		return fmt.Sprintf("Dataset(%d)", uint8(id))
	}
	return table[id].name
}

// Info returns the description of the data set; for an id without a name only
// ID and Name are set.
func (id ID) Info() Info {
	info := Info{ID: id, Name: id.String()}
	if !id.Known() {
		return info
	}
	r := table[id]
	info.Classes, info.Modality = r.classes, r.modality
	agreed := agreements[id]
	info.ClassNames, info.Mean, info.Std = agreed.names(), slices.Clone(agreed.mean), slices.Clone(agreed.std)
	if r.shape == "" {
		return info
	}
	for s := range strings.SplitSeq(r.shape, "x") {
		d, err := strconv.Atoi(s)
		if err != nil {
			panic("dataset: generated table has shape " + r.shape) // TestTableMatchesItsSource reads every row
		}
		info.Shape = append(info.Shape, d)
	}
	return info
}

// Parse returns the id with the given name, compared without case. It also
// parses what String returns for an id without a name, and the number alone.
// ErrUnknown for other names.
func Parse(name string) (ID, error) {
	s := strings.ToLower(strings.TrimSpace(name))
	if id, ok := byName[s]; ok {
		return id, nil
	}
	num, named := strings.CutPrefix(s, "dataset(")
	if named {
		num, named = strings.CutSuffix(num, ")")
	}
	if n, err := strconv.ParseUint(num, 10, 8); err == nil && (named || num == s) {
		return ID(n), nil
	}
	if len(name) > 64 {
		name = name[:64] + "…"
	}
	return 0, fmt.Errorf("%w: %q; dataset.IDs lists the names", ErrUnknown, name)
}

// MarshalText writes the name, as String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads a name, as Parse does.
func (id *ID) UnmarshalText(b []byte) error {
	parsed, err := Parse(string(b))
	if err == nil {
		*id = parsed
	}
	return err
}

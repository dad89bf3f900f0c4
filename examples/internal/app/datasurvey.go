package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// SurveyView is what was found in a data set, as it is shown.
type SurveyView struct {
	Dataset    string      `json:"dataset"`
	Path       string      `json:"path,omitempty"`
	Part       string      `json:"part"`
	Samples    int         `json:"samples"`
	Shape      []int       `json:"shape"`
	Range      [2]float32  `json:"range"`
	Classes    int         `json:"classes"`
	Counts     []ClassView `json:"samples_by_class"`
	Duplicates int         `json:"duplicates"`
	// Shared is the number of samples that the other part has, too; nil if
	// there is no other part.
	Shared *int     `json:"also_in_the_other_part,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// ClassView is one class of a data set.
type ClassView struct {
	Name    string `json:"name"`
	Samples int    `json:"samples"`
}

// Survey opens one part of a data set at path, reads all of it, and compares it
// with the other part if path has one.
func (c *Call) Survey(ctx context.Context, id dataset.ID, path string, part dataset.Part, opts dataset.Options) (*SurveyView, error) {
	ds, err := dataset.Open(id, path, part, opts)
	if err != nil {
		return nil, err
	}
	v, survey, err := c.look(ctx, ds, part)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	v.Dataset, v.Path = id.String(), path
	v.Notes = append(v.Notes, v.unlike(id.Info(), opts)...)
	other := other(part)
	if ds, err = dataset.Open(id, path, other, opts); err != nil {
		if !errors.Is(err, dataset.ErrNoPart) {
			v.Notes = append(v.Notes, fmt.Sprintf("the %s part cannot be read: %v", other, asFlags(err)))
		}
		return v, nil
	}
	_, second, err := c.look(ctx, ds, other)
	if err != nil {
		v.Notes = append(v.Notes, fmt.Sprintf("the %s part cannot be read: %v", other, asFlags(err)))
		return v, nil
	}
	shared := survey.Shared(second)
	v.Shared = &shared
	all := survey.Samples - survey.Duplicates
	switch {
	case shared == all && all == second.Samples-second.Duplicates:
		v.Notes = append(v.Notes, fmt.Sprintf("the %s part has the same samples: no name of a file or folder here tells the parts apart", other))
	case shared > 0:
		v.Notes = append(v.Notes, fmt.Sprintf("%d samples are in the %s part, too: what is trained on must not be what is scored on", shared, other))
	}
	return v, nil
}

// look reads a whole set.
func (c *Call) look(ctx context.Context, ds dataset.Described, part dataset.Part) (*SurveyView, *dataset.Survey, error) {
	defer c.Working()()
	s, err := dataset.Look(ctx, ds, c.Progress(fmt.Sprintf("reading the %s part", part), "samples"))
	if err != nil {
		return nil, nil, err
	}
	v := &SurveyView{Part: string(part), Samples: s.Samples, Shape: s.Shape, Range: [2]float32{s.Min, s.Max}, Classes: len(s.Classes), Duplicates: s.Duplicates}
	for _, note := range dataset.Notes(ds) {
		v.Notes = append(v.Notes, inWords(note))
	}
	for label, name := range s.Classes {
		v.Counts = append(v.Counts, ClassView{name, s.Counts[label]})
	}
	if missing := s.Missing(); len(missing) > 0 {
		v.Notes = append(v.Notes, fmt.Sprintf("no sample of %d of %d classes: %s", len(missing), len(s.Classes), few(missing)))
	}
	return v, s, nil
}

// unlike says where a set differs from what is agreed about it, which is no
// error: the package that it is used with decides.
func (v *SurveyView) unlike(info dataset.Info, opts dataset.Options) (notes []string) {
	if v.Shape != nil && info.Shape != nil && !slices.Equal(v.Shape, info.Shape) {
		notes = append(notes, fmt.Sprintf("samples are %s, and those of %s are usually %s: only a package made of such data takes them", shape(v.Shape), v.Dataset, shape(info.Shape)))
	}
	if v.Classes < info.Classes && len(opts.Classes) == 0 {
		notes = append(notes, fmt.Sprintf("%d classes, and %s has %d: they are numbered as they occur here; --classes names all", v.Classes, v.Dataset, info.Classes))
	}
	return notes
}

// few lists some names.
func few(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// show prints what was found.
func (v *SurveyView) show(w io.Writer) {
	fmt.Fprintf(w, "%s (%s): %d samples of %d classes in %s\n", v.Dataset, v.Part, v.Samples, v.Classes, Plain(v.Path))
	var rows [][]string
	for _, class := range v.Counts[:min(len(v.Counts), 50)] {
		rows = append(rows, []string{Plain(class.Name), fmt.Sprint(class.Samples)})
	}
	Table(w, "CLASS SAMPLES", rows)
	if v.Shape != nil { // texts and recordings have none
		Fields(w, "Shape", shape(v.Shape), "Values", fmt.Sprintf("%v to %v", v.Range[0], v.Range[1]))
	}
	Fields(w, "Duplicates", fmt.Sprint(v.Duplicates))
	for _, note := range v.Notes {
		fmt.Fprintf(w, "note: %s\n", Plain(note))
	}
}

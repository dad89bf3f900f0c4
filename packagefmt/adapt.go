package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// tokens is how many token ids the tokenizer makes of a text; 0 of conversations, of which the last ones are taken.
func (p Preprocessing) tokens(t *Task) int {
	if t.talks() {
		return 0
	}
	return p.features()
}

// schema is what the preprocessing states about samples; file is the package's
// tokenizer, if it has one.
func (p Preprocessing) schema(file []byte, t *Task) (dataset.Schema, error) {
	s := dataset.Schema{Shape: p.Shape, Classes: p.Classes, Columns: p.Columns, Resize: p.Resize, Audio: p.Audio}
	if p.Tokenizer == "" {
		return s, nil
	}
	var err error
	s.Tokenizer, err = parseTokenizer(file, p.tokens(t))
	return s, err
}

// Adapt returns ds as the package takes it: labels numbered by the package's
// classes, found by name, the package's columns, pictures in its size, texts as
// token ids. Where ds does not fit it says why (dataset.ErrClass, dataset.ErrShape); see
// [dataset.Adapt]. Embed, Labels and CheckEmbeddings call it; call it yourself to
// find out earlier. A package of version 1 takes everything.
func (p *Package) Adapt(ds dataset.Dataset) (dataset.Dataset, error) {
	if p.Config.Preprocessing == nil {
		return ds, nil
	}
	schema, err := p.Config.Preprocessing.schema(p.Tokenizer, p.Config.Task)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", TokenizerFile, err)
	}
	fit, err := dataset.Adapt(ds, schema)
	if err != nil {
		return nil, fmt.Errorf("the data does not fit the package: %w", err)
	}
	return fit, nil
}

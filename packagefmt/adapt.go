package packagefmt

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

// tokens is how many token ids the tokenizer makes of a text; 0 of conversations, of which the last ones are taken.
func (p Preprocessing) tokens(t *Task) int {
	if t.talks() {
		return 0
	}
	return p.features()
}

// schema is what the preprocessing states about samples, without the tokenizer.
func (p Preprocessing) schema() dataset.Schema {
	return dataset.Schema{Shape: p.Shape, Classes: p.Classes, Columns: p.Columns, Resize: p.Resize, Audio: p.Audio}
}

// Adapt returns ds as the package takes it: labels numbered by the package's
// classes, found by name, the package's columns, pictures in its size, texts as
// token ids. Where ds does not fit it says why (dataset.ErrClass, dataset.ErrShape); see
// [dataset.Adapt]. Embed, Labels and CheckEmbeddings call it; call it yourself to
// find out earlier. A package of version 1 takes everything.
func (p *Package) Adapt(ds dataset.Dataset) (dataset.Dataset, error) { return p.adapt(ds, p.tokens) }

// AdaptUntil is Adapt of which reading texts fails with ctx's cause once ctx is done: a stranger's tokenizer may take minutes for
// one.
func (p *Package) AdaptUntil(ctx context.Context, ds dataset.Dataset) (dataset.Dataset, error) {
	return p.adapt(ds, func() (*tokenizer.Tokenizer, error) {
		t, err := p.tokens()
		if err != nil {
			return nil, err
		}
		return t.Until(ctx), nil
	})
}

func (p *Package) adapt(ds dataset.Dataset, tokens func() (*tokenizer.Tokenizer, error)) (fit dataset.Dataset, err error) {
	pre := p.Config.Preprocessing
	if pre == nil {
		return ds, nil
	}
	schema := pre.schema()
	if pre.Tokenizer != "" {
		if schema.Tokenizer, err = tokens(); err != nil {
			return nil, fmt.Errorf("%s: %w", TokenizerFile, err)
		}
	}
	if fit, err = dataset.Adapt(ds, schema); err != nil {
		return nil, fmt.Errorf("the data does not fit the package: %w", err)
	}
	return fit, nil
}

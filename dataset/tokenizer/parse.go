package tokenizer

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsontext"
)

// Parse reads a tokenizer.json. The errors wrap ErrFormat or ErrUnsupported.
func Parse(file []byte) (*Tokenizer, error) {
	if len(file) > MaxFile {
		return nil, unsupportedf("a tokenizer.json of %d bytes, at most %d", len(file), MaxFile)
	}
	if err := jsontext.Check(file); err != nil { // the library refuses it, too
		return nil, formatf("tokenizer.json: %w", err)
	}
	f, err := parseFields(file, "tokenizer.json")
	if err != nil {
		return nil, err
	}
	version := "1.0"
	if err := f.get("version", &version); err != nil || version != "1.0" {
		return nil, unsupportedf("tokenizer.json of version %.40q", version)
	}
	t := &Tokenizer{template: plain, workspaces: &sync.Pool{New: func() any { return &workspace{words: map[string][]int32{}} }}}
	if !f.has("model") {
		return nil, formatf(`"model" is missing`)
	}
	if t.model, err = parseModel(f["model"]); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	for _, part := range []struct {
		name  string
		parse func(raw json.RawMessage) error
	}{
		{"normalizer", func(raw json.RawMessage) (err error) { t.normalizer, err = parseNormalizers(raw); return err }},
		{"pre_tokenizer", func(raw json.RawMessage) (err error) { t.preTokenizers, err = parsePreTokenizers(raw); return err }},
		{"post_processor", func(raw json.RawMessage) (err error) { t.template, err = parseProcessors(raw); return err }},
		{"truncation", func(json.RawMessage) (err error) { t.truncation, err = parseTruncation(f); return err }},
		{"padding", func(json.RawMessage) (err error) { t.padding, err = parsePadding(f); return err }},
	} {
		if !f.has(part.name) {
			continue
		}
		if err := part.parse(f[part.name]); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	tokens, err := parseAdded(f["added_tokens"], t.model)
	if err != nil {
		return nil, err
	}
	return t, t.finish(tokens)
}

// finish makes the matchers and finds the padding and the largest id.
func (t *Tokenizer) finish(tokens []addedToken) error {
	var before, after []addedToken
	var beforePatterns, afterPatterns []string
	t.top = t.model.top()
	for _, a := range tokens {
		t.top = max(t.top, a.id)
		if !a.normalized {
			before, beforePatterns = append(before, a), append(beforePatterns, a.content)
			continue
		}
		n, err := t.normalizer.normalize(text{a.content, true})
		if err != nil {
			return err
		}
		after, afterPatterns = append(after, a), append(afterPatterns, n.s)
	}
	var err error
	if t.raw, err = newMatcher(before, beforePatterns); err != nil {
		return err
	}
	if t.normal, err = newMatcher(after, afterPatterns); err != nil {
		return err
	}
	t.pad = t.findPad(tokens)
	for _, steps := range [][]step{t.template.single, t.template.pair} {
		for _, s := range steps {
			for _, id := range s.ids {
				t.top = max(t.top, id)
			}
		}
	}
	t.top = max(t.top, t.pad)
	if t.top >= maxID {
		return unsupportedf("id %d, at most %d", t.top, maxID-1)
	}
	return nil
}

func (t *Tokenizer) findPad(tokens []addedToken) int32 {
	if t.padding != nil {
		return t.padding.id
	}
	for _, name := range []string{"[PAD]", "<pad>"} {
		for _, a := range tokens {
			if a.content == name {
				return a.id
			}
		}
		if id, ok := t.model.id(name); ok {
			return id
		}
	}
	return notToken
}

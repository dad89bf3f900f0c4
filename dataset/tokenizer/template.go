package tokenizer

import (
	"encoding/json"
)

// Limits of what a post-processor adds.
const (
	maxTemplate = 64
	maxSpecials = 256
)

// step is a part of a template: a text (0 or 1), or ids.
type step struct {
	text int // notText for ids
	ids  []int32
	kind int32 // type id
}

const notText = -1

// template puts special tokens around one text or two.
type template struct{ single, pair []step }

// plain is what is done without a post-processor.
var plain = template{
	single: []step{{text: 0}},
	pair:   []step{{text: 0}, {text: 1, kind: 1}},
}

// added returns how many special tokens a template adds.
func added(steps []step) int {
	n := 0
	for _, s := range steps {
		n += len(s.ids)
	}
	return n
}

func parseProcessors(raw json.RawMessage) (template, error) {
	steps, err := sequence(raw, "processors", 0, parseProcessor)
	if err != nil {
		return plain, err
	}
	t, found := plain, false
	for _, s := range steps {
		if s == nil {
			continue
		}
		if found {
			return plain, unsupportedf("more than one post-processor that adds tokens")
		}
		t, found = *s, true
	}
	return t, nil
}

// parseProcessor returns nil for ByteLevel, which changes offsets alone.
func parseProcessor(f fields) (*template, error) {
	switch kind := f.kind(); kind {
	case "ByteLevel":
		return nil, nil
	case "BertProcessing", "RobertaProcessing":
		return parseFixed(f, kind == "RobertaProcessing")
	case "TemplateProcessing":
		return parseTemplate(f)
	default:
		return nil, unsupportedf("post-processor %.40q", kind)
	}
}

// parseFixed reads the templates of BERT, [CLS] A [SEP] B [SEP], and RoBERTa,
// <s> A </s></s> B </s> with one type for all.
func parseFixed(f fields, roberta bool) (*template, error) {
	cls, err := specialOf(f, "cls")
	if err != nil {
		return nil, err
	}
	sep, err := specialOf(f, "sep")
	if err != nil {
		return nil, err
	}
	clsStep, sepStep := step{text: notText, ids: []int32{cls}}, step{text: notText, ids: []int32{sep}}
	t := &template{single: []step{clsStep, {text: 0}, sepStep}}
	if roberta {
		t.pair = []step{clsStep, {text: 0}, sepStep, sepStep, {text: 1}, sepStep}
		return t, nil
	}
	t.pair = []step{clsStep, {text: 0}, sepStep, {text: 1, kind: 1}, {text: notText, ids: sepStep.ids, kind: 1}}
	return t, nil
}

// specialOf reads ["[CLS]", 101].
func specialOf(f fields, name string) (int32, error) {
	var two []json.RawMessage
	if err := f.wantEntries(name, 2, "values", &two); err != nil {
		return 0, err
	}
	var id int32
	if len(two) != 2 || json.Unmarshal(two[1], &id) != nil || id < 0 || id >= maxID {
		return 0, formatf("%s is not a token and its id", name)
	}
	return id, nil
}

func parseTemplate(f fields) (*template, error) {
	var specials map[string]struct {
		IDs json.RawMessage `json:"ids"`
	}
	if err := f.wantEntries("special_tokens", maxAddedTokens, "tokens", &specials); err != nil {
		return nil, err
	}
	t := &template{}
	for _, w := range []struct {
		name string
		dst  *[]step
	}{{"single", &t.single}, {"pair", &t.pair}} {
		var list []fields
		if err := f.wantEntries(w.name, maxTemplate, "parts", &list); err != nil {
			return nil, err
		}
		for _, raw := range list {
			s, err := parseStep(raw, func(id string) (json.RawMessage, bool) { s, ok := specials[id]; return s.IDs, ok })
			if err != nil {
				return nil, err
			}
			*w.dst = append(*w.dst, s)
		}
		if n := added(*w.dst); n > maxSpecials {
			return nil, unsupportedf("a template of %d special tokens, at most %d", n, maxSpecials)
		}
	}
	for _, s := range t.single {
		if s.text == 1 {
			return nil, formatf("the template of a single text has a second one")
		}
	}
	return t, nil
}

func parseStep(f fields, special func(string) (json.RawMessage, bool)) (step, error) {
	var raw fields
	s := step{text: notText}
	name := "SpecialToken"
	if f.has("Sequence") {
		name = "Sequence"
	}
	if err := f.want(name, &raw); err != nil {
		return s, err
	}
	var id string
	if err := raw.want("id", &id); err != nil {
		return s, err
	}
	if err := raw.want("type_id", &s.kind); err != nil {
		return s, err
	}
	if name == "Sequence" {
		if id != "A" && id != "B" {
			return s, formatf("template: sequence %.40q", id)
		}
		s.text = int(id[0] - 'A')
		return s, nil
	}
	ids, ok := special(id)
	if !ok {
		return s, formatf("template: special token %.60q is not listed", id)
	}
	if err := atMost(ids, maxSpecials, "template", "special tokens"); err != nil {
		return s, err
	}
	if err := json.Unmarshal(ids, &s.ids); err != nil {
		return s, formatf("template: the ids of %.60q: %w", id, err)
	}
	for _, i := range s.ids {
		if i < 0 || i >= maxID {
			return s, formatf("template: id %d", i)
		}
	}
	return s, nil
}

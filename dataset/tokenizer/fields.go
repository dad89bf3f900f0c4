package tokenizer

import (
	"encoding/json"
)

// fields is a JSON object. Names are compared exactly, unlike in
// encoding/json's structs.
type fields map[string]json.RawMessage

func parseFields(raw json.RawMessage, what string) (fields, error) {
	var f fields
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, formatf("%s: %w", what, err)
	}
	return f, nil
}

// has reports whether a field is there and not null.
func (f fields) has(name string) bool {
	raw, ok := f[name]
	return ok && string(raw) != "null"
}

// get reads a field into dst, which keeps its value if the field is absent or
// null.
func (f fields) get(name string, dst any) error {
	if !f.has(name) {
		return nil
	}
	if err := json.Unmarshal(f[name], dst); err != nil {
		return formatf("%q: %w", name, err)
	}
	return nil
}

// want is get for a field that must be there.
func (f fields) want(name string, dst any) error {
	if !f.has(name) {
		return formatf("%q is missing", name)
	}
	return f.get(name, dst)
}

// kind returns the field "type".
func (f fields) kind() string {
	var s string
	_ = f.get("type", &s) // what is no string is no known type
	return s
}

// maxNesting bounds how deep sequences contain sequences.
const maxNesting = 8

// maxSteps bounds the steps of one sequence.
const maxSteps = 64

// sequence reads a list of steps, or the one step that raw is.
func sequence[T any](raw json.RawMessage, list string, depth int, step func(f fields) (T, error)) ([]T, error) {
	f, err := parseFields(raw, list)
	if err != nil {
		return nil, err
	}
	if f.kind() != "Sequence" {
		t, err := step(f)
		if err != nil {
			return nil, err
		}
		return []T{t}, nil
	}
	var raws []json.RawMessage
	if err := f.want(list, &raws); err != nil {
		return nil, err
	}
	if depth >= maxNesting || len(raws) > maxSteps {
		return nil, unsupportedf("%s: more than %d steps, or sequences in sequences more than %d deep", list, maxSteps, maxNesting)
	}
	var all []T
	for _, raw := range raws {
		part, err := sequence(raw, list, depth+1, step)
		if err != nil {
			return nil, err
		}
		if all = append(all, part...); len(all) > maxSteps {
			return nil, unsupportedf("%s: more than %d steps", list, maxSteps)
		}
	}
	return all, nil
}

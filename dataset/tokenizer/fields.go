package tokenizer

import (
	"encoding/json"
)

// fields is a JSON object. Names are compared exactly, unlike in
// encoding/json's structs.
type fields map[string]json.RawMessage

// maxFields bounds the fields of an object, but for vocabularies.
const maxFields = 256

func parseFields(raw json.RawMessage, what string) (fields, error) {
	if err := atMost(raw, maxFields, what, "fields"); err != nil {
		return nil, err
	}
	var f fields
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, formatf("%s: %w", what, err)
	}
	return f, nil
}

// atMost returns an error for a list or an object of more than n entries: they are counted before any is
// read, since small ones take many times their length in memory.
func atMost(raw json.RawMessage, n int, where, what string) error {
	if countEntries(raw) > n {
		return unsupportedf("%s: more than %d %s", where, n, what)
	}
	return nil
}

// countEntries counts those of a list or an object in JSON.
func countEntries(raw []byte) int {
	n, depth, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 1:
			n++
		}
	}
	return n + 1
}

// wantEntries is want for a list or an object of at most n entries.
func (f fields) wantEntries(name string, n int, what string, dst any) error {
	if err := atMost(f[name], n, name, what); err != nil {
		return err
	}
	return f.want(name, dst)
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
	if err := f.wantEntries(list, maxSteps, "steps", &raws); err != nil {
		return nil, err
	}
	if depth >= maxNesting {
		return nil, unsupportedf("%s: sequences in sequences more than %d deep", list, maxNesting)
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

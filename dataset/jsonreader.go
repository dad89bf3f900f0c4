package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest line of JSON, in bytes.
const maxLine = 16 << 20

// jsonFields are the fields of a line of JSON, by name.
type jsonFields map[string]json.RawMessage

// eachJSONLine calls add for the object in each line, gzipped or plain, with the
// line's number; empty lines are skipped. What add returns becomes a RowError.
func eachJSONLine(r io.Reader, add func(fields jsonFields, line int) error) error {
	r, err := gunzip(r)
	if err != nil {
		return err
	}
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	for line := 1; scan.Scan(); line++ {
		text := scan.Bytes()
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var fields jsonFields
		if err := json.Unmarshal(text, &fields); err != nil {
			return &RowError{Line: line, Err: fmt.Errorf("%w: %w", ErrFormat, err)}
		}
		if err := add(fields, line); err != nil {
			return &RowError{Line: line, Err: err}
		}
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: a line of more than %d bytes", ErrTooLarge, maxLine)
	} else if err != nil {
		return readError(err)
	}
	return nil
}

// labelField is the field of the label, in the first line's fields: the one that
// the user named, else label, else y.
func (f jsonFields) labelField(named string) string {
	if named != "" {
		return named
	}
	if _, ok := f["label"]; ok {
		return "label"
	}
	return "y"
}

// lacks reports whether a field is absent or null.
func (f jsonFields) lacks(name string) bool {
	field := bytes.TrimSpace(f[name])
	return len(field) == 0 || string(field) == "null"
}

// label returns the text of a label.
func (f jsonFields) label(name string) ([]byte, error) {
	field := bytes.TrimSpace(f[name])
	switch {
	case f.lacks(name):
		return nil, fmt.Errorf("field %.40q: %w: the label is missing", name, ErrFormat)
	case field[0] == '"':
		var label string
		if err := json.Unmarshal(field, &label); err != nil {
			return nil, fmt.Errorf("field %.40q: %w: %w", name, ErrFormat, err)
		}
		return []byte(label), nil
	case field[0] == '-' || field[0] >= '0' && field[0] <= '9':
		return field, nil
	}
	return nil, fmt.Errorf("field %.40q: %w: %.40q is not a label (a whole number or a name)", name, ErrFormat, field)
}

// isString reports whether a field is a JSON string.
func (f jsonFields) isString(name string) bool {
	return bytes.HasPrefix(bytes.TrimSpace(f[name]), []byte(`"`))
}

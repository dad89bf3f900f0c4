package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// ReadTextJSONL reads one JSON object per line, gzipped or plain, with a field
// of text, or two (opts.Text), and one of the label (opts.Label; label, else y).
// Where opts.Text is empty the text is field text, or what such fields are
// usually called. Errors about a line are a [RowError].
func ReadTextJSONL(r io.Reader, opts Options) (*TextSet, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	r, err := gunzip(r)
	if err != nil {
		return nil, err
	}
	l := &textLines{opts: opts}
	if l.labels, err = NewLabelReader(opts); err != nil {
		return nil, err
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
		if err := l.add(text, line); err != nil {
			return nil, &RowError{Line: line, Err: err}
		}
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrTooLarge, maxLine)
	} else if err != nil {
		return nil, readError(err)
	}
	return l.set.finish(l.labels, opts)
}

// OpenTextJSONL reads a file. See ReadTextJSONL.
func OpenTextJSONL(path string, opts Options) (*TextSet, error) {
	return openText(path, opts, ReadTextJSONL)
}

var errNoText = fmt.Errorf("%w: no field holds text", ErrFormat)

// textLines collects the texts and labels of JSON lines.
type textLines struct {
	opts   Options
	fields []string // of the text; found in the first line
	label  string
	labels *LabelReader
	set    TextSet
}

// add takes one line.
func (l *textLines) add(line []byte, number int) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if l.fields == nil {
		if err := l.choose(fields); err != nil {
			return err
		}
	}
	label, err := jsonLabel(fields[l.label])
	if err != nil && l.opts.Missing == MissingDrop && len(bytes.TrimSpace(fields[l.label])) <= len("null") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("field %.40q: %w", l.label, err)
	}
	if err := l.labels.Add(label, number); err != nil {
		return fmt.Errorf("field %.40q: %w", l.label, err)
	}
	var texts [2]string
	for i, name := range l.fields {
		if !isJSONString(fields[name]) {
			return fmt.Errorf("%w: field %.40q is no text", ErrFormat, name)
		}
		if err := json.Unmarshal(fields[name], &texts[i]); err != nil {
			return fmt.Errorf("%w: field %.40q: %w", ErrFormat, name, err)
		}
	}
	return l.set.add(texts, len(l.fields) == 2)
}

// choose decides by the first line which fields are read.
func (l *textLines) choose(fields map[string]json.RawMessage) error {
	l.label = l.opts.Label
	if l.label == "" {
		l.label = "y"
		if _, ok := fields["label"]; ok {
			l.label = "label"
		}
	}
	names := slices.Sorted(maps.Keys(fields))
	columns, err := chooseTexts(names, func(i int) bool { return names[i] != l.label && isJSONString(fields[names[i]]) }, l.opts.Text)
	if err != nil {
		return err
	}
	if len(columns) == 0 {
		return fmt.Errorf("%w; there are %s", errNoText, listNames(names))
	}
	for _, c := range columns {
		l.fields = append(l.fields, names[c])
		l.set.notes = append(l.set.notes, fmt.Sprintf("the text is field %q", names[c]))
	}
	return nil
}

func isJSONString(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '"'
}

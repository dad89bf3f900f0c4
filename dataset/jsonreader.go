package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

const (
	// maxLine is the longest line of JSON, in bytes.
	maxLine = 16 << 20
	// lineBuffer is what is read at once of lines that are shorter.
	lineBuffer = 256 << 10
)

// eachJSONLine calls add for the object in each line, gzipped or plain, with the
// line's number; empty lines are skipped. What add returns becomes a RowError.
func eachJSONLine(r io.Reader, add func(row *jsonrow.Row, line int) error) error {
	r, err := gunzip(r)
	if err != nil {
		return err
	}
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, lineBuffer), maxLine)
	var row jsonrow.Row
	for line := 1; scan.Scan(); line++ {
		text := scan.Bytes()
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		row.Reset(text)
		if err := add(&row, line); err != nil {
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

// rowError is the error of a line that is no JSON; nil if there is none.
func rowError(row *jsonrow.Row) error {
	if err := row.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

// fieldNames returns the names of a row's fields in alphabetical order, and goes
// back to its beginning.
func fieldNames(row *jsonrow.Row) (names []string) {
	for row.Rewind(); row.Next(); {
		names = append(names, string(row.Name()))
	}
	row.Rewind()
	slices.Sort(names)
	return slices.Compact(names)
}

// labelField is the field of the label, in the first line's fields: the one that
// the user named, else label or y.
func labelField(named string, fields []string) (string, error) {
	label, y := slices.Contains(fields, "label"), slices.Contains(fields, "y")
	switch {
	case named != "":
		return named, nil
	case label && y:
		return "", fmt.Errorf("%w: the label could be field \"label\" or \"y\"; say which (Options.Label)", ErrFormat)
	case label:
		return "label", nil
	}
	return "y", nil
}

// field notes the value of a field that was not seen before in its row.
func field(row *jsonrow.Row, value *[]byte) error {
	if *value != nil {
		return errTwice(row)
	}
	*value = row.Value()
	return nil
}

func errTwice(row *jsonrow.Row) error {
	return fmt.Errorf("%w: field %.40q occurs twice", ErrFormat, row.Name())
}

// isMissing reports whether a field's value is absent or null.
func isMissing(value []byte) bool { return len(value) == 0 || string(value) == "null" }

// labelText returns the text of the label that is the value of a field.
func labelText(field string, value []byte) ([]byte, error) {
	switch {
	case isMissing(value):
		return nil, fmt.Errorf("field %.40q: %w: the label is missing", field, ErrFormat)
	case jsonrow.IsString(value):
		text, err := jsonText(field, value)
		return []byte(text), err
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
		return value, nil
	}
	return nil, fmt.Errorf("field %.40q: %w: %.40q is not a label (a whole number or a name)", field, ErrFormat, value)
}

// jsonText returns the text of a field that is a string. In another encoding its
// letters would all become U+FFFD, and different names the same.
func jsonText(field string, value []byte) (string, error) {
	text, err := jsonrow.Text(value)
	if err != nil {
		return "", fmt.Errorf("field %.40q: %w: %w", field, ErrFormat, err)
	}
	return text, nil
}

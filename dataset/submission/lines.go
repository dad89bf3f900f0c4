package submission

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

// maxLine bounds a line of data.jsonl in bytes: JSON may write each byte of a text as six.
func (s Schema) maxLine() int {
	if s.Kind == Values {
		return 16<<10 + 64*s.features()
	}
	return 8 * MaxText
}

// fields are the members of a row's object, by name, as the schema wants them.
type fields map[string][]byte

// readFields reads exactly the named fields; those behind "?" may be absent.
func readFields(row *jsonrow.Row, line []byte, names ...string) (fields, error) {
	f := fields{}
	for row.Reset(line); row.Next(); {
		name, known := string(row.Name()), false
		for _, n := range names {
			known = known || strings.TrimPrefix(n, "?") == name
		}
		if _, twice := f[name]; twice || !known {
			return nil, fmt.Errorf("field %.40q is not one of %s, or is there twice", name, strings.Join(names, ", "))
		}
		f[name] = row.Value()
	}
	if err := row.Err(); err != nil {
		return nil, err
	}
	for _, n := range names {
		if _, ok := f[n]; !ok && !strings.HasPrefix(n, "?") {
			return nil, fmt.Errorf("field %q is missing", n)
		}
	}
	return f, nil
}

// lines calls add with every line of data.jsonl, of which there must be rows.
func (r *reader) lines(rows int, add func(line []byte) (Reason, error)) error {
	return r.open(LinesFile, r.schema.MaxBytes, func(in io.Reader, _ int64) error {
		scan := bufio.NewScanner(in)
		scan.Buffer(make([]byte, 0, min(64<<10, r.schema.maxLine())), r.schema.maxLine())
		n := 0
		for scan.Scan() {
			if n++; n > rows {
				return invalid(BadCount, LinesFile, "more rows than the %d that %s says", rows, ManifestFile)
			}
			line := scan.Bytes()
			if !utf8.Valid(line) {
				return badRow(BadRow, LinesFile, n, "not UTF-8")
			}
			if reason, err := add(line); err != nil {
				return badRow(reason, LinesFile, n, "%v", err)
			}
		}
		if errors.Is(scan.Err(), bufio.ErrTooLong) {
			return badRow(TooLarge, LinesFile, n+1, "a line of more than %d bytes", r.schema.maxLine())
		}
		if scan.Err() == nil && n != rows {
			return invalid(BadCount, LinesFile, "%d rows, %s says %d", n, ManifestFile, rows)
		}
		return scan.Err()
	})
}

// valueRows reads {"x": […], "y": …}.
func (r *reader) valueRows(rows int) (*dataset.Memory, error) {
	size := r.schema.features()
	var x []float32
	labels := make([]int, 0, min(rows, 1<<10))
	var row, numbers jsonrow.Row
	err := r.lines(rows, func(line []byte) (Reason, error) {
		f, err := readFields(&row, line, "x", "y")
		if err != nil {
			return BadRow, err
		}
		numbers.Reset(append(append([]byte(`{"x":`), f["x"]...), '}'))
		numbers.Next()
		was := len(x)
		x = numbers.Numbers(x)
		if err := numbers.Err(); err != nil {
			return BadRow, fmt.Errorf("x: want %d finite numbers", size)
		}
		if len(x)-was != size {
			return BadRow, fmt.Errorf("x has %d values, want %d", len(x)-was, size)
		}
		label := r.ofJSON(f["y"])
		if label < 0 {
			return BadLabel, fmt.Errorf("y is %.60q, none of the %d classes", f["y"], len(r.index))
		}
		labels = append(labels, label)
		return "", nil
	})
	if err != nil {
		return nil, err
	}
	return r.memory(x, labels)
}

// memory is a set of values that were checked.
func (r *reader) memory(x []float32, labels []int) (*dataset.Memory, error) {
	m, err := dataset.New(r.schema.Shape, len(r.index), x, labels)
	if err != nil {
		return nil, invalid(BadRow, "", "%v", err)
	}
	return m, nil
}

// textRows reads {"text": …, "label": …}.
func (r *reader) textRows(rows int) (*dataset.TextSet, error) {
	var texts []string
	var labels []int
	var row jsonrow.Row
	err := r.lines(rows, func(line []byte) (Reason, error) {
		f, err := readFields(&row, line, "text", "label")
		if err != nil {
			return BadRow, err
		}
		said, err := spoken(f["text"])
		if err != nil {
			return BadRow, fmt.Errorf("text: %w", err)
		}
		label := r.ofJSON(f["label"])
		if label < 0 {
			return BadLabel, fmt.Errorf("label is %.60q, none of the %d classes", f["label"], len(r.index))
		}
		texts, labels = append(texts, said), append(labels, label)
		return "", nil
	})
	if err != nil {
		return nil, err
	}
	set, err := dataset.NewTexts(texts, labels, r.schema.Classes)
	if err != nil {
		return nil, invalid(BadRow, LinesFile, "%v", err)
	}
	return set, nil
}

// spoken is a text that says something.
func spoken(value []byte) (string, error) {
	said, err := text(value)
	switch {
	case err != nil:
		return "", err
	case len(said) > MaxText:
		return "", fmt.Errorf("%d bytes, at most %d", len(said), MaxText)
	case strings.TrimSpace(said) == "":
		return "", errors.New("it is empty")
	}
	return said, nil
}

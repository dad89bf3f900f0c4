package dataset

import (
	"errors"
	"fmt"
	"strings"
)

// RowError says where in a file something is wrong. Err is one of this package's
// errors with the reason.
type RowError struct {
	File   string // path; empty where a stream is read
	Line   int    // from 1: of the record's first line; 0 if unknown
	Column string // name, or number from 0; empty if the whole line is meant
	Err    error
}

func (e *RowError) Error() string {
	var where []string
	if e.File != "" {
		where = append(where, e.File)
	}
	if e.Line > 0 {
		where = append(where, fmt.Sprintf("line %d", e.Line))
	}
	if e.Column != "" {
		where = append(where, fmt.Sprintf("column %.60s", e.Column))
	}
	return strings.Join(append(where, e.Err.Error()), ": ")
}

// Unwrap returns Err.
func (e *RowError) Unwrap() error { return e.Err }

// inFile puts the file's name into an error about one of its lines, or in front
// of any other error.
func inFile(path string, err error) error {
	var row *RowError
	if errors.As(err, &row) && row.File == "" {
		row.File = path
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

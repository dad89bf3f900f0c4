package dataset

import (
	"fmt"
	"slices"
	"strconv"
)

// countLine is the first line of scikit-learn's tables (iris.csv): the number of
// rows, that of features, and the names of the classes, which the last column
// numbers from 0.
type countLine struct {
	rows, features int
	classes        []string
}

// readCountLine returns the count line of a table, or nil if it has none. All that
// follows must be as the line says: its columns, numbers, and labels that it
// names.
func readCountLine(records [][]string) *countLine {
	if len(records) < 2 || len(records[0]) < 4 {
		return nil
	}
	first, rest := records[0], records[1:]
	rows, err := strconv.Atoi(first[0])
	if err != nil || rows < len(rest) {
		return nil
	}
	features, err := strconv.Atoi(first[1])
	c := &countLine{rows, features, first[2:]}
	if err != nil || slices.ContainsFunc(c.classes, func(name string) bool { return name == "" || isNumber(name, false) }) {
		return nil
	}
	for _, r := range rest {
		if len(r) != features+1 || !slices.Contains(numberNames(len(c.classes)), r[features]) {
			return nil
		}
		if slices.ContainsFunc(r, func(cell string) bool { return !isNumber(cell, false) && !missingMarks[cell] }) {
			return nil
		}
	}
	return c
}

// options are those of the table where the caller's leave them open.
func (c *countLine) options(opts Options) Options {
	if c == nil {
		return opts
	}
	if opts.Rename == nil {
		opts.Rename = map[string]string{}
		for i, name := range c.classes {
			opts.Rename[strconv.Itoa(i)] = name
		}
	}
	if opts.Classes == nil {
		opts.Classes = c.classes
	}
	return opts
}

// check compares the number of rows that were read.
func (c *countLine) check(rows int) error {
	if c != nil && rows != c.rows {
		return fmt.Errorf("%w: the first line says %d rows, and there are %d", ErrFormat, c.rows, rows)
	}
	return nil
}

package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// labelNames are the usual names of a label's column, in lower case.
var labelNames = []string{"label", "labels", "class", "target", "y"}

func isLabelName(name string) bool { return slices.Contains(labelNames, strings.ToLower(name)) }

// looksLikeHeader reports whether the first record names the columns of the
// others; sure is false if that cannot be seen. What it goes by:
//
//   - columns in which all other records have numbers: a first cell that is a
//     name there speaks for a header, a number or nothing against it;
//   - where both occur: a usual name of a label, or a row of places 0, 1, 2, …,
//     speak for a header.
//
// It never goes by what could be read or not.
func looksLikeHeader(records [][]string, decimalComma bool) (header, sure bool) {
	first, rest := records[0], slices.DeleteFunc(slices.Clone(records[1:]), func(r []string) bool {
		return len(r) != len(records[0]) // the reader names the line
	})
	names, numbers, gaps, counting := 0, 0, 0, true
	for c, cell := range first {
		if !numberColumn(rest, c, decimalComma) {
			continue
		}
		switch {
		case missingMarks[cell]:
			gaps++
		case isNumber(cell, decimalComma):
			numbers++
			counting = counting && cell == strconv.Itoa(c)
		default:
			names++
		}
	}
	switch {
	case names+numbers+gaps == 0: // no column of numbers
		if slices.ContainsFunc(first, isLabelName) {
			return true, true
		}
		return false, slices.ContainsFunc(first, func(c string) bool { return isNumber(c, decimalComma) })
	case names == 0:
		return false, true
	case numbers == 0 && gaps <= 1: // a gap: pandas' column of row numbers has no name
		return true, true
	}
	return slices.ContainsFunc(first, isLabelName) || counting && gaps == 0, true
}

// numberColumn reports whether a column has numbers in all records, missing ones
// aside.
func numberColumn(records [][]string, c int, decimalComma bool) bool {
	numbers := 0
	for _, r := range records {
		switch {
		case isNumber(r[c], decimalComma):
			numbers++
		case !missingMarks[r[c]]:
			return false
		}
	}
	return numbers > 0
}

// checkNames refuses features without a name in a table that has names, since
// pandas writes the rows' numbers so, and two of one name. In a table of texts
// neither is anything to mind.
func (l *layout) checkNames() error {
	if l.names == nil {
		return nil
	}
	place := map[string]int{}
	for _, i := range l.features {
		name := l.names[i]
		if name == "" {
			return fmt.Errorf("%w: column %d has no name: if it counts the rows, ignore it (Options.Ignore)", ErrFormat, i)
		}
		if first, twice := place[name]; twice {
			return l.twice(first, i)
		}
		place[name] = i
	}
	return nil
}

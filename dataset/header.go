package dataset

import (
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

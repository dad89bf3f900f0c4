package dataset

// ClassNames returns the names of a set's classes, by label: those of its
// method ClassNames, which every set of this package has and one of your own may
// have. nil if nothing says what labels 0, 1, … are.
func ClassNames(ds Dataset) []string {
	if n, ok := ds.(interface{ ClassNames() []string }); ok {
		return n.ClassNames()
	}
	return nil
}

// Notes returns what a reader decided that nobody had said (a header, a
// separator, the label's column …): lines to be shown to the user.
func Notes(ds Dataset) []string {
	if n, ok := ds.(interface{ Notes() []string }); ok {
		return n.Notes()
	}
	return nil
}

// Columns returns the columns of a table that became the features, for a
// package's preprocessing; nil for other sets.
func Columns(ds Dataset) []Column {
	if c, ok := ds.(interface{ Columns() []Column }); ok {
		return c.Columns()
	}
	return nil
}

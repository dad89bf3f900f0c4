package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// countingNames are what columns are called, in lower case, that number rows.
var countingNames = []string{"id", "index", "no", "row", "rownames", "unnamed: 0"}

// maxColumns bounds a table's columns.
const maxColumns = 1 << 16

// layout is how a table is to be read.
type layout struct {
	comma        byte
	decimalComma bool
	names        []string // of all columns; nil without a header
	columns      int
	label        int      // column of the label
	guessed      bool     // nothing says that it is
	words        []string // columns to be numbers that hold names, in the first records
	features     []int    // columns of the features, in order
	schema       []Column // of the features
	byName       bool     // features were found by the names in Options.Columns
	counted      *countLine
	notes        []string
}

func (l *layout) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// newLayout decides how a table is to be read: by the options, and where these
// say nothing by its first records.
func newLayout(s sample, opts Options) (*layout, error) {
	l := &layout{}
	if err := l.separators(s, opts); err != nil {
		return nil, err
	}
	records, err := s.records(l.comma)
	switch {
	case len(records) == 0 && err != nil:
		return nil, err
	case len(records) == 0 && !s.all:
		return nil, &RowError{Line: 1, Err: fmt.Errorf("%w: no rows that end within the first %d bytes; a quotation mark may not be closed", ErrTooLarge, sniffBytes)}
	case len(records) == 0:
		return nil, fmt.Errorf("%w: no rows", ErrFormat)
	}
	if opts.Header == HeaderDetect && opts.Label == "" {
		if l.counted = readCountLine(records); l.counted != nil {
			l.note("the first line counts %d rows of %d features, and names the classes: %s", l.counted.rows, l.counted.features, listNames(l.counted.classes))
			records = records[1:]
			opts.Header = HeaderNo
		}
	}
	l.columns = len(records[0])
	if l.columns < 2 || l.columns > maxColumns {
		return nil, fmt.Errorf("%w: %d columns (separated by %q), want 2 to %d", ErrFormat, l.columns, l.comma, maxColumns)
	}
	if l.decimalComma = opts.Decimal == ","; opts.Decimal == "" {
		if l.decimalComma, err = decimalComma(records, l.comma); err != nil {
			return nil, err
		}
		if l.decimalComma {
			l.note("numbers have a decimal comma")
		}
	}
	if err := l.header(records, opts); err != nil {
		return nil, err
	}
	if err := l.findLabel(opts.Label); err != nil {
		return nil, err
	}
	if err := l.findFeatures(opts); err != nil {
		return nil, err
	}
	l.findWords(records)
	return l, nil
}

// findWords notes the features that are to be numbers and are not, for messages:
// who learns of one at a time needs as many tries.
func (l *layout) findWords(records [][]string) {
	if l.names != nil {
		records = records[1:]
	}
	for i, column := range l.features {
		isName := func(r []string) bool {
			return column < len(r) && !isNumber(r[column], l.decimalComma) && !missingMarks[r[column]]
		}
		if l.schema[i].Values == nil && slices.ContainsFunc(records, isName) {
			l.words = append(l.words, l.title(column))
		}
	}
}

// listWords says which other columns hold names.
func (l *layout) listWords(column int) string {
	others := slices.DeleteFunc(slices.Clone(l.words), func(title string) bool { return title == l.title(column) })
	if len(others) == 0 {
		return ""
	}
	const most = 12
	if len(others) > most {
		others = append(others[:most], "…")
	}
	return ", nor are those of column " + strings.Join(others, ", ")
}

func (l *layout) separators(s sample, opts Options) (err error) {
	if opts.Separator != "" {
		l.comma = opts.Separator[0]
		return nil
	}
	if l.comma, err = s.comma(); err == nil && l.comma != ',' {
		l.note("columns are separated by %q", l.comma)
	}
	return err
}

// header decides whether the first record names the columns.
func (l *layout) header(records [][]string, opts Options) error {
	header := opts.Header == HeaderYes
	if opts.Header == HeaderDetect {
		var sure bool
		_, err := strconv.Atoi(opts.Label)
		if named := opts.Label != "" && err != nil; named && slices.Contains(records[0], opts.Label) {
			header = true
		} else if header, sure = looksLikeHeader(records, l.decimalComma); !sure {
			return fmt.Errorf("%w: the first line could name the columns or be a row; say which (Options.Header)", ErrFormat)
		}
		if header {
			l.note("the first line names the columns: %s", listNames(records[0]))
		}
	}
	if !header {
		return nil
	}
	for i, name := range records[0] {
		if err := isName(name); err != nil {
			return &RowError{Line: 1, Column: strconv.Itoa(i), Err: fmt.Errorf("%w: the column's name %.60q %w; convert the file", ErrFormat, name, err)}
		}
	}
	l.names = slices.Clone(records[0])
	return nil
}

var errNoColumn = errors.New("no such column")

// column finds a column by name or by number.
func (l *layout) column(name string) (int, error) {
	if i := slices.Index(l.names, name); i >= 0 {
		if j := slices.Index(l.names[i+1:], name); j >= 0 {
			return 0, fmt.Errorf("%w: two columns are named %.60q; use their numbers, %d and %d", ErrFormat, name, i, i+1+j)
		}
		return i, nil
	}
	i, err := strconv.Atoi(name)
	if i < 0 {
		i += l.columns
	}
	if err != nil || i < 0 || i >= l.columns {
		return 0, fmt.Errorf("%w: %w %.60q; there are %d%s", ErrFormat, errNoColumn, name, l.columns, l.listed())
	}
	return i, nil
}

func (l *layout) listed() string {
	if l.names == nil {
		return ", without names"
	}
	return ": " + listNames(l.names)
}

// title is what a column is called in messages.
func (l *layout) title(column int) string {
	if l.names != nil && l.names[column] != "" {
		return strconv.Quote(l.names[column])
	}
	return strconv.Itoa(column)
}

func (l *layout) findLabel(name string) (err error) {
	if name != "" {
		l.label, err = l.column(name)
		return err
	}
	var usual []int
	for i, n := range l.names {
		if isLabelName(n) {
			usual = append(usual, i)
		}
	}
	switch len(usual) {
	case 0:
		l.label, l.guessed = l.columns-1, true
		l.note("the last column is the label%s", l.called(l.label))
	case 1:
		l.label = usual[0]
		l.note("the column %s is the label", l.title(l.label))
	default:
		return fmt.Errorf("%w: the label could be column %s or %s; say which (Options.Label)", ErrFormat, l.title(usual[0]), l.title(usual[1]))
	}
	return nil
}

func (l *layout) called(column int) string {
	if l.names == nil {
		return ""
	}
	return ": " + l.title(column)
}

// findFeatures decides which columns are features, in which order.
func (l *layout) findFeatures(opts Options) error {
	if len(opts.Columns) > 0 {
		return l.findColumns(opts.Columns)
	}
	skip := map[int]bool{l.label: true}
	for _, name := range opts.Ignore {
		i, err := l.column(name)
		if err != nil {
			return fmt.Errorf("to ignore: %w", err)
		}
		skip[i] = true
	}
	categorical := map[int]bool{}
	for _, name := range opts.Categorical {
		i, err := l.column(name)
		if err != nil {
			return fmt.Errorf("categorical: %w", err)
		}
		if skip[i] {
			return fmt.Errorf("%w: column %s is categorical, and yet the label or ignored", ErrFormat, l.title(i))
		}
		categorical[i] = true
	}
	for i := range l.columns {
		if skip[i] {
			continue
		}
		c := Column{}
		if l.names != nil {
			c.Name = l.names[i]
		}
		if slices.Contains(countingNames, strings.ToLower(c.Name)) {
			l.note("the column %s is a feature; if it numbers the rows, leave it out (Options.Ignore)", l.title(i))
		}
		if categorical[i] {
			c.Values = []string{} // found by reading
		}
		l.features, l.schema = append(l.features, i), append(l.schema, c)
	}
	if len(l.features) == 0 {
		return fmt.Errorf("%w: no column is left as a feature", ErrFormat)
	}
	return nil
}

// twice is the error of two columns of one name: a package finds them by it.
func (l *layout) twice(first, second int) error {
	return fmt.Errorf("%w: columns %d and %d are both named %.60q, and features are found by their names: rename one, or ignore one by its number (Options.Ignore)",
		ErrFormat, first, second, l.names[first])
}

// findColumns finds the features that a package states.
func (l *layout) findColumns(columns []Column) error {
	l.schema = slices.Clone(columns)
	l.byName = l.names != nil && !slices.ContainsFunc(columns, func(c Column) bool { return c.Name == "" })
	if !l.byName {
		if l.columns != len(columns)+1 {
			return fmt.Errorf("%w: %d columns beside the label, want %d", ErrFormat, l.columns-1, len(columns))
		}
		for i := range l.columns {
			if i != l.label {
				l.features = append(l.features, i)
			}
		}
		return nil
	}
	for _, c := range columns {
		name := strings.TrimSpace(c.Name)
		i := slices.Index(l.names, name)
		if i < 0 || i == l.label {
			return fmt.Errorf("%w: %w %.60q to take as a feature; there are %s", ErrFormat, errNoColumn, c.Name, listNames(l.names))
		}
		if j := slices.Index(l.names[i+1:], name); j >= 0 {
			return l.twice(i, i+1+j)
		}
		l.features = append(l.features, i)
	}
	return nil
}

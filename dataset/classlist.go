package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrClass means that a label is not one of the classes that were agreed on, or
// that two lists of classes do not fit each other.
var ErrClass = errors.New("dataset: not one of the classes")

// ClassList is an ordered list of class names, in which labels are looked up.
// It is immutable.
type ClassList struct {
	names   []string
	exact   map[string]int // by key
	folded  map[string]int // by key without case; -1 where several names are equal so
	numbers bool           // all names are numbers
}

// NewClassList returns the list of these names, for labels 0, 1, … Names that
// are empty, not UTF-8, or equal to another (as numbers, or as text in Unicode's
// composed form), are an ErrFormat; more than MaxClasses an ErrTooLarge.
func NewClassList(names []string) (*ClassList, error) {
	if len(names) > MaxClasses {
		return nil, fmt.Errorf("%w: %d classes, at most %d", ErrTooLarge, len(names), MaxClasses)
	}
	l := &ClassList{names: slices.Clone(names), exact: map[string]int{}, folded: map[string]int{}, numbers: true}
	for i, name := range names {
		key, isNumber := classKey(name)
		if key == "" {
			return nil, fmt.Errorf("%w: class %d has no name", ErrFormat, i)
		}
		if err := isName(name); err != nil {
			return nil, fmt.Errorf("%w: the name of class %d, %.60q, %w", ErrFormat, i, name, err)
		}
		if j, twice := l.exact[key]; twice {
			return nil, fmt.Errorf("%w: classes %d and %d are both named %.60q", ErrFormat, j, i, name)
		}
		l.exact[key] = i
		l.numbers = l.numbers && isNumber
		if _, twice := l.folded[strings.ToLower(key)]; twice {
			i = -1
		}
		l.folded[strings.ToLower(key)] = i
	}
	return l, nil
}

// maxName bounds the name of a class or a column in bytes: what is longer is a text
// in the wrong column, and all names are kept.
const maxName = 1024

var (
	errNotUTF8 = errors.New("is not UTF-8")
	errLost    = errors.New("has a U+FFFD in place of a letter that was lost")
	errLong    = fmt.Errorf("has more than %d bytes", maxName)
)

// isName returns an error for what would be another name where it is written down,
// or is already: different ones have become the same.
func isName(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errNotUTF8
	case strings.ContainsRune(text, utf8.RuneError):
		return errLost
	case len(text) > maxName:
		return errLong
	}
	return nil
}

// Names returns the names by label.
func (l *ClassList) Names() []string { return slices.Clone(l.names) }

// Len returns the number of classes.
func (l *ClassList) Len() int { return len(l.names) }

// Index returns the class that a label in a file means. Numbers compare as
// numbers, so that 2.0 is class "2"; names in Unicode's composed form and, where
// only one name fits so, without case. In a list of names a whole number is the
// class of that number. ErrClass for what is not in the list.
func (l *ClassList) Index(label string) (int, error) {
	i, _, err := l.index(label)
	return i, err
}

// index is Index, and reports whether the label was taken as a class number in a
// list of names.
func (l *ClassList) index(label string) (i int, byNumber bool, err error) {
	key, isNumber := classKey(label)
	if i, ok := l.exact[key]; ok {
		return i, false, nil
	}
	if i, ok := l.folded[strings.ToLower(key)]; ok && i >= 0 {
		return i, false, nil
	}
	if isNumber && !l.numbers {
		if n, err := strconv.Atoi(key); err == nil && n >= 0 && n < len(l.names) {
			return n, true, nil
		}
	}
	return 0, false, fmt.Errorf("%w: label %.60q; the %d classes are %s", ErrClass, label, len(l.names), listNames(l.names))
}

// classKey is the form in which labels compare, and whether it is a number. It
// is empty only for a label of nothing but spaces.
func classKey(label string) (key string, isNumber bool) {
	label = strings.TrimSpace(label)
	if v, ok := parseNumber(label); ok {
		return strconv.FormatFloat(v+0, 'f', -1, 64), true // + 0 makes -0 a 0
	}
	return norm.NFC.String(label), false
}

// parseNumber parses a finite decimal number; not Go's other forms, such as hex,
// underscores or "inf", which are names.
func parseNumber(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && len(s) <= 40 && isDecimal(s) && math.Abs(v) < maxNumber
}

// maxNumber is where float64 begins to leave out whole numbers: from there on
// different labels would be the same number.
const maxNumber = 1 << 53

// isTooLarge reports whether a text is a decimal number that parseNumber does not
// take for its size.
func isTooLarge(s string) bool {
	v, err := strconv.ParseFloat(s, 64)
	return !errors.Is(err, strconv.ErrSyntax) && isDecimal(s) && math.Abs(v) >= maxNumber
}

// isDecimal reports whether a text has only what decimal numbers consist of.
func isDecimal(s string) bool { return strings.Trim(s, "0123456789+-.eE") == "" }

// listNames shows the first names of a list.
func listNames(names []string) string {
	const most = 12
	shown := make([]string, 0, most)
	for _, n := range names[:min(len(names), most)] {
		shown = append(shown, fmt.Sprintf("%.30q", n))
	}
	text := strings.Join(shown, ", ")
	if len(names) > most {
		text += ", …"
	}
	return text
}

package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// missingMarks are how files write that a value is missing: pandas' list, and
// the question mark of the UCI repository.
var missingMarks = map[string]bool{
	"": true, "?": true, "#N/A": true, "#N/A N/A": true, "#NA": true, "-NaN": true, "-nan": true, "<NA>": true, "N/A": true,
	"NA": true, "NULL": true, "NaN": true, "None": true, "n/a": true, "nan": true, "null": true,
}

// LabelReader turns the labels of a file, in their order, into class numbers. It
// is what every reader of labelled rows uses. The zero value numbers the labels
// that occur; NewLabelReader takes a list.
//
// Without a list, whole numbers from 0 are class numbers, other numbers are
// numbered in ascending and names in alphabetical order. Numbers and names in
// one file are an error, and so are names that differ only in case.
type LabelReader struct {
	list   *ClassList
	rename map[string]string
	unit   string           // what "line" counts; "line" if empty
	values bool             // of a categorical column: numbers are no class numbers
	seen   map[string]int32 // by the text in the file: class or, without a list, place in keys
	keys   []seenLabel
	// folded finds a key's place without regard to case
	folded map[string]int32
	y      []int32
	// lines of the first number and of the first name
	number, name int
}

// seenLabel is a label in the order of first occurrence.
type seenLabel struct {
	key  string
	line int
}

// NewLabelReader returns a reader of labels of opts.Classes; of those that occur
// if these are nil. It gives labels other names as opts.Rename says.
func NewLabelReader(opts Options) (*LabelReader, error) {
	if opts.Classes == nil {
		return &LabelReader{rename: opts.Rename}, nil
	}
	list, err := NewClassList(opts.Classes)
	if err != nil {
		return nil, err
	}
	return &LabelReader{list: list, rename: opts.Rename}, nil
}

// Missing reports whether a label says that it is missing: it is empty, or one
// of the usual marks ("NA", "nan", "?" …) and not the name of a class.
func (r *LabelReader) Missing(label []byte) bool {
	if _, named := r.rename[string(label)]; named || len(label) > 8 || !missingMarks[string(label)] {
		return false
	}
	if r.list == nil {
		return true
	}
	_, named := r.list.exact[string(label)]
	return !named
}

// Add takes the next label, of the given line (from 1). Its errors say nothing
// of the line. A missing label is an ErrFormat.
func (r *LabelReader) Add(label []byte, line int) error {
	if n, ok := r.seen[string(label)]; ok { // no allocation
		r.y = append(r.y, n)
		return nil
	}
	text := string(label)
	if name, ok := r.rename[text]; ok {
		text = name
	} else if r.Missing(label) {
		return fmt.Errorf("%w: the %s is missing (%q)", ErrFormat, r.what(), label)
	}
	n, err := r.first(text, line)
	if err != nil {
		return err
	}
	if r.seen == nil {
		r.seen = map[string]int32{}
	}
	r.seen[string(label)] = n
	r.y = append(r.y, n)
	return nil
}

// first takes a label that did not occur before in this spelling.
func (r *LabelReader) first(label string, line int) (int32, error) {
	if err := isName(label); err != nil {
		way := "convert the file"
		if r.unit == "folder" {
			way = "rename it"
		} else if errors.Is(err, errLong) {
			way = "is this the right column?"
		}
		return 0, fmt.Errorf("%w: the %s %.60q %w; %s", ErrFormat, r.what(), label, err, way)
	}
	key, isNumber := classKey(label)
	if r.list != nil {
		i, byNumber, err := r.list.index(label)
		if r.values && (byNumber || err != nil) {
			err = fmt.Errorf("%w: %.60q; the %d values are %s", ErrClass, label, r.list.Len(), listNames(r.list.names))
		}
		if err != nil && !r.values {
			err = fmt.Errorf("%w; Options.Rename can say which class it is", err)
		}
		if err == nil && !r.values && !r.list.numbers {
			err = r.mixed(label, byNumber, line)
		}
		return int32(i), err
	}
	if !r.values && !isNumber && isTooLarge(key) {
		return 0, fmt.Errorf("%w: label %.60q is a number of 2^53 or more, which no class has; is this the right column? List the classes if it is (Options.Classes)", ErrFormat, label)
	}
	if isNumber && !r.values && strings.Contains(key, ".") {
		return 0, fmt.Errorf("%w: label %.60q is not a whole number; labels are classes (list them if this is one)", ErrFormat, label)
	}
	if err := r.mixed(label, isNumber, line); err != nil {
		return 0, err
	}
	if i, ok := r.folded[strings.ToLower(key)]; !ok {
		return r.found(key, line)
	} else if r.keys[i].key != key {
		return 0, fmt.Errorf("%w: %s %.60q differs only in case from %.60q in %s %d; list them if both are meant",
			ErrFormat, r.what(), label, r.keys[i].key, cmp.Or(r.unit, "line"), r.keys[i].line)
	} else {
		return i, nil
	}
}

// found notes a label that occurs for the first time.
func (r *LabelReader) found(key string, line int) (int32, error) {
	if len(r.keys) == MaxClasses {
		return 0, fmt.Errorf("%w: more than %d different %ss; is this the right column?", ErrTooLarge, MaxClasses, r.what())
	}
	if r.folded == nil {
		r.folded = map[string]int32{}
	}
	i := int32(len(r.keys))
	r.folded[strings.ToLower(key)] = i
	r.keys = append(r.keys, seenLabel{key, line})
	return i, nil
}

// mixed refuses numbers beside names.
func (r *LabelReader) mixed(label string, isNumber bool, line int) error {
	mine, other, what := &r.name, r.number, "a number"
	if isNumber {
		mine, other, what = &r.number, r.name, "a name"
	}
	if *mine == 0 {
		*mine = line
	}
	if other != 0 {
		return fmt.Errorf("%w: %s %.60q, but that of %s %d is %s", ErrFormat, r.what(), label, cmp.Or(r.unit, "line"), other, what)
	}
	return nil
}

// what a reader reads, for messages.
func (r *LabelReader) what() string {
	if r.values {
		return "value"
	}
	return "label"
}

// addMissing takes a missing value of a categorical column, as class -1.
func (r *LabelReader) addMissing() { r.y = append(r.y, -1) }

// Len returns the number of labels.
func (r *LabelReader) Len() int { return len(r.y) }

// Finish returns the class of every label, and the names of the classes.
func (r *LabelReader) Finish() (y []int32, names []string, err error) {
	if r.list != nil {
		return r.y, r.list.Names(), nil
	}
	number, names := r.order()
	for i, k := range r.y {
		if k >= 0 { // a missing value stays -1
			r.y[i] = number[k]
		}
	}
	return r.y, names, nil
}

// order decides the class of every label that occurred.
func (r *LabelReader) order() (number []int32, names []string) {
	number = make([]int32, len(r.keys))
	if whole, most := r.classNumbers(number); whole {
		return number, numberNames(most + 1)
	}
	places := make([]int, len(r.keys))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return r.compare(r.keys[a].key, r.keys[b].key) })
	for class, place := range places {
		number[place] = int32(class)
		names = append(names, r.keys[place].key)
	}
	return number, names
}

// compare orders numbers by value, names by their bytes.
func (r *LabelReader) compare(a, b string) int {
	if r.number != 0 {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// classNumbers parses labels that are all class numbers into number.
func (r *LabelReader) classNumbers(number []int32) (ok bool, most int) {
	if r.number == 0 || r.values {
		return false, 0
	}
	for i, k := range r.keys {
		v, err := strconv.ParseUint(k.key, 10, 16)
		if err != nil {
			return false, 0
		}
		number[i] = int32(v)
		most = max(most, int(v))
	}
	return true, most
}

// numberNames are the names of classes that have only numbers: "0", "1", …
func numberNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// textNames are the usual names of columns with text, best first.
var textNames = []string{"text", "sentence", "content", "review", "comment_text", "comment", "tweet", "message", "query", "utterance", "document"}

// pairNames are the usual names of two texts that belong together.
var pairNames = [][2]string{{"sentence1", "sentence2"}, {"premise", "hypothesis"}, {"question1", "question2"}, {"question", "passage"}, {"question", "sentence"}}

// chooseTexts returns the columns of names that hold the text: one or two. named
// are those that the user gave. None at all if no column has texts.
func chooseTexts(names []string, isText func(i int) bool, named []string) ([]int, error) {
	if len(named) > 2 {
		return nil, fmt.Errorf("dataset: %d text columns, at most 2 (Options.Text)", len(named))
	}
	find := func(name string) int {
		return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	var found []int
	for _, name := range named {
		i := find(name)
		if i < 0 {
			return nil, fmt.Errorf("%w: %w %.60q; there are %s", ErrFormat, errNoColumn, name, listNames(names))
		}
		found = append(found, i)
	}
	if len(found) > 0 {
		return found, nil
	}
	for _, pair := range pairNames {
		if a, b := find(pair[0]), find(pair[1]); a >= 0 && b >= 0 && isText(a) && isText(b) {
			return []int{a, b}, nil
		}
	}
	for _, name := range textNames {
		if i := find(name); i >= 0 && isText(i) {
			return []int{i}, nil
		}
	}
	for i := range names {
		if isText(i) {
			found = append(found, i)
		}
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("%w: several columns hold text (%s and %s, of %s); say which (Options.Text)",
			ErrFormat, names[found[0]], names[found[1]], listNames(names))
	}
	return found, nil
}

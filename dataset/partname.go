package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Part is one of a data set's two splits.
type Part string

// The parts of a data set.
const (
	Train Part = "train"
	Test  Part = "test"
)

// ErrNoPart means that files hold only the other part of a data set.
var ErrNoPart = errors.New("dataset: no such part")

// aliases are the words by which names of files tell a part, best first.
func (p Part) aliases() []string {
	switch p {
	case Train:
		return []string{"train", "training"}
	case Test:
		return []string{"test", "t10k", "val", "valid", "validation"}
	}
	return []string{""}
}

// other is the other part.
func (p Part) other() Part {
	if p == Train {
		return Test
	}
	return Train
}

// partOf returns the part that a file's name tells, by the first of its words
// that does, and how good an alias that is (0 is best); "" if none does.
func partOf(name string) (Part, int) {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "data_batch") {
		return Train, 0
	}
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		for _, p := range []Part{Train, Test} {
			if rank := slices.Index(p.aliases(), word); rank >= 0 {
				return p, rank
			}
		}
	}
	return "", 0
}

// left are what macOS, Windows and NAS boxes leave behind, in lower case.
var left = []string{"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information", "@eadir", "#recycle", "lost+found"}

// junk reports whether a file is hidden or one that systems leave in folders.
func junk(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains(left, strings.ToLower(name))
}

// pick returns the names that fit and are of the part, by the best alias that
// occurs; if no name tells a part, all that fit. ErrNoPart if names tell only the
// other part.
func (p Part) pick(names []string, fit func(lower string) bool) ([]string, error) {
	var own, neutral, other []string
	best := 0
	for _, n := range names {
		if !fit(strings.ToLower(n)) {
			continue
		}
		switch part, rank := partOf(n); {
		case part == "":
			neutral = append(neutral, n)
		case part != p:
			other = append(other, n)
		case len(own) == 0 || rank < best:
			own, best = []string{n}, rank
		case rank == best:
			own = append(own, n)
		}
	}
	if len(own) > 0 {
		return own, nil
	}
	if len(other) > 0 {
		return nil, fmt.Errorf("%w: nothing is named as the %s part beside %s; give its own path", ErrNoPart, p, listNames(other))
	}
	return neutral, nil
}

// Pick returns those of names of files that are of the part, as [Open] chooses
// among them: by the best word that occurs (test before validation), or all if
// none has such a word. ErrNoPart if names tell only the other part.
func (p Part) Pick(names []string) ([]string, error) {
	return p.pick(names, func(string) bool { return true })
}

// isPartDir reports whether a folder is named after a part, and not after a class
// such as train-station.
func isPartDir(lower string) bool {
	words := strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	part := 0
	for _, w := range words {
		switch {
		case slices.Contains(Train.aliases(), w) || slices.Contains(Test.aliases(), w):
			part++
		case !slices.Contains([]string{"images", "imgs", "set", "data", "split"}, w):
			return false
		}
	}
	return part == 1
}

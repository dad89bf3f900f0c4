package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	word     = regexp.MustCompile(`\w+`)
	newEntry = regexp.MustCompile(`^(\s*[-*|]|\s*$|#)`) // a list item, a table's row, a blank line, a heading
)

// unmentioned fails where an incompatible change has no entry under "Unreleased" in
// the changelog: one that names the package and the symbol.
func unmentioned(changes []change, changelog string) error {
	entries := unreleased(changelog)
	var missing []string
	for _, c := range changes {
		if !c.compatible && !slices.ContainsFunc(entries, c.mentionedIn) {
			missing = append(missing, fmt.Sprintf("%s: %s", c.pkg, c.message))
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("CHANGELOG.md, under Unreleased, does not say how to move (one entry names the package and the symbol):\n\t%s",
		strings.Join(missing, "\n\t"))
}

func (c change) mentionedIn(entry string) bool {
	words := word.FindAllString(entry, -1)
	base := c.pkg[strings.LastIndex(c.pkg, "/")+1:]
	if !slices.Contains(words, base) {
		return false
	}
	symbol, _, ok := strings.Cut(c.message, ":")
	return !ok || slices.ContainsFunc(word.FindAllString(symbol, -1), func(w string) bool { return slices.Contains(words, w) })
}

// unreleased cuts the changelog's section "Unreleased" into its entries.
func unreleased(changelog string) []string {
	var entries []string
	inside := false
	for line := range strings.Lines(changelog) {
		if strings.HasPrefix(line, "## ") {
			inside = strings.Contains(line, "Unreleased")
			continue
		}
		if !inside {
			continue
		}
		if newEntry.MatchString(line) || entries == nil {
			entries = append(entries, line)
		} else {
			entries[len(entries)-1] += line
		}
	}
	return entries
}

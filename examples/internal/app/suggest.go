package app

import (
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Meant asks whether one of the known names was meant, as " (did you mean start?)"; ""
// where none is near. Only known names are told, never what was typed: it may be a key.
func Meant(typed string, known []string) string {
	if name := nearest(typed, known); name != "" {
		return fmt.Sprintf(" (did you mean %s?)", name)
	}
	return ""
}

// nearest is the known name that a typing slip turns into what was typed: one in three
// letters may be wrong, missing, added or swapped with the next. A beginning of at least
// four letters does, too.
func nearest(typed string, known []string) string {
	typed = fold(typed)
	if len(typed) > 64 { // no name: do not measure it
		return ""
	}
	best, least := "", 1+max(1, len(typed)/3)
	for _, name := range known {
		to := fold(name)
		d := slips(typed, to)
		if len(typed) >= 4 && strings.HasPrefix(to, typed) {
			d = min(d, 1)
		}
		if d < least && d < len(to) {
			best, least = name, d
		}
	}
	return best
}

// fold leaves out what people do not tell apart in names.
func fold(name string) string {
	return strings.ToLower(strings.TrimLeft(strings.ReplaceAll(strings.TrimSpace(name), "_", "-"), "-"))
}

// slips is the optimal string alignment distance: insertions, deletions, substitutions
// and swaps of neighbours (https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance).
func slips(a, b string) int {
	var before []int // the row above the last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func commandNames(commands []Command) (all []string) {
	for _, c := range commands {
		all = append(all, c.Name)
	}
	return all
}

// typable are the names that an app knows in the first place: its commands, and what every app has.
func typable(commands []Command) []string {
	return append(commandNames(commands), "help", "version", "completion")
}

func datasetNames() (all []string) {
	for _, id := range dataset.IDs() {
		all = append(all, id.String())
	}
	return all
}

func settingNames(cfg Config) (all []string) {
	for _, s := range cfg.Settings() {
		all = append(all, s.Key)
	}
	return all
}

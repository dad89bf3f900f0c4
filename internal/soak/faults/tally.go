package faults

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"sync"
)

// tally counts what happens, and gathers what must not.
type tally struct {
	out io.Writer

	mu     sync.Mutex
	counts map[string]int
	errs   map[string]int // what workers told, without its numbers
	wrong  []string       // what must not happen
}

func (t *tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what] += n
}

func (t *tally) get(what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[what]
}

// fault notes something that must not happen.
func (t *tally) fault(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	t.wrong = append(t.wrong, text)
	fmt.Fprintln(t.out, "WRONG:", text)
}

// varying are the parts of an error that differ from one time to the next.
var varying = regexp.MustCompile(`[1-9A-HJ-NP-Za-km-z]{32,}|[0-9]+(\.[0-9]+)?`)

// heard counts an event of an app.
func (t *tally) heard(a *actor, e event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[a.role+" "+e.Event]++
	if e.Error != "" {
		text := a.role + ": " + varying.ReplaceAllString(e.Error, "N")
		t.errs[text[:min(len(text), 300)]]++
	}
}

// faults are what must not happen, so far.
func (t *tally) faults() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.wrong)
}

// often are the errors that workers told most often.
func (t *tally) often(n int) (lines []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	texts := slices.SortedFunc(maps.Keys(t.errs), func(a, b string) int { return t.errs[b] - t.errs[a] })
	for _, text := range texts[:min(n, len(texts))] {
		lines = append(lines, fmt.Sprintf("%5d × %s", t.errs[text], text))
	}
	return lines
}

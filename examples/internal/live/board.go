package live

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Board is what a daemon is at: its rounds, what it has earned, how good models are. It
// is data; Lines makes a picture of it.
type Board struct {
	Title    string // "decloud-trainer 7EqQ…wJeK on localnet"
	Started  time.Time
	Lamports uint64 // earned since then
	Rating   string // after the latest claim; empty: there was none
	rounds   map[uint64]*Row
	curve    []float64
	works    map[string]work
}

// work is what goes on that is of no single round.
type work struct {
	text string
	at   time.Time
}

// Row is one round.
type Row struct {
	Dataset string
	Phase   string    // empty: not read yet
	Ends    time.Time // of the phase, by the daemon's clock; zero: unknown
	Doing   string    // what the daemon did there last
	Part    float64   // of what is being done, 0 … 1; negative: no bar
	touched time.Time
}

// The most that a board holds: strangers make the rounds.
const (
	maxRows  = 8
	maxCurve = 48
	maxWorks = 4

	workQuiet = 3 * time.Second
)

// Row is the row of a round, which is made if there is none; the one that has been quiet
// for longest makes room.
func (b *Board) Row(id uint64, now time.Time) *Row {
	if b.rounds == nil {
		b.rounds = map[uint64]*Row{}
	}
	r := b.rounds[id]
	if r == nil {
		if len(b.rounds) >= maxRows {
			delete(b.rounds, b.quietest())
		}
		r = &Row{Part: -1}
		b.rounds[id] = r
	}
	r.touched = now
	return r
}

func (b *Board) quietest() (id uint64) {
	first := true
	for at, r := range b.rounds {
		if old := b.rounds[id]; first || r.touched.Before(old.touched) || r.touched.Equal(old.touched) && at < id {
			id, first = at, false
		}
	}
	return id
}

// Has reports whether a round is on the board.
func (b *Board) Has(id uint64) bool { return b.rounds[id] != nil }

// Drop takes a round off.
func (b *Board) Drop(id uint64) { delete(b.rounds, id) }

// IDs are the rounds on the board.
func (b *Board) IDs() []uint64 { return slices.Sorted(maps.Keys(b.rounds)) }

// Measured adds an accuracy, 0 … 1, to the curve.
func (b *Board) Measured(accuracy float64) {
	if b.curve = append(b.curve, accuracy); len(b.curve) > maxCurve {
		b.curve = slices.Delete(b.curve, 0, len(b.curve)-maxCurve)
	}
}

// Working shows what goes on that is of no single round, such as a download, until it was
// quiet for some seconds.
func (b *Board) Working(what, text string, now time.Time) {
	if b.works == nil {
		b.works = map[string]work{}
	}
	maps.DeleteFunc(b.works, func(_ string, w work) bool { return now.Sub(w.at) > workQuiet })
	if _, ok := b.works[what]; ok || len(b.works) < maxWorks {
		b.works[what] = work{text, now}
	}
}

// working are the lines about that.
func (b *Board) working(now time.Time) (lines []string) {
	for _, what := range slices.Sorted(maps.Keys(b.works)) {
		if w := b.works[what]; now.Sub(w.at) <= workQuiet {
			lines = append(lines, w.text)
		}
	}
	return lines
}

// Lines are the board's, with styles where color is set.
func (b *Board) Lines(now time.Time, color bool) []string {
	earned := "earned " + chain.FormatSOL(b.Lamports) + " SOL"
	if b.Rating != "" {
		earned += ", rating " + b.Rating
	}
	head := fmt.Sprintf("%s  %s  up %s", b.Title, earned, now.Sub(b.Started).Truncate(time.Second))
	lines := []string{strings.Repeat("─", 60), style(color, "1", head)}
	for _, id := range b.IDs() {
		lines = append(lines, b.rounds[id].line(id, now, color))
	}
	if len(b.rounds) == 0 {
		lines = append(lines, "no rounds yet")
	}
	lines = append(lines, b.working(now)...)
	if n := len(b.curve); n > 0 {
		lines = append(lines, fmt.Sprintf("accuracy %s %.1f %%", Spark(b.curve), 100*b.curve[n-1]))
	}
	return lines
}

func (r *Row) line(id uint64, now time.Time, color bool) string {
	text := fmt.Sprintf("#%-5d %-12s %s", id, r.Dataset, style(color, "36", fmt.Sprintf("%-10s", r.Phase)))
	if left := r.Ends.Sub(now); !r.Ends.IsZero() && left > 0 {
		text += fmt.Sprintf(" %-9s", left.Truncate(time.Second).String()+" left")
	}
	if r.Part >= 0 {
		text += " " + Bar(r.Part, 20)
	}
	if r.Doing != "" {
		text += " " + r.Doing
	}
	return text
}

// Bar is a bar of a width in columns, filled to a part of 0 … 1.
func Bar(part float64, columns int) string {
	part = min(max(part, 0), 1)
	full := int(part * float64(columns))
	return "[" + strings.Repeat("█", full) + strings.Repeat("░", columns-full) + fmt.Sprintf("] %3.0f %%", 100*part)
}

var blocks = []rune("▁▂▃▄▅▆▇█")

// Spark draws values of 0 … 1 in one line of text.
func Spark(values []float64) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteRune(blocks[min(max(int(v*float64(len(blocks))), 0), len(blocks)-1)])
	}
	return b.String()
}

func style(color bool, code, text string) string {
	if !color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Package chart draws curves, bars and shares of a whole as SVG, and reports of them as SVG
// or as a page of HTML. A file needs nothing else: no script, no font, no network. Colors are
// light or dark as the reader's system is, every text stands out with a contrast of 4.5 at
// least, and what is drawn is written as a table, too.
package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Drawing is one chart: [Curves], [Bars] or [Shares].
type Drawing interface {
	// title is what it shows, and desc what is to be seen, in a sentence.
	title() string
	desc() string
	// draw draws it below y = 0 on a canvas of [width], and returns its height.
	draw(c *canvas) (height float64)
	// table has the same numbers.
	table() Table
}

// Unit is what the values of a chart are.
type Unit int

// The units.
const (
	Number  Unit = iota // as it is
	Percent             // parts of one: 0.5 reads 50 %
	SOL                 // lamports: 1e9 reads 1 SOL
)

// Text is a value as it is read.
func (u Unit) Text(v float64) string {
	switch u {
	case Percent:
		return strconv.FormatFloat(100*v, 'f', 2, 64) + " %"
	case SOL:
		return short(v/1e9) + " SOL"
	}
	return short(v)
}

// tick is a value beside an axis.
func (u Unit) tick(v float64) string {
	switch u {
	case Percent:
		return short(math.Round(1e6*v)/1e4) + " %"
	case SOL:
		return short(v / 1e9)
	}
	return short(v)
}

// short is a number with nine decimal places at most, which is a lamport of a SOL.
func short(v float64) string {
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	text := strconv.FormatFloat(v, 'f', 9, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Point is one of a curve.
type Point struct{ X, Y float64 }

// Curve is one line of a chart. Points that are no finite numbers are left out.
type Curve struct {
	Name   string
	Points []Point
}

// Curves are values over something that is counted, such as the accuracy by step.
type Curves struct {
	Title string
	X     string // what is counted: "step"
	Unit  Unit   // of the values
	Lines []Curve
}

func (d Curves) title() string { return d.Title }

func (d Curves) desc() string {
	var said []string
	for _, l := range d.lines() {
		from, to := l.Points[0], l.Points[len(l.Points)-1]
		said = append(said, fmt.Sprintf("%s: %s at %s %s, %s at %s %s", l.Name, d.Unit.Text(from.Y), d.X, short(from.X), d.Unit.Text(to.Y), d.X, short(to.X)))
	}
	if len(said) == 0 {
		return "nothing measured yet"
	}
	return strings.Join(said, "; ")
}

// maxPoints is how many points of a curve are drawn and listed at most: more than a screen
// shows, and few enough for a browser.
const maxPoints = 400

// lines are those that have points, thinned out.
func (d Curves) lines() (out []Curve) {
	for _, l := range d.Lines {
		var points []Point
		for _, p := range l.Points {
			if finite(p.X) && finite(p.Y) {
				points = append(points, p)
			}
		}
		if len(points) > 0 {
			out = append(out, Curve{l.Name, thinned(points)})
		}
	}
	return out
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// thinned keeps every nth point, and the last one.
func thinned(points []Point) []Point {
	step := (len(points) + maxPoints - 1) / maxPoints
	if step <= 1 {
		return points
	}
	var out []Point
	for i := 0; i < len(points)-1; i += step {
		out = append(out, points[i])
	}
	return append(out, points[len(points)-1])
}

func (d Curves) table() Table {
	lines := d.lines()
	t := Table{Caption: d.Title, Head: []string{d.X}}
	at := map[float64]int{} // row by x
	for i, l := range lines {
		t.Head = append(t.Head, l.Name)
		for _, p := range l.Points {
			n, ok := at[p.X]
			if !ok {
				n = len(t.Rows)
				at[p.X] = n
				t.Rows = append(t.Rows, append([]string{short(p.X)}, make([]string, len(lines))...))
			}
			t.Rows[n][i+1] = d.Unit.Text(p.Y)
		}
	}
	return t
}

// Bar is a value with a name.
type Bar struct {
	Name  string
	Value float64
	Note  string // behind the value
}

// Bars compare values, which may be negative.
type Bars struct {
	Title string
	Unit  Unit
	Rows  []Bar
	// Mark, if it has a name, is a value that the others are compared with.
	Mark Bar
}

func (d Bars) title() string { return d.Title }

func (d Bars) desc() string {
	var said []string
	if d.Mark.Name != "" {
		said = append(said, d.Mark.Name+" "+d.Unit.Text(d.Mark.Value))
	}
	for _, r := range d.Rows {
		said = append(said, r.Name+" "+d.text(r))
	}
	if len(said) == 0 {
		return "nobody yet"
	}
	return strings.Join(said, "; ")
}

// text is a bar's value.
func (d Bars) text(r Bar) string { return strings.TrimSpace(d.Unit.Text(r.Value) + " " + r.Note) }

func (d Bars) table() Table {
	t := Table{Caption: d.Title, Head: []string{"name", "value"}}
	rows := d.Rows
	if d.Mark.Name != "" {
		rows = append([]Bar{d.Mark}, rows...)
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, []string{r.Name, d.text(r)})
	}
	return t
}

// Shares are the parts of a whole, as where the money of a round went. Negative parts
// count as none.
type Shares struct {
	Title string
	Unit  Unit
	Whole Bar // what was divided
	Parts []Bar
}

func (d Shares) title() string { return d.Title }

func (d Shares) desc() string {
	var said []string
	for _, p := range d.Parts {
		said = append(said, p.Name+" "+d.Unit.Text(p.Value))
	}
	return fmt.Sprintf("%s %s: %s", d.Whole.Name, d.Unit.Text(d.Whole.Value), strings.Join(said, ", "))
}

// sum of the parts.
func (d Shares) sum() (sum float64) {
	for _, p := range d.Parts {
		sum += max(0, p.Value)
	}
	return sum
}

func (d Shares) table() Table {
	t := Table{Caption: d.Title, Head: []string{"part", "value", "share"}}
	for _, p := range d.Parts {
		t.Rows = append(t.Rows, []string{p.Name, d.Unit.Text(p.Value), part(p.Value, d.sum())})
	}
	t.Rows = append(t.Rows, []string{d.Whole.Name, d.Unit.Text(d.Whole.Value), ""})
	return t
}

// part of a sum, in percent.
func part(v, sum float64) string {
	if sum <= 0 {
		return "0 %"
	}
	return strconv.FormatFloat(100*max(0, v)/sum, 'f', 1, 64) + " %"
}

package chart

import (
	"math"
	"strconv"
)

// width of a drawing: that of a phone, so that its texts are as large there as they say.
const width = 340.0

const (
	left, right = 52.0, 12.0 // of the field of curves
	head        = 30.0       // the title's height
	field       = 170.0      // the height of the field of curves
	row         = 34.0       // a bar with its texts
	legend      = 20.0       // a line of a legend
	names       = 26         // letters of a name that fit
)

func (d Curves) draw(c *canvas) float64 {
	c.text(0, 18, "ink bold", "start", cut(d.Title, 48))
	lines := d.lines()
	if len(lines) == 0 {
		c.text(0, head+18, "soft", "start", d.desc())
		return head + 30
	}
	x, y := rangeOf(lines, func(p Point) float64 { return p.X }), rangeOf(lines, func(p Point) float64 { return p.Y })
	y = y.padded(d.Unit)
	marks := y.ticks(4)
	y = span{marks[0], marks[len(marks)-1]}
	across := func(v float64) float64 { return left + (width-left-right)*x.of(v) }
	down := func(v float64) float64 { return head + 8 + field*(1-y.of(v)) }
	for _, m := range marks {
		c.line(left, down(m), width-right, down(m), "grid")
		c.text(left-6, down(m)+4, "soft", "end", d.Unit.tick(m))
	}
	foot := head + 8 + field + 18
	c.text(left, foot, "soft", "start", cut(d.X+" "+short(x.low), 20))
	if x.high > x.low {
		c.text(width-right, foot, "soft", "end", short(x.high))
	}
	for i, l := range lines {
		var points []Point
		for _, p := range l.Points {
			points = append(points, Point{across(p.X), down(p.Y)})
		}
		c.polyline(points, i)
		last := points[len(points)-1]
		c.dot(last.X, last.Y, i)
	}
	at := foot + 8
	for i, l := range lines {
		at += legend
		c.polyline([]Point{{0, at - 4}, {22, at - 4}}, i)
		c.text(30, at, "ink", "start", cut(l.Name, names))
		c.text(width, at, "ink", "end", d.Unit.Text(l.Points[len(l.Points)-1].Y))
	}
	return at + 8
}

func (d Bars) draw(c *canvas) float64 {
	c.text(0, 18, "ink bold", "start", cut(d.Title, 48))
	if len(d.Rows) == 0 {
		c.text(0, head+18, "soft", "start", d.desc())
		return head + 30
	}
	low, high := 0.0, 0.0
	for _, r := range append([]Bar{d.Mark}, d.Rows...) {
		if finite(r.Value) {
			low, high = min(low, r.Value), max(high, r.Value)
		}
	}
	s := span{low, high}
	at := head
	for _, r := range d.Rows {
		c.text(0, at+14, "ink", "start", cut(r.Name, names))
		c.text(width, at+14, "ink", "end", d.text(r))
		from, to, color := width*s.of(0), width*s.of(r.Value), 0
		if r.Value < 0 {
			color = 1
		}
		c.bar(min(from, to), at+20, max(1, math.Abs(to-from)), 9, color)
		if d.Mark.Name != "" {
			x := width * s.of(d.Mark.Value)
			c.line(x, at+17, x, at+32, "mark")
		}
		at += row
	}
	if d.Mark.Name != "" {
		c.text(0, at+14, "soft", "start", cut(d.Mark.Name+" (the lines): "+d.text(d.Mark), 52))
		at += legend
	}
	return at + 8
}

func (d Shares) draw(c *canvas) float64 {
	c.text(0, 18, "ink bold", "start", cut(d.Title, 48))
	sum, x := d.sum(), 0.0
	for i, p := range d.Parts {
		w := 0.0
		if sum > 0 {
			w = width * max(0, p.Value) / sum
		}
		if w > 0 {
			c.bar(x, head, max(0.5, w-1), 22, i)
		}
		x += w
	}
	at := head + 26
	for i, p := range d.Parts {
		at += legend
		c.bar(0, at-10, 12, 12, i)
		c.text(20, at, "ink", "start", cut(p.Name, names))
		c.text(width, at, "ink", "end", d.text(p)+", "+part(p.Value, sum))
	}
	at += legend
	c.text(20, at, "soft", "start", cut(d.Whole.Name, names))
	c.text(width, at, "soft", "end", d.text(d.Whole))
	return at + 8
}

func (d Shares) text(p Bar) string { return d.Unit.Text(p.Value) }

// span is a range of values.
type span struct{ low, high float64 }

// of is where a value is in the range, 0 … 1.
func (s span) of(v float64) float64 {
	if s.high <= s.low || !finite(v) {
		return 0
	}
	return min(1, max(0, (v-s.low)/(s.high-s.low)))
}

func rangeOf(lines []Curve, of func(Point) float64) span {
	s := span{math.Inf(1), math.Inf(-1)}
	for _, l := range lines {
		for _, p := range l.Points {
			s.low, s.high = min(s.low, of(p)), max(s.high, of(p))
		}
	}
	return s
}

// padded is a range in which a curve that hardly moves looks like one.
func (s span) padded(u Unit) span {
	least := 0.1 * max(math.Abs(s.low), math.Abs(s.high), 1e-9)
	if u == Percent {
		least = 0.05
	}
	if more := (least - (s.high - s.low)) / 2; more > 0 {
		s = span{s.low - more, s.high + more}
	}
	if u == Percent {
		s = span{max(0, s.low), min(1, s.high)}
	}
	return s
}

// ticks are round numbers around a range, n or a few more.
func (s span) ticks(n int) (out []float64) {
	raw := (s.high - s.low) / float64(n)
	if raw <= 0 || !finite(raw) {
		return []float64{s.low, s.low + 1}
	}
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * unit
	for _, f := range []float64{1, 2, 5} {
		if f*unit >= raw {
			step = f * unit
			break
		}
	}
	first, last := math.Floor(s.low/step+1e-9), math.Ceil(s.high/step-1e-9)
	for i := first; i <= last && len(out) < 20; i++ {
		out = append(out, i*step)
	}
	return out
}

// cut is a text of so many letters at most. Of addresses, the middle is left out.
func cut(text string, letters int) string {
	r := []rune(text)
	if len(r) <= letters {
		return text
	}
	tail := letters / 3
	return string(r[:letters-1-tail]) + "…" + string(r[len(r)-tail:])
}

// number is a coordinate.
func number(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

package chart

import (
	"fmt"
	"html"
	"strings"
)

// canvas is the text of an SVG's inside.
type canvas struct{ strings.Builder }

// dashes tell curves apart for those who do not see the colors.
var dashes = []string{"", "7 3", "2 3", "9 3 2 3", "4 4", "12 4"}

func (c *canvas) text(x, y float64, class, anchor, text string) {
	fmt.Fprintf(c, `<text x="%s" y="%s" class="%s" text-anchor="%s">%s</text>`+"\n", number(x), number(y), class, anchor, escape(text))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(c, `<path d="M%s %sL%s %s" class="%s" fill="none" stroke="#888888"/>`+"\n", number(x1), number(y1), number(x2), number(y2), class)
}

func (c *canvas) bar(x, y, w, h float64, color int) {
	color %= len(light.series)
	fmt.Fprintf(c, `<rect x="%s" y="%s" width="%s" height="%s" rx="1.5" class="f%d" fill="%s"/>`+"\n", number(x), number(y), number(w), number(h), color, light.series[color])
}

func (c *canvas) dot(x, y float64, color int) {
	color %= len(light.series)
	fmt.Fprintf(c, `<circle cx="%s" cy="%s" r="3.5" class="f%d" fill="%s"/>`+"\n", number(x), number(y), color, light.series[color])
}

func (c *canvas) polyline(points []Point, color int) {
	var at []string
	for _, p := range points {
		at = append(at, number(p.X)+","+number(p.Y))
	}
	dash := ""
	if d := dashes[color%len(dashes)]; d != "" {
		dash = ` stroke-dasharray="` + d + `"`
	}
	color %= len(light.series)
	fmt.Fprintf(c, `<polyline points="%s" class="l%d" fill="none" stroke="%s" stroke-width="2" stroke-linejoin="round"%s/>`+"\n",
		strings.Join(at, " "), color, light.series[color], dash)
}

// escape makes a text safe in HTML and in XML, whoever wrote it: without what neither may
// hold, or what turns the direction of other texts.
func escape(text string) string { return html.EscapeString(clean(text)) }

func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f':
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// part of an SVG, with its title and what is to be seen for those who do not see it.
func labelled(id string, d Drawing, open func(label string) string) string {
	return open(fmt.Sprintf(`role="img" aria-labelledby="%s-t %s-d"`, id, id)) +
		fmt.Sprintf("\n<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>\n", id, escape(d.title()), id, escape(d.desc()))
}

// figure is a drawing as an SVG inside of a page.
func figure(n int, d Drawing) string {
	var c canvas
	h := d.draw(&c)
	return labelled(fmt.Sprintf("c%d", n), d, func(label string) string {
		return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" %s>`, number(width), number(h), label)
	}) + c.String() + "</svg>"
}

// SVG is a report as one drawing, in columns, without its tables.
func (p Page) SVG() []byte {
	const margin, gutter, top = 16.0, 28.0, 44.0
	all := p.drawings()
	columns := min(2, max(1, len(all)))
	heights := make([]float64, columns)
	var inside strings.Builder
	for i, d := range all {
		column := 0
		if columns > 1 && heights[1] < heights[0] {
			column = 1
		}
		var c canvas
		h := d.draw(&c)
		x, y := margin+float64(column)*(width+gutter), top+heights[column]
		inside.WriteString(labelled(fmt.Sprintf("c%d", i), d, func(label string) string {
			return fmt.Sprintf(`<g transform="translate(%s %s)" %s>`, number(x), number(y), label)
		}))
		inside.WriteString(c.String() + "</g>\n")
		heights[column] += h + 20
	}
	high := top + heights[0]
	if columns > 1 {
		high = max(high, top+heights[1])
	}
	w := 2*margin + float64(columns)*width + float64(columns-1)*gutter
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="group" aria-labelledby="t d">
<title id="t">%s</title><desc id="d">%s</desc>
<style>%s</style>
<rect width="100%%" height="100%%" class="paper" fill="#ffffff"/>
`, number(w), number(high), number(w), number(high), escape(p.Title), escape(p.Lead), style())
	var c canvas
	c.text(margin, 28, "ink large", "start", cut(p.Title, columns*40))
	b.WriteString(c.String() + inside.String() + "</svg>\n")
	return []byte(b.String())
}

package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// page is an output that is a terminal's: what is written to it may be fitted to its
// width and colored. Whatever else output goes to gets all of it, as it is.
type page struct {
	io.Writer
	columns int
	color   bool
}

// terminal reports whether the output is a terminal that can do more than print lines,
// how wide it is, and whether colors are welcome (no-color.org).
func (c *Call) terminal() (columns int, color, ok bool) {
	if c.console == nil || c.JSON || c.Env("TERM") == "dumb" {
		return 0, false, false
	}
	columns, _ = c.console.Size()
	if columns <= 0 {
		return 0, false, false
	}
	if n, err := strconv.Atoi(c.Env("COLUMNS")); err == nil && n > 0 {
		columns = n
	}
	return columns, c.Env("NO_COLOR") == "", true
}

// page is where results are written.
func (c *Call) page() io.Writer {
	columns, color, ok := c.terminal()
	if !ok {
		return c.Out
	}
	return &page{c.Out, columns, color}
}

// minShort is the width of a text of which the middle is left out, at least.
const minShort = 9

// fit shortens what may be shortened of a table, the widest columns first, until a row
// is no wider than the page, and reports whether it had to.
func (p *page) fit(rows [][]string) (short bool) {
	widths := widthsOf(rows)
	names := make([]bool, len(widths))
	widest := 0
	for i, w := range widths {
		if names[i] = holdsNames(rows, i, w); names[i] {
			widest = max(widest, w)
		}
	}
	for ; total(widths) > p.columns && widest > minShort; widest-- {
		for i := range widths {
			if names[i] {
				widths[i] = min(widths[i], widest-1)
			}
		}
		short = true
	}
	for _, row := range rows {
		for i := range row {
			row[i] = shorten(row[i], widths[i])
		}
	}
	return short
}

// gap is how many spaces stand between two columns.
const gap = 2

func widthsOf(rows [][]string) (widths []int) {
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	return widths
}

func total(widths []int) int {
	sum := gap * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

// holdsNames reports whether the widest cell of a column is an address or a CID.
func holdsNames(rows [][]string, column, width int) bool {
	for _, row := range rows {
		if column < len(row) && uniseg.StringWidth(row[column]) == width {
			return isName(row[column])
		}
	}
	return false
}

func isName(cell string) bool {
	return len(cell) >= 32 && !strings.ContainsFunc(cell, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
}

// shorten leaves out the middle of a name that is wider than width. Names are letters and
// digits of ASCII.
func shorten(cell string, width int) string {
	if !isName(cell) || len(cell) <= width {
		return cell
	}
	head := width / 2
	return cell[:head] + "…" + cell[len(cell)-(width-1-head):]
}

// table writes rows, the first of which are the headings.
func (p *page) table(rows [][]string) {
	short := p.fit(rows)
	widths := widthsOf(rows)
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := ""
			if i+1 < len(row) {
				pad = strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+gap)
			}
			line.WriteString(p.paint(cell, n == 0) + pad)
		}
		fmt.Fprintln(p, strings.TrimRight(line.String(), " "))
	}
	if short {
		fmt.Fprintln(p, p.styled(dim, "(names are shortened to fit; --json, or a pipe, has all of them)"))
	}
}

// paint colors a cell by what it says: headings are bold, phases have their colors.
func (p *page) paint(cell string, head bool) string {
	if head {
		return p.styled(bold, cell)
	}
	if style, ok := phaseStyles[strings.ToLower(cell)]; ok {
		return p.styled(style, cell)
	}
	return cell
}

// styled is a text in a style, where colors are welcome.
func (p *page) styled(style, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// Styles, as terminals number them (ECMA-48, Select Graphic Rendition).
const (
	bold, dim                     = "1", "2"
	red, green, yellow, blue, sea = "31", "32", "33", "34", "36"
)

// phaseStyles are the colors of what rounds, runs and their members can be.
var phaseStyles = map[string]string{
	"waiting": yellow, "training": sea, "full": sea, "validating": blue, "expired": red, "overdue": red,
	"finalized": green, "cancelled": dim, "foreign": dim,
	"waitingformembers": yellow, "warmup": yellow, "roundtrain": sea, "roundwitness": blue, "cooldown": blue, "finished": green, "paused": yellow,
	"active": green, "dropped": red, "ejected": red,
}

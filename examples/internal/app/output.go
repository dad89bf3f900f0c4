package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Print shows a result: as one JSON object where that was asked for, else as
// text.
func (c *Call) Print(v any, text func(w io.Writer)) error {
	if c.dry != nil { // shown with all the rest
		c.dry.keep(v, text)
		return nil
	}
	if !c.JSON {
		text(c.page())
		return nil
	}
	e := json.NewEncoder(c.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Note tells people something on the way to a result.
func (c *Call) Note(format string, args ...any) {
	fmt.Fprintln(c.Err, Plain(inWords(fmt.Sprintf(format, args...))))
}

// Fields writes names and values, one pair a line.
func Fields(w io.Writer, pairs ...string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		value := Plain(pairs[i+1])
		if p, ok := w.(*page); ok { // behind the last tab, so that tabwriter does not count it
			value = p.paint(value, false)
		}
		fmt.Fprintf(t, "  %s:\t%s\n", pairs[i], value)
	}
	_ = t.Flush()
}

// Table writes rows under headings. On a terminal, addresses and CIDs are shortened
// where a row would not fit, and phases are colored.
func Table(w io.Writer, head string, rows [][]string) {
	if p, ok := w.(*page); ok {
		p.table(plainRows(head, rows))
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(strings.Fields(head), "\t"))
	for _, row := range rows {
		fmt.Fprintln(t, strings.ReplaceAll(Plain(strings.Join(row, "\t")), "\n", " "))
	}
	_ = t.Flush()
}

// plainRows are the rows with their headings on top, safe for a terminal.
func plainRows(head string, rows [][]string) [][]string {
	plain := [][]string{strings.Fields(head)}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.NewReplacer("\n", " ", "\t", " ").Replace(Plain(cell))
		}
		plain = append(plain, cells)
	}
	return plain
}

package fairplay

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Cell is what the table says of a case.
type Cell struct {
	Share float64 // of the seeds in which an honest one earned at least as much, 0 to 1
	Ratio float64 // attacker's mean ÷ honest mean; infinite where the honest earned nothing
}

// A Table is what was found out.
type Table struct {
	Seeds map[string]int // how many were played, by task
	Cells map[Case]Cell
}

// NewTable is an empty one.
func NewTable() Table { return Table{map[string]int{}, map[Case]Cell{}} }

// Add puts in what was found out about a task.
func (t Table) Add(tallies map[Case]Tally) {
	for c, tally := range tallies {
		t.Cells[c], t.Seeds[c.Task] = tally.Cell(), tally.Seeds
	}
}

// Cell is what a tally says.
func (t Tally) Cell() Cell {
	c := Cell{Share: t.Share()}
	switch {
	case t.Honest > 0:
		c.Ratio = t.Attacker / t.Honest
	case t.Attacker > 0:
		c.Ratio = math.Inf(1)
	}
	return c
}

// String is a cell as the table has it: "97.5 % · 0.31".
func (c Cell) String() string {
	ratio := strings.ReplaceAll(strconv.FormatFloat(c.Ratio, 'f', 2, 64), "-0.00", "0.00")
	if c.Ratio >= 10 {
		ratio = fmt.Sprintf("%.0f", c.Ratio)
	}
	if math.IsInf(c.Ratio, 1) {
		ratio = "∞"
	}
	return strconv.FormatFloat(math.Round(1000*c.Share)/10, 'f', -1, 64) + " % · " + strings.Replace(ratio, "-", "−", 1)
}

func parseCell(text string) (c Cell, err error) {
	share, ratio, ok := strings.Cut(text, " % · ")
	if !ok {
		return c, fmt.Errorf("fairplay: %q is no cell", text)
	}
	if c.Share, err = strconv.ParseFloat(share, 64); err != nil {
		return c, err
	}
	c.Share /= 100
	if ratio == "∞" {
		ratio = "inf"
	}
	c.Ratio, err = strconv.ParseFloat(strings.Replace(ratio, "−", "-", 1), 64)
	return c, err
}

// The table's two parts, by when the attacker hands in.
var parts = map[bool]string{
	false: "## The attacker comes last\n",
	true:  "## The attacker comes first\n",
}

// Markdown is the table as text. The second part has fair rounds only, where the order matters.
func (t Table) Markdown() string {
	var b strings.Builder
	for _, first := range []bool{false, true} {
		b.WriteString(parts[first] + "\n| attack | as | mode |")
		for _, task := range Tasks() {
			fmt.Fprintf(&b, " %v, %d seeds |", task.ID, t.Seeds[task.ID.String()])
		}
		b.WriteString(" why |\n" + strings.Repeat("|---", 4+len(Tasks())) + "|\n")
		for _, a := range Attacks() {
			for _, m := range Modes() {
				t.row(&b, a, m, first)
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (t Table) row(b *strings.Builder, a Attack, m Mode, first bool) {
	if !a.Possible(m) || first && !(a.ordered() && m.Sealed()) {
		return
	}
	fmt.Fprintf(b, "| %s | %v | %v |", a.Name, a.Role, m)
	for _, task := range Tasks() {
		cell := "—"
		if c, ok := t.Cells[Case{a.Name, m, task.ID.String(), first}]; ok {
			cell = c.String()
		}
		fmt.Fprintf(b, " %s |", cell)
	}
	why := a.Reason(m)
	if excuse := a.Excused(m); excuse != None {
		why = fmt.Sprintf("**%s**: %s", excuse, why)
	}
	if first {
		why = ""
	}
	fmt.Fprintf(b, " %s |\n", why)
}

// ParseTable reads what Markdown wrote, among other text.
func ParseTable(text string) (Table, error) {
	t, first := NewTable(), false
	for line := range strings.Lines(text) {
		if line == parts[true] || line == parts[false] {
			first = line == parts[true]
		}
		fields := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if len(fields) != 4+len(Tasks()) {
			continue
		}
		m, err := ModeOf(fields[2])
		if err != nil {
			t.head(fields[3:])
			continue
		}
		for i, task := range Tasks() {
			cell := fields[3+i]
			if cell == "—" {
				continue
			}
			if t.Cells[Case{fields[0], m, task.ID.String(), first}], err = parseCell(cell); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

// head reads the table's head, or another line that is none of its rows.
func (t Table) head(fields []string) {
	for i, task := range Tasks() {
		var n int
		if _, err := fmt.Sscanf(fields[i], task.ID.String()+", %d seeds", &n); err == nil {
			t.Seeds[task.ID.String()] = n
		}
	}
}

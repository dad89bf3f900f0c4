package chart

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"unicode/utf8"
)

// Page is a report: what it is about, and parts with drawings and tables. Its texts may be
// anybody's.
type Page struct {
	Title string
	Lead  string   // a sentence below the title
	Facts []string // names and values, in turn
	Parts []Part
	Foot  string // at the end, such as how to make it again
}

// Part is a part of a report, under a heading of its own.
type Part struct {
	Title    string
	Text     string
	Drawings []Drawing
	Tables   []Table
}

// Table are rows of texts below headings.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

func (p Page) drawings() (all []Drawing) {
	for _, part := range p.Parts {
		all = append(all, part.Drawings...)
	}
	return all
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{"clean": clean}).Parse(`<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>{{clean .Title}}</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
<h1>{{clean .Title}}</h1>
{{with .Lead}}<p class="lead">{{clean .}}</p>
{{end}}{{with .Facts}}<dl>
{{range .}}<dt>{{clean .Name}}</dt><dd>{{clean .Value}}</dd>
{{end}}</dl>
{{end}}{{range .Parts}}<section>
{{with .Title}}<h2>{{clean .}}</h2>
{{end}}{{with .Text}}<p>{{clean .}}</p>
{{end}}{{with .Figures}}<div class="figures">
{{range .}}<figure>
{{.SVG}}
<details><summary>the numbers</summary>
{{template "table" .Table}}</details>
</figure>
{{end}}</div>
{{end}}{{range .Tables}}{{template "table" .}}{{end}}</section>
{{end}}</main>
{{with .Foot}}<p class="foot">{{clean .}}</p>
{{end}}</body>
</html>
{{define "table"}}<div class="table" role="region" tabindex="0" aria-label="{{clean .Caption}}"><table>
<caption>{{clean .Caption}}</caption>
<thead><tr>{{range .Head}}<th scope="col"{{with .Class}} class="{{.}}"{{end}}>{{clean .Text}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr>{{range .}}<td{{with .Class}} class="{{.}}"{{end}}>{{clean .Text}}</td>{{end}}</tr>
{{end}}</tbody></table></div>
{{end}}`))

// What the template shows.
type (
	fact struct{ Name, Value string }
	cell struct{ Text, Class string }
	grid struct {
		Caption string
		Head    []cell
		Rows    [][]cell
	}
	drawn struct {
		SVG   template.HTML // all texts in it are escaped
		Table grid
	}
	section struct {
		Title, Text string
		Figures     []drawn
		Tables      []grid
	}
)

// HTML is a report as a page.
func (p Page) HTML() ([]byte, error) {
	view := struct {
		Title, Lead, Foot string
		Style             template.CSS // ours
		Facts             []fact
		Parts             []section
	}{Title: p.Title, Lead: p.Lead, Foot: p.Foot, Style: template.CSS(style() + pageStyle)} //nolint:gosec // a constant text
	for i := 0; i+1 < len(p.Facts); i += 2 {
		view.Facts = append(view.Facts, fact{p.Facts[i], p.Facts[i+1]})
	}
	n := 0
	for _, part := range p.Parts {
		s := section{Title: part.Title, Text: part.Text}
		for _, d := range part.Drawings {
			n++
			s.Figures = append(s.Figures, drawn{template.HTML(figure(n, d)), d.table().grid()}) //nolint:gosec // escaped there
		}
		for _, t := range part.Tables {
			s.Tables = append(s.Tables, t.grid())
		}
		view.Parts = append(view.Parts, s)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return b.Bytes(), nil
}

// grid is a table with the classes of its cells: numbers stand to the right, long words may
// break.
func (t Table) grid() grid {
	g := grid{Caption: t.Caption}
	numbers := make([]bool, len(t.Head))
	for i, text := range t.Head {
		numbers[i] = len(t.Rows) > 0 && allNumbers(t.Rows, i)
		class := ""
		if numbers[i] {
			class = "n"
		}
		g.Head = append(g.Head, cell{text, class})
	}
	for _, row := range t.Rows {
		var cells []cell
		for i, text := range row {
			class := ""
			switch {
			case i < len(numbers) && numbers[i]:
				class = "n"
			case utf8.RuneCountInString(text) > 24:
				class = "w"
			}
			cells = append(cells, cell{text, class})
		}
		g.Rows = append(g.Rows, cells)
	}
	return g
}

// allNumbers reports whether a column holds numbers, with signs and units, and nothing else.
func allNumbers(rows [][]string, column int) bool {
	some := false
	for _, row := range rows {
		if column >= len(row) || row[column] == "" {
			continue
		}
		first := strings.TrimLeft(row[column], "+-−")
		if first == "" || first[0] < '0' || first[0] > '9' || utf8.RuneCountInString(row[column]) > 24 {
			return false
		}
		some = true
	}
	return some
}

package chart

import (
	"fmt"
	"strings"
)

// theme are the colors of a picture.
type theme struct {
	paper, ink, soft, grid, mark string
	series                       []string
}

// The colors on light and on dark paper. Texts have a contrast of 4.5 and more on their
// paper, curves and bars one of 3 (WCAG 2.2, 1.4.3 and 1.4.11).
var (
	light = theme{"#ffffff", "#1b1f24", "#57606a", "#d0d7de", "#1b1f24",
		[]string{"#0b62b8", "#b34700", "#1a7a3c", "#8038b5", "#a8123e", "#5c6570"}}
	dark = theme{"#14181d", "#e6e8eb", "#a3adb8", "#39414a", "#e6e8eb",
		[]string{"#6cb2ff", "#ffa657", "#5fd08a", "#d2a8ff", "#ff8fa3", "#a3adb8"}}
)

// variables are a theme's, for CSS.
func (t theme) variables() string {
	var b strings.Builder
	fmt.Fprintf(&b, "--paper:%s;--ink:%s;--soft:%s;--grid:%s;--mark:%s", t.paper, t.ink, t.soft, t.grid, t.mark)
	for i, color := range t.series {
		fmt.Fprintf(&b, ";--c%d:%s", i, color)
	}
	return b.String()
}

// style is what drawings need, in both themes.
func style() string {
	var b strings.Builder
	fmt.Fprintf(&b, ":root{color-scheme:light dark;%s}@media (prefers-color-scheme:dark){:root{%s}}\n", light.variables(), dark.variables())
	b.WriteString("svg text{font:12px system-ui,sans-serif}.paper{fill:var(--paper)}.ink{fill:var(--ink)}.soft{fill:var(--soft)}" +
		"svg .bold{font-weight:600;font-size:14px}svg .large{font-weight:600;font-size:18px}.grid{stroke:var(--grid)}.mark{stroke:var(--mark);stroke-width:1.5}\n")
	for i := range light.series {
		fmt.Fprintf(&b, ".l%d{stroke:var(--c%d)}.f%d{fill:var(--c%d)}", i, i, i, i)
	}
	return b.String()
}

// pageStyle is what pages need beside it: columns where there is room, tables that scroll by
// themselves where there is none.
const pageStyle = `
*{box-sizing:border-box}body{margin:0 auto;padding:16px;max-width:72rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:break-word}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}.lead,.foot,summary,caption{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:1.5rem}figure{margin:0;max-width:520px}figure svg{width:100%;height:auto;display:block}
.table{overflow-x:auto;margin:.5rem 0}table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}caption{text-align:left}
th,td{padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}td.n,th.n{text-align:right;white-space:nowrap}td.w{min-width:15rem;overflow-wrap:anywhere}
summary{cursor:pointer}:focus-visible{outline:2px solid var(--c0);outline-offset:2px}@media(max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}`

package demo

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"os"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// The colors of the miners' bars, in their order: honest ones, then others.
var colors = []string{"#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#d62728", "#ff7f0e"}

const (
	barWidth, barGap, plotHeight = 26.0, 6.0, 240.0
	left, top                    = 72.0, 50.0
)

// draw writes the score of each submission by epoch, or the loss, to a file that appears complete.
func (r *report) draw(path string) error {
	temp := path + ".tmp"
	if err := os.WriteFile(temp, r.svg(), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// value is what is drawn of a score: a share, or nats; ok is false where it is worth nothing.
func (r *report) value(score uint32) (v float64, ok bool) {
	if r.Metric == string(packagefmt.MetricLoss) {
		return -math.Log(float64(score) / 10_000), score > 0
	}
	return float64(score) / 100, score > 0
}

// svg draws bars.
func (r *report) svg() []byte {
	title, unit, most := "accuracy of the model with the adapter, on the test", "%.1f %%", 100.0
	if r.Metric == string(packagefmt.MetricLoss) {
		title, unit, most = "loss of the model with the adapter, on the test: less is better", "%.3f", r.worst()
	}
	group := float64(len(r.Miners))*(barWidth+barGap) + 4*barGap
	width := left + group*float64(len(r.Epochs)) + 160
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="11">
<rect width="100%%" height="100%%" fill="white"/>
<text x="%.0f" y="20" font-size="13">%s</text>
<path d="M%.0f %.0fv%.0fH%.0f" fill="none" stroke="black"/>
`, width, top+plotHeight+50, left, title, left, top, plotHeight, width-150)
	y := func(v float64) float64 { return top + plotHeight*(1-v/most) }
	for i, e := range r.Epochs {
		x := left + group*float64(i) + 2*barGap
		if v, ok := r.value(e.Base); ok {
			fmt.Fprintf(&b, `<path d="M%.1f %.1fh%.1f" stroke="black" stroke-dasharray="4 3"/><text x="%.1f" y="%.1f" text-anchor="end">base `+unit+"</text>\n",
				x, y(v), group-4*barGap, left-4, y(v)+4, v)
		}
		for k, m := range r.Miners {
			s, there := e.entry(m.Name)
			at := x + float64(k)*(barWidth+barGap)
			v, ok := r.value(s.Score)
			switch {
			case there && ok:
				fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.0f" height="%.1f" fill="%s"><title>%s: `+unit+`</title></rect><text x="%.1f" y="%.1f" text-anchor="middle" font-size="9">`+unit+"</text>\n",
					at, y(v), barWidth, plotHeight*v/most, colors[k%len(colors)], html.EscapeString(m.Name), v, at+barWidth/2, y(v)-3, v)
			case there:
				fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="%s">×</text>`+"\n", at+barWidth/2, top+plotHeight-4, colors[k%len(colors)])
			}
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">epoch %d</text>`+"\n", x+group/2-2*barGap, top+plotHeight+18, e.Number)
	}
	for k, m := range r.Miners {
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="10" height="10" fill="%s"/><text x="%.1f" y="%.1f">%s</text>`+"\n",
			width-140, top+18*float64(k), colors[k%len(colors)], width-124, top+18*float64(k)+9, html.EscapeString(m.Name))
	}
	fmt.Fprintf(&b, `<text x="%.1f" y="%.1f">×: worth nothing</text>`+"\n</svg>\n", width-140, top+18*float64(len(r.Miners))+12)
	return b.Bytes()
}

// worst is the largest loss, with some room.
func (r *report) worst() float64 {
	most := 1e-3
	for _, e := range r.Epochs {
		for _, s := range append([]result{{Score: e.Base}}, e.Entries...) {
			if v, ok := r.value(s.Score); ok {
				most = max(most, v)
			}
		}
	}
	return 1.1 * most
}

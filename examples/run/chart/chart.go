// Package chart draws a model's accuracy by step.
package chart

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/live"
)

// Point is the model after a round.
type Point struct {
	Step     uint32  `json:"step"`
	Round    uint32  `json:"round"`
	Accuracy float64 `json:"accuracy"` // on the test set, 0 to 1
}

const width, height, margin = 640.0, 360.0, 40.0

// SVG draws the points as a line.
func SVG(title string, points []Point) []byte {
	var line []string
	for i, p := range points {
		x := margin + (width-2*margin)*float64(i)/float64(max(1, len(points)-1))
		line = append(line, fmt.Sprintf("%.1f,%.1f", x, height-margin-(height-2*margin)*p.Accuracy))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">
<rect width="100%%" height="100%%" fill="white"/>
<path d="M%.0f %.0fV%.0fH%.0f" fill="none" stroke="black"/>
<text x="%.0f" y="20">accuracy on the test set by step, %s</text>
<text x="4" y="%.0f">0 %%</text><text x="4" y="%.0f">100 %%</text>
<polyline points="%s" fill="none" stroke="#1f77b4" stroke-width="2"/>
</svg>
`, width, height, margin, margin, height-margin, width-margin, margin, html.EscapeString(title), height-margin, margin, strings.Join(line, " "))
	return b.Bytes()
}

// Write writes the drawing to a file that appears complete.
func Write(path, title string, points []Point) error {
	temp := path + ".tmp"
	if err := os.WriteFile(temp, SVG(title, points), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// Line is the same in one line of text.
func Line(points []Point) string {
	var accuracies []float64
	for _, p := range points {
		accuracies = append(accuracies, p.Accuracy)
	}
	return live.Spark(accuracies)
}

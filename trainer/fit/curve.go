package fit

import (
	"fmt"
	"io"
	"strings"
)

// Size of a curve's picture and of the margin around it, in pixels.
const curveWidth, curveHeight, curveMargin = 640, 360, 48

// WriteSVG draws the loss of every epoch, and the held-out loss where there is
// one, as an SVG picture.
func (r Result) WriteSVG(w io.Writer) error {
	if len(r.Epochs) == 0 {
		return fmt.Errorf("there is no epoch to draw")
	}
	top, heldOut := 0.0, false
	for _, e := range r.Epochs {
		top = max(top, e.Loss, e.HeldOutLoss)
		heldOut = heldOut || e.HeldOutLoss != 0
	}
	if top == 0 {
		top = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", curveWidth, curveHeight)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	left, bottom, right := curveMargin, curveHeight-curveMargin, curveWidth-curveMargin
	fmt.Fprintf(&b, `<path d="M%d %dV%dH%d" fill="none" stroke="black"/>`+"\n", left, curveMargin, bottom, right)
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%.3g</text><text x="%d" y="%d" text-anchor="end">0</text>`+"\n", left-4, curveMargin+4, top, left-4, bottom+4)
	fmt.Fprintf(&b, `<text x="%d" y="%d">epoch 1</text><text x="%d" y="%d" text-anchor="end">epoch %d</text>`+"\n", left, bottom+18, right, bottom+18, len(r.Epochs))
	r.curve(&b, top, "#1f77b4", func(e Epoch) float64 { return e.Loss })
	fmt.Fprintf(&b, `<text x="%d" y="20" fill="#1f77b4">training loss</text>`+"\n", left)
	if heldOut {
		r.curve(&b, top, "#d62728", func(e Epoch) float64 { return e.HeldOutLoss })
		fmt.Fprintf(&b, `<text x="%d" y="36" fill="#d62728">held-out loss, best in epoch %d</text>`+"\n", left, r.Best+1)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// curve draws one value of each epoch, a dot where there is one epoch only.
func (r Result) curve(b *strings.Builder, top float64, colour string, value func(Epoch) float64) {
	points := make([]string, len(r.Epochs))
	for i, e := range r.Epochs {
		x := float64(curveMargin) + float64(i)/float64(max(len(r.Epochs)-1, 1))*(curveWidth-2*curveMargin)
		y := float64(curveHeight-curveMargin) - value(e)/top*(curveHeight-2*curveMargin)
		points[i] = fmt.Sprintf("%.1f,%.1f", x, y)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colour)
	first := strings.Split(points[0], ",")
	fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="3" fill="%s"/>`+"\n", first[0], first[1], colour)
}

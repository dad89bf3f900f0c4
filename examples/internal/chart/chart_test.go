package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const hostile = "</title><script>alert(1)</script> \"&' \x00\x1b[2J\u202egnp \xff"

// pages are reports of all kinds of drawings.
func pages() map[string]Page {
	many := make([]Point, 5000)
	for i := range many {
		many[i] = Point{float64(i), float64(i) / 5000}
	}
	return map[string]Page{
		"empty":   {},
		"nothing": {Title: "t", Parts: []Part{{Drawings: []Drawing{Curves{}, Bars{}, Shares{}}, Tables: []Table{{}}}}},
		"hostile": {Title: hostile, Lead: hostile, Foot: hostile, Facts: []string{hostile, hostile}, Parts: []Part{{Title: hostile, Text: hostile,
			Drawings: []Drawing{
				Curves{Title: hostile, X: hostile, Lines: []Curve{{hostile, []Point{{1, 2}, {2, math.NaN()}, {3, math.Inf(1)}, {4, 5}}}}},
				Bars{Title: hostile, Rows: []Bar{{Name: hostile, Value: -1, Note: hostile}, {Value: math.NaN()}}, Mark: Bar{Name: hostile, Value: 3}},
				Shares{Title: hostile, Whole: Bar{Name: hostile, Value: 1}, Parts: []Bar{{Name: hostile, Value: 1}, {Value: -3}}},
			}, Tables: []Table{{Caption: hostile, Head: []string{hostile}, Rows: [][]string{{hostile, hostile}, {}}}}}}},
		"long": {Title: strings.Repeat("long ", 100), Parts: []Part{{Drawings: []Drawing{Curves{Title: "c", X: "step", Unit: Percent, Lines: []Curve{{"a", many}, {"b", many[:1]}}}}}}},
	}
}

// elements parses a text as XML, which a page is, too, and calls see with each element.
func elements(t *testing.T, text []byte, see func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			see(start)
		}
	}
}

func TestReportsAreWellFormedWhateverTheTexts(t *testing.T) {
	for name, p := range pages() {
		page, err := p.HTML()
		require.NoError(t, err, name)
		for _, text := range [][]byte{page, p.SVG()} {
			ids := map[string]bool{}
			labelled := []string{}
			elements(t, text, func(e xml.StartElement) {
				require.NotContains(t, []string{"script", "link", "img", "iframe"}, e.Name.Local, name)
				for _, a := range e.Attr {
					require.False(t, strings.HasPrefix(a.Name.Local, "on"), "%s: %s", name, a.Name.Local)
					switch a.Name.Local {
					case "id":
						require.False(t, ids[a.Value], "%s: two elements are %s", name, a.Value)
						ids[a.Value] = true
					case "aria-labelledby":
						labelled = append(labelled, strings.Fields(a.Value)...)
					}
				}
			})
			for _, id := range labelled {
				require.True(t, ids[id], "%s: nothing is called %s", name, id)
			}
			require.NotContains(t, string(text), "\x1b", name)
			require.NotContains(t, string(text), "\u202e", name)
			require.NotContains(t, string(text), "NaN\"", name)
			require.NotContains(t, string(text), "Inf\"", name)
			require.Less(t, len(text), 200_000, name)
		}
	}
}

func TestNumbersAreThereAsTables(t *testing.T) {
	p := Page{Title: "Round 7", Parts: []Part{{Drawings: []Drawing{
		Curves{Title: "accuracy", X: "step", Unit: Percent, Lines: []Curve{{"a", []Point{{1, 0.5}, {2, 0.75}}}, {"b", []Point{{2, 1}}}}},
		Bars{Title: "paid", Unit: SOL, Rows: []Bar{{Name: "alice", Value: 1_500_000_000}}, Mark: Bar{Name: "owed", Value: 1}},
		Shares{Title: "all", Unit: SOL, Whole: Bar{Name: "locked", Value: 4e9}, Parts: []Bar{{Name: "fees", Value: 1e9}, {Name: "rest", Value: 3e9}}},
	}}}}
	page, err := p.HTML()
	require.NoError(t, err)
	for _, want := range []string{
		`<th scope="col" class="n">step</th><th scope="col" class="n">a</th><th scope="col" class="n">b</th>`,
		`<td class="n">1</td><td class="n">50.00 %</td><td class="n"></td>`, `<td class="n">2</td><td class="n">75.00 %</td><td class="n">100.00 %</td>`,
		`<td>alice</td><td class="n">1.5 SOL</td>`, `<td>owed</td><td class="n">0.000000001 SOL</td>`, `<td>fees</td><td class="n">1 SOL</td><td class="n">25.0 %</td>`,
		`<desc id="c3-d">locked 4 SOL: fees 1 SOL, rest 3 SOL</desc>`, `<desc id="c1-d">a: 50.00 % at step 1, 75.00 % at step 2; b:`,
	} {
		require.Contains(t, string(page), want)
	}
}

// A curve goes from the left to the right end of its field, and up with its values.
func TestCurve(t *testing.T) {
	svg := string(Page{Parts: []Part{{Drawings: []Drawing{Curves{Lines: []Curve{{"x", []Point{{10, 0}, {20, 10}}}}}}}}}.SVG())
	require.Contains(t, svg, `points="52.0,208.0 328.0,38.0"`)
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		in   span
		want []float64
	}{
		{span{0, 1}, []float64{0, 0.5, 1}},
		{span{0.82, 0.87}, []float64{0.82, 0.84, 0.86, 0.88}},
		{span{-3, 10}, []float64{-5, 0, 5, 10}},
		{span{2, 2}, []float64{2, 3}},
	} {
		require.InDeltaSlice(t, test.want, test.in.ticks(4), 1e-9)
	}
	require.Len(t, span{math.Inf(-1), 0}.ticks(4), 2)
	s := span{0.99, 1}.padded(Percent)
	require.InDelta(t, 0.97, s.low, 1e-9)
	require.InDelta(t, 1, s.high, 1e-9, "nothing is right more often than always")
}

func TestUnits(t *testing.T) {
	require.Equal(t, "0.000000001 SOL", SOL.Text(1))
	require.Equal(t, "12.35 %", Percent.Text(0.12345))
	require.Equal(t, "-3", Number.Text(-3))
	require.Equal(t, "0.25", Number.Text(0.25))
	require.Equal(t, "1e+300", Number.Text(1e300))
	require.Equal(t, "7Eqabcde…wxyz", cut("7Eqabcdefghijklmnopqrstuvwxyz", 13))
	require.Equal(t, "short", cut("short", 13))
}

// luminance and contrast are those of WCAG 2.2.
func luminance(t *testing.T, color string) (l float64) {
	t.Helper()
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

func TestContrast(t *testing.T) {
	contrast := func(a, b string) float64 {
		x, y := luminance(t, a)+0.05, luminance(t, b)+0.05
		return max(x, y) / min(x, y)
	}
	require.InDelta(t, 21, contrast("#000000", "#ffffff"), 1e-9)
	for _, th := range []theme{light, dark} {
		for _, text := range []string{th.ink, th.soft} {
			require.GreaterOrEqual(t, contrast(text, th.paper), 4.5, text)
		}
		for _, shape := range append(th.series, th.mark) {
			require.GreaterOrEqual(t, contrast(shape, th.paper), 4.5, shape)
		}
	}
	require.Len(t, dark.series, len(light.series))
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	p := Page{Title: "a report"}
	for _, name := range []string{"a.html", "b.SVG", "c.htm"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("older"), 0o600))
		require.NoError(t, Write(path, p))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(text), "a report")
		require.Equal(t, strings.HasSuffix(name, "SVG"), bytes.HasPrefix(text, []byte("<svg")))
	}
	require.NoError(t, Write("", p), "no report was asked for")
	require.ErrorIs(t, Write(filepath.Join(dir, "a.pdf"), p), ErrFormat)
	require.ErrorIs(t, CheckPath(filepath.Join(dir, "none", "a.svg")), os.ErrNotExist)
	require.ErrorContains(t, CheckPath(filepath.Join(dir, "a.html", "b.svg")), "a.html")
	taken := filepath.Join(dir, "taken.svg")
	require.NoError(t, os.Mkdir(taken, 0o700))
	require.ErrorContains(t, CheckPath(taken), "is a directory")
	require.Error(t, Write(taken, p))
	require.NoError(t, CheckPath(filepath.Join(dir, "new.html")))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 4, "no unfinished file is left")
}

func TestCheckPathOfDirectoriesThatCannotBeWrittenTo(t *testing.T) {
	// Even root can write nothing to /proc; elsewhere permissions do.
	dir := "/proc"
	if _, err := os.Stat(dir); err != nil {
		if dir = t.TempDir(); os.Geteuid() == 0 {
			t.Skip("root may write anywhere")
		}
		require.NoError(t, os.Chmod(dir, 0o500)) //nolint:gosec // a directory
	}
	require.Error(t, CheckPath(filepath.Join(dir, "a.html")), "before there is something to report")
}

package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/run/chart"
)

func TestSVGIsXML(t *testing.T) {
	for _, points := range [][]chart.Point{nil, {{Accuracy: 0.5}}, {{Step: 1, Accuracy: 0}, {Step: 2, Accuracy: 1}}} {
		path := filepath.Join(t.TempDir(), "a.svg")
		require.NoError(t, chart.Write(path, `a <run> & "more"`, points))
		f, err := os.Open(path)
		require.NoError(t, err)
		d := xml.NewDecoder(f)
		for err == nil {
			_, err = d.Token()
		}
		require.True(t, errors.Is(err, io.EOF), err)
		require.NoError(t, f.Close())
	}
	require.Contains(t, string(chart.SVG("x", []chart.Point{{Accuracy: 0}, {Accuracy: 1}})), `points="40.0,320.0 600.0,40.0"`)
}

func TestLine(t *testing.T) {
	require.Equal(t, "▁▅█", chart.Line([]chart.Point{{Accuracy: 0}, {Accuracy: 0.5}, {Accuracy: 1}}))
	require.Empty(t, chart.Line(nil))
}

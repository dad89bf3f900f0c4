package fit

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteSVG(t *testing.T) {
	var b strings.Builder
	r := Result{Epochs: []Epoch{{Loss: 2, HeldOutLoss: 1}, {Loss: 1, HeldOutLoss: 0.5}, {Loss: 0, HeldOutLoss: 2}}, Best: 1}
	require.NoError(t, r.WriteSVG(&b))
	d := xml.NewDecoder(strings.NewReader(b.String()))
	var lines []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
			lines = append(lines, e.Attr[0].Value)
		}
	}
	require.Equal(t, []string{"48.0,48.0 320.0,180.0 592.0,312.0", "48.0,180.0 320.0,246.0 592.0,48.0"}, lines)
	require.Contains(t, b.String(), "best in epoch 2")

	b.Reset()
	require.NoError(t, Result{Epochs: []Epoch{{}}}.WriteSVG(&b))
	require.NotContains(t, b.String(), "held-out")
	require.Error(t, Result{}.WriteSVG(&b))
}

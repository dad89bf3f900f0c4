package submission

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The text gives the bounds that the code has.
func TestFormatGivesTheBounds(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), "\n## Bounds\n")
	require.True(t, ok)
	var got []int
	for _, m := range regexp.MustCompile(`(?m)\| ([0-9,]+) \|$`).FindAllStringSubmatch(rest, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		require.NoError(t, err)
		got = append(got, n)
	}
	require.Equal(t, []int{MaxRows, MaxBytes, DefaultBytes, MaxText, MaxTurns, MaxPixels}, got)
	for _, d := range documents {
		require.Contains(t, string(text), "`"+d+"`")
	}
	require.Contains(t, rest, "data.json` has at most 65,536 bytes, of pictures 512 more")
	require.EqualValues(t, 65536, mails.maxManifest())
	require.EqualValues(t, 65536+512*10, digits.maxManifest())
	require.Equal(t, 524288, mails.maxLine())
	require.Equal(t, 16384+64*2, flowers.maxLine())
}

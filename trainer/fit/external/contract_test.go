package external_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The program in PyTorch knows every layer that torch.nn has no class for: those that stand in graphs only.
func TestFitKnowsGraphs(t *testing.T) {
	format, err := os.ReadFile("../../../packagefmt/FORMAT.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(format), "These stand in graphs only:")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "A node MAY")
	program, err := os.ReadFile("testdata/fit.py")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(table, -1)
	require.Greater(t, len(rows), 10)
	for _, row := range rows {
		require.Contains(t, string(program), "\n    \""+row[1]+"\": ")
	}
}

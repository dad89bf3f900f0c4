package programtest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// CheckCosts compares COSTS.md with what was measured; COSTS=write writes it.
func CheckCosts(t *testing.T, measured string) {
	t.Helper()
	if os.Getenv("COSTS") == "write" {
		require.NoError(t, os.WriteFile("COSTS.md", []byte(measured), 0o644))
	}
	text, err := os.ReadFile("COSTS.md")
	require.NoError(t, err)
	require.Equal(t, string(text), measured, "the costs changed: run COSTS=write go test -run TestCosts in the program's folder")
}

//go:build python

// Run with: DECLOUD_PYTHON=/path/to/python go test -tags python
// where that Python has torch and safetensors.

package safetensors

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPythonReadsOurs(t *testing.T) {
	python := cmp.Or(os.Getenv("DECLOUD_PYTHON"), "python3")
	path := filepath.Join(t.TempDir(), "ours.safetensors")
	require.NoError(t, os.WriteFile(path, encode(t, sample()), 0o600))
	out, err := exec.Command(python, filepath.Join("testdata", "fixtures.py"), "check", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

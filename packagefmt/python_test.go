//go:build python

// Run with: DECLOUD_PYTHON=/path/to/python go test -tags python
// where that Python has torch and safetensors.

package packagefmt

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPackageInPyTorch: a package that Build made, rebuilt in PyTorch from its
// files alone, has the same embeddings and the same accuracy.
func TestPackageInPyTorch(t *testing.T) {
	p, _, _ := buildMNIST(t)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	python := cmp.Or(os.Getenv("DECLOUD_PYTHON"), "python3")
	out, err := exec.Command(python, fixture("package.py"), dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "752\n", string(out))
}

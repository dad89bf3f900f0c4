//go:build tokenizers

package tokenizer

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTenThousandLines compares with PyPI's tokenizers on 10,000 lines of many
// scripts; DECLOUD_TOKENIZERS is a Python with testdata/requirements.txt.
// DECLOUD_TOKENIZER_FILE adds a tokenizer.json of one's own.
func TestTenThousandLines(t *testing.T) {
	dir := t.TempDir()
	args := []string{"testdata/kinds.py", "compare", dir}
	if own := os.Getenv("DECLOUD_TOKENIZER_FILE"); own != "" {
		args = append(args, own)
	}
	out, err := exec.Command(os.Getenv("DECLOUD_TOKENIZERS"), args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	compareKinds(t, dir)
}

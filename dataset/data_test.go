package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// DATA.md lists exactly the files in the folders of data sets and trained models,
// with their checksums.
func TestDATAListsEveryFile(t *testing.T) {
	doc, err := os.ReadFile("../DATA.md")
	require.NoError(t, err)
	sums := map[string]string{}
	for _, m := range regexp.MustCompile("\\| `([^`]+)` \\| ([0-9a-f]{64}) \\|").FindAllStringSubmatch(string(doc), -1) {
		sums[m[1]] = m[2]
	}
	shipped := 0
	for _, dir := range []string{"dataset/data", "dataset/testdata/languages", "packagefmt/testdata/languages", "packagefmt/testdata/minilm", "packagefmt/testdata/gpt", "examples/launch/model", "examples/contest/demo/base"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) == ".py" || filepath.Ext(path) == ".go" {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(b)
			name := filepath.ToSlash(path[len("../"):])
			require.Equal(t, sums[name], hex.EncodeToString(sum[:]), name)
			shipped++
			return nil
		})
		require.NoError(t, err)
	}
	require.Len(t, sums, shipped)
}

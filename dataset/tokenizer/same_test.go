package tokenizer

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// wanted is what testdata/kinds.py writes: lines, and what PyPI's tokenizers
// makes of them and of each with the next one.
type wanted struct {
	Lines []string
	Want  map[string]struct {
		IDs, Pairs, Types, Masks [][]int32
	}
}

func readGzip(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return data
}

func readWanted(t testing.TB, dir string) wanted {
	t.Helper()
	var w wanted
	require.NoError(t, json.Unmarshal(readGzip(t, filepath.Join(dir, "want.json.gz")), &w))
	return w
}

func openKind(t testing.TB, dir, name string) *Tokenizer {
	t.Helper()
	tok, err := Parse(readGzip(t, filepath.Join(dir, name+".json.gz")))
	require.NoError(t, err)
	return tok
}

// compareKinds compares every tokenizer of dir on every line.
func compareKinds(t *testing.T, dir string) {
	w := readWanted(t, dir)
	for name, want := range w.Want {
		t.Run(name, func(t *testing.T) {
			tok := openKind(t, dir, name)
			wrong := 0
			for i, line := range w.Lines {
				e, err := tok.Encode(line)
				require.NoError(t, err, "%q", line)
				if !sameIDs(want.IDs[i], e.IDs) {
					if wrong++; wrong <= 5 {
						t.Errorf("line %d, %q:\n got %v\nwant %v", i, line, e.IDs, want.IDs[i])
					}
				}
				if i+1 == len(w.Lines) || want.Pairs == nil {
					continue
				}
				e, err = tok.EncodePair(line, w.Lines[i+1])
				require.NoError(t, err)
				if !sameIDs(want.Pairs[i], e.IDs) || !sameIDs(want.Types[i], e.TypeIDs) || !sameIDs(want.Masks[i], e.Mask) {
					if wrong++; wrong <= 5 {
						t.Errorf("pair %d: got %v\nwant %v", i, e, want.Pairs[i])
					}
				}
			}
			t.Logf("%d of %d lines differ", wrong, len(w.Lines))
		})
	}
}

func sameIDs(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestSameIDsAsTokenizers(t *testing.T) { compareKinds(t, "testdata") }

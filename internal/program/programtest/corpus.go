package programtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// corpusFile is an edge fuzzer's corpus in the program's folder: an input a line, as JSON.
var corpusFile = filepath.Join("testdata", "edgefuzz.jsonl")

// ReadCorpus reads the inputs of an edge fuzzer's corpus, of which there may be none yet.
func ReadCorpus[T any](t testing.TB) (out []T) {
	t.Helper()
	file, err := os.ReadFile(corpusFile)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var in T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &in))
		out = append(out, in)
	}
	require.NoError(t, lines.Err())
	return out
}

// WriteCorpus writes the corpus anew.
func WriteCorpus[T any](t testing.TB, corpus []T) {
	t.Helper()
	var out bytes.Buffer
	for _, in := range corpus {
		line, err := json.Marshal(in)
		require.NoError(t, err)
		out.Write(append(line, '\n'))
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(corpusFile), 0o755))
	require.NoError(t, os.WriteFile(corpusFile, out.Bytes(), 0o644))
}

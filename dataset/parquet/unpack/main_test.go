package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

type row struct {
	Text  string `parquet:"text"`
	Label int64  `parquet:"label"`
}

func save(t *testing.T, path string, rows ...row) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	w := parquet.NewGenericWriter[row](f)
	w.SetKeyValueMetadata("huggingface", `{"info":{"features":{"label":{"_type":"ClassLabel","names":["World","Sports","Business","Sci/Tech"]}}}}`)
	_, err = w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
}

// The command that is printed makes an app read what was written.
func TestAppsReadWhatIsUnpacked(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "news set")
	require.NoError(t, os.Mkdir(in, 0o755))
	save(t, filepath.Join(in, "train-00000-of-00002.parquet"), row{"Oil, \"up\"\nagain", 2}, row{"A goal", 1})
	save(t, filepath.Join(in, "train-00001-of-00002.parquet"), row{"A star", 3}, row{"A vote", 0}, row{"A game", 1})
	save(t, filepath.Join(in, "test-00000-of-00001.parquet"), row{"A match", 1}, row{"A planet", 3})
	var said bytes.Buffer
	require.NoError(t, run([]string{in, out}, &said))
	require.Contains(t, said.String(), "train: 5 samples of 2 files; the label is column \"label\"\ntest: 2 samples of 1 files")
	next := regexp.MustCompile(`(?m)^next: trainer (.*)$`).FindStringSubmatch(said.String())
	require.Len(t, next, 2)

	app := filepath.Join(dir, "trainer")
	build := exec.Command("go", "build", "-o", app, "./examples/trainer")
	build.Dir = "../../.."
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	for _, name := range []string{"AgNews", "'Dataset(200)'"} {
		shell := exec.Command("sh", "-c", app+" "+strings.Replace(next[1], "NAME", name, 1)+" --home "+filepath.Join(dir, "home"))
		text, err = shell.CombinedOutput()
		require.NoError(t, err, "%s", text)
		require.Contains(t, string(text), "(train): 5 samples of 4 classes")
		require.Regexp(t, `World +1\nSports +2\nBusiness +1\nSci/Tech +1\n`, string(text))
	}
}

func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	for says, args := range map[string][]string{
		"want the Parquet file": {dir}, "no such file": {filepath.Join(dir, "none"), out}, "no Parquet files": {dir, out},
	} {
		require.ErrorContains(t, run(args, &bytes.Buffer{}), says)
		require.NoDirExists(t, out)
	}
	file := filepath.Join(dir, "test.parquet")
	save(t, file, row{"a", 0})
	require.ErrorContains(t, run([]string{"-label", "class", file, out}, &bytes.Buffer{}), "(-label)")
	var said bytes.Buffer
	require.NoError(t, run([]string{file, out}, &said))
	require.Contains(t, said.String(), "test: 1 samples")
	require.FileExists(t, filepath.Join(out, "test.csv"))
	require.ErrorContains(t, run([]string{file, out}, &said), "is there already")
}

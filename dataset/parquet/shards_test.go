package parquet

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// save writes a file of rows, with what the datasets library says of its columns.
func save[T any](t *testing.T, path, features string, rows ...T) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	if features != "" {
		w.SetKeyValueMetadata("huggingface", `{"info":{"features":`+features+`}}`)
	}
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
}

type labelled struct {
	Text  string `parquet:"text"`
	Label int64  `parquet:"label"`
}

const news = `{"text":{"_type":"Value"},"label":{"_type":"ClassLabel","names":["World","Sports, local","Business"]}}`

func TestShards(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, "data", name) }
	save(t, at("train-00001-of-00003.parquet"), news, labelled{"b", 1}, labelled{"c", 0})
	save(t, at("train-00000-of-00003.parquet"), news, labelled{"a", 2})
	save[labelled](t, at("train-00002-of-00003.parquet"), news)
	save(t, at("test-00000-of-00001.parquet"), news, labelled{"d", 0})
	require.NoError(t, os.WriteFile(at(".hidden.parquet"), nil, 0o600))
	files, err := Files(dir, dataset.Train)
	require.NoError(t, err)
	require.Equal(t, []string{at("train-00000-of-00003.parquet"), at("train-00001-of-00003.parquet"), at("train-00002-of-00003.parquet")}, files)
	set, err := OpenTexts(files[0], dataset.Options{}, files[1:]...)
	require.NoError(t, err)
	require.Equal(t, 3, set.Len())
	for i, want := range []struct {
		text  string
		label int
	}{{"a", 2}, {"b", 1}, {"c", 0}} {
		texts, label, err := set.Text(i)
		require.NoError(t, err)
		require.Equal(t, []string{want.text}, texts)
		require.Equal(t, want.label, label)
	}
	files, err = Files(dir, dataset.Test)
	require.NoError(t, err)
	require.Equal(t, []string{at("test-00000-of-00001.parquet")}, files)

	require.NoError(t, os.Remove(at("train-00001-of-00003.parquet")))
	_, err = Files(dir, dataset.Train)
	require.ErrorContains(t, err, `the shard "train-00001-of-00003.parquet" is missing`)
	require.NoError(t, os.Remove(at("train-00002-of-00003.parquet")))
	_, err = Files(dir, dataset.Train)
	require.ErrorContains(t, err, `"train-00001-of-00003.parquet" is missing`)
	save(t, at("train-extra.parquet"), news, labelled{"a", 2})
	_, err = Files(dir, dataset.Train)
	require.ErrorContains(t, err, "not of one set")
	require.NoError(t, os.RemoveAll(at("")))
	_, err = Files(dir, dataset.Train)
	require.ErrorContains(t, err, "no Parquet files")
}

// A file of the set that has other columns is named, with what is different.
func TestShardsThatDiffer(t *testing.T) {
	type small struct {
		Text  string `parquet:"text"`
		Label int32  `parquet:"label"`
	}
	type more struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label"`
		URL   string `parquet:"url"`
	}
	type other struct {
		Body  string `parquet:"body"`
		Label int64  `parquet:"label"`
	}
	dir := t.TempDir()
	first, second := filepath.Join(dir, "0.parquet"), filepath.Join(dir, "1.parquet")
	save(t, first, news, labelled{"a", 0})
	for says, write := range map[string]func(){
		`1.parquet: dataset: malformed data: column "label" is INT(32,true), and INT(64,true) in`: func() { save(t, second, news, small{"a", 0}) },
		`1.parquet: dataset: malformed data: the column "url" is not in`:                          func() { save(t, second, news, more{"a", 0, ""}) },
		`1.parquet: dataset: malformed data: column 0 is "body", and "text"`:                      func() { save(t, second, news, other{"a", 0}) },
		`1.parquet: dataset: malformed data: column "label" has the classes`: func() {
			save(t, second, `{"label":{"_type":"ClassLabel","names":["Sports","World","Business"]}}`, labelled{"a", 0})
		},
		`1.parquet: row 1: dataset: not one of the classes`: func() { save(t, second, news, labelled{"a", 0}, labelled{"a", 3}) },
	} {
		write()
		_, err := OpenTexts(first, dataset.Options{}, second)
		require.ErrorContains(t, err, says)
	}
}

func TestFilesWithoutRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.parquet")
	save[labelled](t, path, news)
	_, err := OpenTexts(path, dataset.Options{})
	require.ErrorIs(t, err, dataset.ErrFormat)
	require.ErrorContains(t, err, "no rows")
}

package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadTextCSV(t *testing.T) {
	for name, c := range map[string]struct {
		data  string
		opts  Options
		texts [][]string
		y     []int
		names []string
	}{
		"text and label": {"text,label\nfine day,pos\n\"rain, \"\"again\"\"\nand again\",neg\n", Options{},
			[][]string{{"fine day"}, {"rain, \"again\"\nand again"}}, []int{1, 0}, []string{"neg", "pos"}},
		"label first, an index beside": {"id,label,sentence\n7,1,one\n8,0,two\n", Options{}, [][]string{{"one"}, {"two"}}, []int{1, 0}, []string{"0", "1"}},
		"pandas' index":                {",text,label\n0,one,1\n1,two,0\n", Options{}, [][]string{{"one"}, {"two"}}, []int{1, 0}, []string{"0", "1"}},
		"a pair":                       {"premise,hypothesis,label\na b,c,0\nd,e f,1\n", Options{}, [][]string{{"a b", "c"}, {"d", "e f"}}, []int{0, 1}, []string{"0", "1"}},
		"named":                        {"t1,t2,y\nx,y,0\n", Options{Text: []string{"t2"}}, [][]string{{"y"}}, []int{0}, []string{"0"}},
		"no header":                    {"3,Wall St. bears\n4,Oil prices\n", Options{Label: "0", Header: HeaderNo}, [][]string{{"Wall St. bears"}, {"Oil prices"}}, []int{3, 4}, []string{"0", "1", "2", "3", "4"}},
		"listed":                       {"text,label\nx,spam\ny,ham\n", Options{Classes: []string{"spam", "ham"}}, [][]string{{"x"}, {"y"}}, []int{0, 1}, []string{"spam", "ham"}},
		"spaces stay":                  {"text,label\n  x ,a\ny,b\n", Options{}, [][]string{{"  x "}, {"y"}}, []int{0, 1}, []string{"a", "b"}},
		"rows without a label dropped": {"text,label\nx,a\ny,\n", Options{Missing: MissingDrop}, [][]string{{"x"}}, []int{0}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := ReadTextCSV(strings.NewReader(c.data), c.opts)
			require.NoError(t, err)
			checkTexts(t, set, c.texts, c.y, c.names)
		})
	}
}

func checkTexts(t *testing.T, set *TextSet, texts [][]string, y []int, names []string) {
	t.Helper()
	require.Equal(t, len(y), set.Len())
	require.Equal(t, names, set.ClassNames())
	for i := range y {
		got, label, err := set.Text(i)
		require.NoError(t, err)
		require.Equal(t, texts[i], got)
		require.Equal(t, y[i], label)
	}
}

func TestReadTextJSONL(t *testing.T) {
	set, err := ReadTextJSONL(strings.NewReader("{\"text\":\"é\\n\",\"label\":\"b\",\"id\":\"x\"}\n\n{\"label\":\"a\",\"text\":\"\"}\n"), Options{})
	require.NoError(t, err)
	checkTexts(t, set, [][]string{{"é\n"}, {""}}, []int{1, 0}, []string{"a", "b"})
}

func TestTextsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		opts Options
		says string
	}{
		"several texts":  {"title,body,label\na b,c d,0\ne f,g h,1\n", Options{}, "Options.Text"},
		"no such column": {"text,label\na,0\nb,1\n", Options{Text: []string{"body"}}, "body"},
		"only numbers":   {"a,b,label\n1,2,0\n3,4,1\n", Options{}, "no field holds text"},
		"not UTF-8":      {"text,label\nfa\xe7ade,0\nb,1\n", Options{}, "line 2"},
		"unlisted label": {"text,label\na,x\nb,z\n", Options{Classes: []string{"x", "y"}}, "line 3"},
		"missing label":  {"text,label\na,x\nb,\n", Options{}, "line 3"},
		"unclosed quote": {"text,label\n\"a,x\n", Options{}, "quotation"},
		"label is text":  {"text,label\na,x\nb,y\n", Options{Text: []string{"label"}}, "label"},
	} {
		_, err := ReadTextCSV(strings.NewReader(c.data), c.opts)
		require.ErrorContains(t, err, c.says, name)
	}
	for name, data := range map[string]string{"number for text": `{"text":1,"label":0}`, "no label": `{"text":"a"}`, "no object": `["a",0]`,
		"text in Latin-1": "{\"text\":\"fa\xe7ade\",\"label\":0}", "label in Latin-1": "{\"text\":\"a\",\"label\":\"fa\xe7ade\"}",
	} {
		_, err := ReadTextJSONL(strings.NewReader(data), Options{})
		require.ErrorIs(t, err, ErrFormat, name)
	}
}

func TestOpenTextSet(t *testing.T) {
	for name, file := range map[string][2]string{
		"csv":   {"train.csv", "text,label\na,0\nb,1\n"},
		"tsv":   {"train.tsv", "sentence\tlabel\na\t0\nb\t1\n"},
		"jsonl": {"train.jsonl", "{\"text\":\"a\",\"label\":0}\n{\"text\":\"b\",\"label\":1}\n"},
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, file[0]), []byte(file[1]), 0o600))
		ds, err := Open(Sst2, dir, Train, Options{})
		require.NoError(t, err, name)
		require.IsType(t, &TextSet{}, ds)
		require.NotEmpty(t, Notes(ds))
		label, err := ds.Sample(1, nil)
		require.NoError(t, err)
		require.Equal(t, 1, label)
		_, err = ds.Sample(1, make([]float32, 128))
		require.ErrorContains(t, err, "tokenizer")
	}
	path := filepath.Join(t.TempDir(), "ids.jsonl")
	require.NoError(t, os.WriteFile(path, []byte("{\"x\":[1,2],\"y\":0}\n{\"x\":[3,4],\"y\":1}\n"), 0o600))
	ds, err := Open(Sst2, path, Train, Options{})
	require.NoError(t, err)
	require.Equal(t, []int{2}, ds.Shape(), "token ids are numbers")
}

func TestLookAtTexts(t *testing.T) {
	set, err := NewTexts([]string{"a", "b", "a"}, []int{0, 1, 1}, []string{"x", "y"})
	require.NoError(t, err)
	s, err := Look(t.Context(), set, nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, s.Counts)
	require.Equal(t, 1, s.Duplicates)
	require.Nil(t, s.Shape)
}

func TestLanguages(t *testing.T) {
	ds, err := Open(ID(200), "testdata/languages", Test, Options{Text: []string{"text"}})
	require.NoError(t, err)
	require.Equal(t, 1000, ds.Len())
	require.Equal(t, 10, ds.Classes())
	require.Equal(t, "english", ClassNames(ds)[1])
}

// FuzzReadText: what is accepted has a text and a class for every sample.
func FuzzReadText(f *testing.F) {
	f.Add("text,label\nx,a\n\"y\n\",b\n", false)
	f.Add("{\"text\":\"a\",\"label\":0}\n", true)
	f.Fuzz(func(t *testing.T, data string, lines bool) {
		read := ReadTextCSV
		if lines {
			read = ReadTextJSONL
		}
		set, err := read(strings.NewReader(data), Options{})
		if err != nil {
			return
		}
		for i := range set.Len() {
			texts, label, err := set.Text(i)
			require.NoError(t, err)
			require.NotEmpty(t, texts)
			require.Less(t, label, set.Classes())
		}
	})
}

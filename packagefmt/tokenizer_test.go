package packagefmt

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// languageOptions builds the package of texts that testdata/languages/train.py
// made a model for.
func languageOptions(t *testing.T) (Model, dataset.Dataset, BuildOptions) {
	t.Helper()
	model, err := OpenPyTorch("testdata/languages/languages.pt", PyTorchOptions{})
	require.NoError(t, err)
	file, err := os.ReadFile("testdata/languages/tokenizer.json")
	require.NoError(t, err)
	test, err := dataset.Open(dataset.ID(200), "../dataset/testdata/languages", dataset.Test, dataset.Options{Text: []string{"text"}})
	require.NoError(t, err)
	return model, test, BuildOptions{Dataset: dataset.ID(200), Tokenizer: file, Preprocessing: Preprocessing{Shape: []int{64}}, Limit: 100}
}

func buildLanguages(t *testing.T) (*Package, dataset.Dataset) {
	t.Helper()
	model, test, opts := languageOptions(t)
	p, _, err := Build(t.Context(), model, test, opts)
	require.NoError(t, err)
	return p, test
}

func TestPackageOfTexts(t *testing.T) {
	p, test := buildLanguages(t)
	require.Equal(t, "turkish", p.Config.Preprocessing.Classes[9], "the data's names")
	files, err := p.files()
	require.NoError(t, err)
	back, err := Read(files)
	require.NoError(t, err)
	require.Equal(t, p.Tokenizer, back.Tokenizer)
	require.Equal(t, TokenizerFile, back.Config.Preprocessing.Tokenizer)
	require.Contains(t, back.Config.Files, TokenizerFile)
	require.NoError(t, back.CheckEmbeddings(t.Context(), test))
	labels, err := back.Labels(test)
	require.NoError(t, err)
	require.Equal(t, 1, labels[1])
	again, err := back.files()
	require.NoError(t, err)
	require.Equal(t, files, again, "the same package, the same bytes")
}

func TestTextsMeetThePackagesClasses(t *testing.T) {
	p, _ := buildLanguages(t)
	own, err := dataset.NewTexts([]string{"Dzień dobry!", "Guten Tag"}, []int{1, 0}, []string{"german", "polish"})
	require.NoError(t, err)
	features, labels, err := p.Embed(t.Context(), own)
	require.NoError(t, err)
	require.Equal(t, []int{2, 32}, features.Shape)
	require.Equal(t, []int{5, 3}, labels, "by name")
	ids, err := dataset.New([]int{64}, 10, make([]float32, 64), []int{3})
	require.NoError(t, err)
	_, _, err = p.Embed(t.Context(), ids)
	require.NoError(t, err, "token ids are taken as they are")
	latin, err := dataset.NewTexts([]string{"Salve!"}, []int{0}, []string{"latin"})
	require.NoError(t, err)
	_, _, err = p.Embed(t.Context(), latin)
	require.ErrorIs(t, err, dataset.ErrClass)
}

func TestTextsNeedATokenizer(t *testing.T) {
	model, test, opts := languageOptions(t)
	opts.Tokenizer = nil
	_, _, err := Build(t.Context(), model, test, opts)
	require.ErrorIs(t, err, dataset.ErrShape)
	require.ErrorContains(t, err, "tokenizer")
}

func TestTokenizersThatAreRefused(t *testing.T) {
	p, _ := buildLanguages(t)
	good, err := p.files()
	require.NoError(t, err)
	large := strings.Replace(string(p.Tokenizer), `"[SEP]": 3`, `"[SEP]": 1800`, 1)
	require.NotEqual(t, string(p.Tokenizer), large)
	for name, c := range map[string]struct {
		file string
		err  error
		says string
	}{
		"no JSON":           {"{", ErrInvalid, TokenizerFile},
		"another model's":   {large, ErrInvalid, "1800 rows"},
		"unknown kind":      {`{"model":{"type":"Markov"}}`, ErrUnsupported, "Markov"},
		"nothing to pad by": {`{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}`, ErrInvalid, "enable_padding"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := memFS{}
			for name, b := range good {
				changed[name] = b
			}
			changed[TokenizerFile] = []byte(c.file)
			delete(changed, ConfigFile)
			require.NoError(t, addConfig(changed, p.Config))
			_, err := Read(changed)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.says)
		})
	}
	for name, change := range map[string]func(fstest.MapFS){
		"missing": func(m fstest.MapFS) { delete(m, TokenizerFile) },
		"changed": func(m fstest.MapFS) { m[TokenizerFile].Data[0] = ' ' },
	} {
		changed := fstest.MapFS{}
		for name, b := range good {
			changed[name] = &fstest.MapFile{Data: slices.Clone(b)}
		}
		change(changed)
		_, err := Read(changed)
		require.ErrorIs(t, err, ErrInvalid, name)
		require.ErrorContains(t, err, TokenizerFile, name)
	}
	p.Config.Preprocessing.Tokenizer = ""
	_, err = p.FS()
	require.ErrorIs(t, err, ErrInvalid, "a tokenizer that the preprocessing does not name")
}

package tokenizer

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// file returns a tokenizer.json with the model and other parts.
func file(model string, parts ...string) []byte {
	return fmt.Appendf(nil, `{"version":"1.0","model":%s%s}`, model, strings.Join(append([]string{""}, parts...), ","))
}

func addedJSON(content string, flags string) string {
	f := func(name string) bool { return strings.Contains(flags, name) }
	return fmt.Sprintf(`{"id":7,"content":%q,"single_word":%v,"lstrip":%v,"rstrip":%v,"normalized":%v,"special":%v}`,
		content, f("word"), f("lstrip"), f("rstrip"), f("normalized"), f("special"))
}

func mustParse(t *testing.T, data []byte) *Tokenizer {
	t.Helper()
	tok, err := Parse(data)
	require.NoError(t, err)
	return tok
}

func idsOf(t *testing.T, tok *Tokenizer, text string) []int32 {
	t.Helper()
	e, err := tok.Encode(text)
	require.NoError(t, err)
	require.Len(t, e.Mask, len(e.IDs))
	require.Len(t, e.TypeIDs, len(e.IDs))
	return e.IDs
}

const letters = `{"type":"WordLevel","vocab":{"a":0,"b":1,"?":2},"unk_token":"?"}`

// Seen is what is kept of a long text, at either end, and the whole of a short one.
func TestSeenIsWhatTheTokensHold(t *testing.T) {
	space := `"pre_tokenizer":{"type":"WhitespaceSplit"}`
	long := strings.Repeat("ééééé a ", 50) + strings.Repeat(" b", 5000)
	for cut, want := range map[string]string{"Right": long[:650], "Left": long[len(long)-200:]} {
		tok := mustParse(t, file(letters, space, `"truncation":{"max_length":100,"strategy":"LongestFirst","stride":0,"direction":"`+cut+`"}`))
		seen, err := tok.Seen(long)
		require.NoError(t, err)
		require.Equal(t, idsOf(t, tok, long), idsOf(t, tok, seen), cut)
		require.InDelta(t, len(want), len(seen), float64(len(want))/10, cut)
		require.True(t, utf8.ValidString(seen))
		seen, err = tok.Seen("a b")
		require.NoError(t, err)
		require.Equal(t, "a b", seen)
	}
	end, err := mustParse(t, file(letters, space)).SeenLast(long, 3)
	require.NoError(t, err)
	require.Contains(t, []string{"b b b", " b b b"}, end)
}

func TestUnknownCharactersCostTenMoreThanTheWorstToken(t *testing.T) {
	model := `{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["ab",-12],["bc",-1],["c",%v]]}`
	// unknown a (-12-10) and bc (-1) against ab (-12) and c
	require.Equal(t, []int32{1, 3}, idsOf(t, mustParse(t, file(fmt.Sprintf(model, -10.9))), "abc"))
	require.Equal(t, []int32{0, 2}, idsOf(t, mustParse(t, file(fmt.Sprintf(model, -11.1))), "abc"))
}

func TestAddedTokensAreNumberedInTheFilesOrder(t *testing.T) {
	tok := mustParse(t, file(letters, `"added_tokens":[`+addedJSON("<y>", "")+","+addedJSON("b", "")+","+addedJSON("<x>", "")+"]"))
	require.Equal(t, []int32{4}, idsOf(t, tok, "<x>"), "the ids in the file are not used")
	require.Equal(t, []int32{3}, idsOf(t, tok, "<y>"))
	require.Equal(t, []int32{1}, idsOf(t, tok, "b"), "a token of the vocabulary keeps its id")
	require.Equal(t, 5, tok.VocabSize())
}

func TestAddedTokensLongestFirst(t *testing.T) {
	tok := mustParse(t, file(letters, `"added_tokens":[`+addedJSON("<x", "")+","+addedJSON("<xy>", "")+"]"))
	require.Equal(t, []int32{0, 4, 3, 0}, idsOf(t, tok, "a<xy><xa"))
}

func TestFlagsOfAddedTokens(t *testing.T) {
	whole := `"pre_tokenizer":{"type":"CharDelimiterSplit","delimiter":"|"},`
	for _, c := range []struct {
		name, flags, text string
		want              []int32
	}{
		{"inside a word", "", "a<x>b", []int32{0, 3, 1}},
		{"single word refused inside", "word", "a<x>b", []int32{2}},
		{"single word between spaces", "word", "a <x> b", []int32{2, 3, 2}},
		{"spaces at the left", "lstrip", "a  <x>", []int32{0, 3}},
		{"spaces at the right", "rstrip", "<x>  b", []int32{3, 1}},
		{"spaces stay otherwise", "", "a <x>", []int32{2, 3}},
		{"not normalized", "", "<X>", []int32{2}},
		{"normalized", "normalized", "<X>", []int32{3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok := mustParse(t, file(letters, whole+`"normalizer":{"type":"Lowercase"},"added_tokens":[`+addedJSON("<x>", c.flags)+"]"))
			require.Equal(t, c.want, idsOf(t, tok, c.text))
		})
	}
}

func TestWithLength(t *testing.T) {
	split := `"pre_tokenizer":{"type":"WhitespaceSplit"}`
	pad := `"added_tokens":[` + addedJSON("[PAD]", "") + "]"
	_, err := mustParse(t, file(letters, split)).WithLength(3)
	require.ErrorContains(t, err, "enable_padding")
	tok := mustParse(t, file(letters, split, pad))
	three, err := tok.WithLength(3)
	require.NoError(t, err)
	require.Equal(t, []int32{0, 1, 3}, idsOf(t, three, "a b"))
	require.Equal(t, []int32{0, 1, 0}, idsOf(t, three, "a b a b"))
	require.Equal(t, []int32{0, 1, 0, 1}, idsOf(t, tok, "a b a b"), "the tokenizer itself is as before")
	left := mustParse(t, file(letters, split, `"truncation":{"max_length":9,"strategy":"OnlyFirst","stride":0,"direction":"Left"},
		"padding":{"strategy":"BatchLongest","direction":"Left","pad_to_multiple_of":8,"pad_id":1,"pad_type_id":0,"pad_token":"b"}`))
	require.Equal(t, []int32{1, 1, 1, 1, 1, 1, 1, 0}, idsOf(t, left, "a"))
	three, err = left.WithLength(3)
	require.NoError(t, err)
	require.Equal(t, []int32{1, 1, 0}, idsOf(t, three, "a"))
	require.Equal(t, []int32{1, 0, 0}, idsOf(t, three, "b b a b a a"))
	for _, n := range []int{0, -1, maxLength + 1} {
		_, err := tok.WithLength(n)
		require.ErrorIs(t, err, ErrUnsupported)
	}
}

func TestTextsThatCannotBeEncoded(t *testing.T) {
	tok := mustParse(t, file(`{"type":"WordLevel","vocab":{"a":0},"unk_token":"?"}`))
	for name, text := range map[string]string{"unknown word": "b", "not UTF-8": "a\xff", "too long": strings.Repeat("a", MaxText+1)} {
		_, err := tok.Encode(text)
		require.ErrorIs(t, err, ErrText, name)
	}
	grows := mustParse(t, file(letters, `"normalizer":{"type":"Sequence","normalizers":[`+
		strings.TrimSuffix(strings.Repeat(`{"type":"Replace","pattern":{"String":"a"},"content":"`+strings.Repeat("a", 64)+`"},`, 8), ",")+`]}`))
	_, err := grows.Encode("a")
	require.ErrorIs(t, err, ErrText)
}

func TestFilesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		err  error
		says string
	}{
		"no JSON":              {[]byte("PK\x03\x04"), ErrFormat, "invalid character"},
		"not UTF-8":            {file("{\"type\":\"WordLevel\",\"vocab\":{\"\xff\":0}}"), ErrFormat, "line 1: no text"},
		"half a pair":          {file("{\"type\":\"WordLevel\",\n\"vocab\":{\"\\ud83d\":0,\"\ufffd\":1}}"), ErrFormat, `line 2: no text: \ud83d`},
		"no model":             {[]byte(`{}`), ErrFormat, "model"},
		"names differ by case": {[]byte(`{"Model":` + letters + `}`), ErrFormat, "model"},
		"version":              {[]byte(`{"version":"2.0"}`), ErrUnsupported, "2.0"},
		"unknown model":        {file(`{"type":"Markov"}`), ErrUnsupported, "Markov"},
		"negative id":          {file(`{"type":"WordLevel","vocab":{"a":-1},"unk_token":"?"}`), ErrFormat, "-1"},
		"huge id":              {file(`{"type":"WordLevel","vocab":{"a":16777216},"unk_token":"?"}`), ErrFormat, "16777216"},
		"merge of nothing":     {file(`{"type":"BPE","vocab":{"a":0},"merges":["a b"]}`), ErrFormat, `"b"`},
		"dropout":              {file(`{"type":"BPE","vocab":{},"merges":[],"dropout":0.1}`), ErrUnsupported, "dropout"},
		"unk_id":               {file(`{"type":"Unigram","unk_id":1,"vocab":[["a",0]]}`), ErrFormat, "unk_id"},
		"normalizer":           {file(letters, `"normalizer":{"type":"Rot13"}`), ErrUnsupported, "Rot13"},
		"pre-tokenizer":        {file(letters, `"pre_tokenizer":{"type":"UnicodeScripts"}`), ErrUnsupported, "UnicodeScripts"},
		"lookbehind":           {file(letters, `"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(?<=a)b"},"behavior":"Isolated","invert":false}`), ErrUnsupported, "lookaround"},
		"possessive":           {file(letters, `"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a++"},"behavior":"Isolated","invert":false}`), ErrUnsupported, "possessive"},
		"post-processor":       {file(letters, `"post_processor":{"type":"Stamp"}`), ErrUnsupported, "Stamp"},
		"template":             {file(letters, `"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}}`), ErrFormat, `"x"`},
		"second of one":        {file(letters, `"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}`), ErrFormat, "second"},
		"twice the same":       {file(letters, `"normalizer":{"type":"Lowercase"},"added_tokens":[`+addedJSON("X", "normalized")+","+addedJSON("x", "normalized")+"]"), ErrFormat, "normalized"},
		"nested":               {file(letters, `"normalizer":`+strings.Repeat(`{"type":"Sequence","normalizers":[`, 20)+strings.Repeat(`]}`, 20)), ErrUnsupported, "deep"},
		"charsmap":             {file(letters, `"normalizer":{"type":"Precompiled","precompiled_charsmap":"////fw=="}`), ErrFormat, "cut off"},
		"truncation":           {file(letters, `"truncation":{"max_length":0,"strategy":"LongestFirst","stride":0}`), ErrFormat, "max_length"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.data)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	tok := openKind(t, "testdata", "unigram")
	w := readWanted(t, "testdata")
	done := make(chan [][]int32)
	for range 4 {
		go func() {
			var all [][]int32
			for _, line := range w.Lines {
				e, _ := tok.Encode(line)
				all = append(all, e.IDs)
			}
			done <- all
		}()
	}
	for range 4 {
		require.Equal(t, w.Want["unigram"].IDs, <-done)
	}
}

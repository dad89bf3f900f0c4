package tokenizer

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var kinds = []string{"wordpiece", "wordpiece-cased", "bpe-bytes", "bpe-llama", "bpe-clip", "bpe-fallback", "unigram", "unigram-nfkc", "words", "pieces"}

// FuzzParse: a file that is accepted encodes without a panic, to ids below
// VocabSize.
func FuzzParse(f *testing.F) {
	for _, name := range kinds {
		f.Add(readGzip(f, filepath.Join("testdata", name+".json.gz")))
	}
	f.Add(file(letters, `"padding":{"strategy":{"Fixed":9},"direction":"Left","pad_id":1,"pad_type_id":0}`))
	f.Add(file(`{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["ab",-12]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := Parse(data)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "tokenizer") || strings.Contains(err.Error(), ": tokenizer: "), "%v", err)
			return
		}
		for _, text := range []string{"", "a", "The İ ㋿ e\u0301 ﬁ™\u0301 <mask>\r\n 12 ½ 'll 👍🏽", strings.Repeat("ab", 300)} {
			if e, err := tok.Encode(text); err == nil {
				checkIDs(t, tok, e)
			}
			if e, err := tok.EncodePair(text, "b b"); err == nil {
				checkIDs(t, tok, e)
			}
		}
	})
}

func checkIDs(t *testing.T, tok *Tokenizer, e Encoding) {
	require.Equal(t, len(e.IDs), len(e.Mask))
	require.Equal(t, len(e.IDs), len(e.TypeIDs))
	for _, id := range e.IDs {
		require.True(t, id >= 0 && int(id) < tok.VocabSize(), "id %d of %d", id, tok.VocabSize())
	}
}

// FuzzEncode: any text gives the same ids a second time, when its words are
// remembered, and as many as asked for once a length is set.
func FuzzEncode(f *testing.F) {
	w := readWanted(f, "testdata")
	for i, line := range w.Lines {
		f.Add(uint8(i), line)
	}
	var toks []*Tokenizer
	for _, name := range kinds {
		toks = append(toks, openKind(f, "testdata", name))
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		tok := toks[int(kind)%len(toks)]
		first, err := tok.Encode(text)
		if err != nil {
			require.ErrorIs(t, err, ErrText)
			return
		}
		checkIDs(t, tok, first)
		second, err := tok.Encode(text)
		require.NoError(t, err)
		require.Equal(t, first, second)
		if fixed, err := tok.WithLength(16); err == nil {
			e, err := fixed.Encode(text)
			require.NoError(t, err)
			require.Len(t, e.IDs, 16)
		}
	})
}

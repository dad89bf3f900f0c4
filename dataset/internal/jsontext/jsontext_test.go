package jsontext

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	for text, says := range map[string]string{
		`"a"`: "", `"\ud83d\ude00"`: "", `"\u00e9\n\\"`: "", `"\\ud800"`: "", `"\ufffd"`: "", "\"\ufffd\"": "", `"\UD800"`: "",
		`"\ud800"`:                  `line 1: no text: \ud800 is half`,
		`"\ud83d\ud83d\ude00"`:      `\ud83d`,
		`"\ude00\ud83d"`:            `\ude00`,
		`"\uD83Dx"`:                 `\uD83D`,
		`"\ud83d\n"`:                `\ud83d`,
		`"\\\udfff"`:                `\udfff`,
		"{\n\"a\":\n\"\\udc00\"\n}": `line 3: no text: \udc00`,
		"{\n\"\xff\":1}":            "line 2: no text: it is not UTF-8",
		"\"\xed\xa0\x80\"":          "not UTF-8", // U+D800 as if it were a character
	} {
		err := Check([]byte(text))
		if says == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorIs(t, err, ErrText, text)
		require.ErrorContains(t, err, says, text)
		require.ErrorIs(t, CheckValue([]byte(text)), ErrText, text)
	}
}

// What passes is what encoding/json reads without a U+FFFD of its own.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{`"a\ud83d\ude00b"`, `"\ud83d"`, `"\\ud83d"`, "\"\xff\"", `"\ufffd"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s string
		if json.Unmarshal([]byte(text), &s) != nil {
			return
		}
		said := strings.Count(text, "\ufffd") + strings.Count(strings.ToLower(strings.ReplaceAll(text, `\\`, "")), `\ufffd`)
		require.Equal(t, strings.Count(s, "\ufffd") == said, Check([]byte(text)) == nil, "%q", text)
	})
}

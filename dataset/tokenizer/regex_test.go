package tokenizer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Properties are those of the library's regular expressions, asked of tokenizers
// 0.23.3 with Split(Regex(pattern), "removed"): of characters that are younger
// than Go's tables, and of those that \w has only outside of a class, or not at
// all although Go's kind of \w in the pre-tokenizer Whitespace has them.
func TestPropertiesAreTheLibrarys(t *testing.T) {
	for pattern, c := range map[string]struct{ in, out string }{
		`\w`:             {"aé_٣ｶ²³¹¼½¾", "-\u200c\u200d😀"},
		`[\w]`:           {"aé_٣ｶ", "-²³¹¼½¾\u200c\u200d😀"},
		`[^\w\s]`:        {"-²¼\u200c\u200d😀", "aé_ \u00a0"},
		`\W`:             {"-\u200c\u200d😀", "a²¼"},
		`\d`:             {"0٣９\U00010d40", "a²½"},
		`[\d.]`:          {"0٣.", "a²"},
		`\D`:             {"a²½", "0٣"},
		`\p{Lu}`:         {"AÀ\u1c89\ua7dc", "a\u1c8a"},
		`\p{Ll}`:         {"aß\u1c8a", "A\u1c89"},
		`\p{Lo}`:         {"ªアا\U000105c0", "aA"},
		`\p{M}`:          {"\u0301\u0897\U000113b8", "a"},
		`\p{P}`:          {"-_!\u1b4e", "$+a"},
		`\p{S}`:          {"$+😀\u2427\U0001cc00", "-a"},
		`\p{Han}`:        {"漢\u3005\U0002ebf0", "カa"},
		`\P{L}`:          {"1 -", "aé"},
		`[\p{Ll}\p{M}]`:  {"a\u0301\u0897", "A1"},
		`\p{N}`:          {"1²½Ⅷ", "a"},
		`[^\r\n\p{L}]`:   {"1 ", "a\r\n"},
		`\p{Hiragana}+?`: {"ひ", "カ"},
	} {
		f, err := compile(pattern)
		require.NoError(t, err, pattern)
		for _, r := range c.in {
			require.True(t, f.(expression).re.MatchString(string(r)), "%s has %q", pattern, r)
		}
		for _, r := range c.out {
			require.False(t, f.(expression).re.MatchString(string(r)), "%s has not %q", pattern, r)
		}
	}
}

// Properties that were not asked are refused, not looked up in Go's tables.
func TestUnknownPropertiesAreRefused(t *testing.T) {
	for _, pattern := range []string{`\p{^Lu}`, `\p{Garay}`, `\pL`, `\p`, `\p{}`, `\p{Letter}`, `[\P{L}]`, `\p{L`, `\p{w}`} {
		_, err := compile(pattern)
		require.ErrorIs(t, err, ErrUnsupported, pattern)
	}
}

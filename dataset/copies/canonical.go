package copies

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
)

// assigned are the characters of Unicode 15.0. Others are dropped: what they are, and how they
// decompose, depends on the version that a program was built with. Of those that are
// assigned, decompositions never change.
var assigned = rangetable.Assigned("15.0.0")

// lookalikes are letters that are drawn as Latin ones.
var lookalikes = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'н': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'м': 'm', 'о': 'o', 'р': 'p',
	'ԛ': 'q', 'ѕ': 's', 'т': 't', 'у': 'y', 'х': 'x', 'ԝ': 'w', 'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v',
	'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ς': 'σ', 'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ℓ': 'l',
}

// words are the words of a text, as they are compared: compatibility decomposition, lower
// case, without marks and invisible characters, look-alikes as Latin letters. Everything
// that is no letter and no number separates words. Writing without spaces has words of one
// character.
func words(text string) []string {
	kept := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII {
			return r
		}
		if !unicode.Is(assigned, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
			return -1
		}
		return r
	}, text)
	var list []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			list = append(list, word.String())
			word.Reset()
		}
	}
	for _, r := range norm.NFKD.String(kept) {
		switch {
		case ignored(r):
		case !isWord(r):
			end()
		case alone(r):
			end()
			list = append(list, string(r))
		default:
			word.WriteRune(folded(r))
		}
	}
	end()
	return list
}

// ignored reports whether a character is nothing but a mark on others, or invisible.
func ignored(r rune) bool {
	return r > unicode.MaxASCII && (unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0)
}

func isWord(r rune) bool {
	if r < unicode.MaxASCII {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.Is(unicode.L, r) || unicode.Is(unicode.N, r) || unicode.Is(unicode.Mc, r)
}

// alone reports whether a character is of a writing that puts no spaces between words.
func alone(r rune) bool {
	switch {
	case r < 0xE00:
		return false
	case r <= 0xEFF, r >= 0x1000 && r <= 0x109F, r >= 0x1780 && r <= 0x17FF: // Thai, Lao; Myanmar; Khmer
		return true
	}
	return r >= 0x2E80 && r <= 0x312F || r >= 0x3400 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x3FFFF
}

func folded(r rune) rune {
	if r < unicode.MaxASCII {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	r = unicode.ToLower(r)
	if l, ok := lookalikes[r]; ok {
		return l
	}
	return r
}

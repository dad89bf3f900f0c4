package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// bert is the normalizer of BERT's models.
type bert struct {
	clean, chinese, accents, lower bool
}

func parseBert(f fields) (*bert, error) {
	b := &bert{}
	for _, w := range []struct {
		name string
		dst  *bool
	}{{"clean_text", &b.clean}, {"handle_chinese_chars", &b.chinese}, {"lowercase", &b.lower}} {
		if err := f.want(w.name, w.dst); err != nil {
			return nil, err
		}
	}
	b.accents = b.lower // null means: as lowercase
	return b, f.get("strip_accents", &b.accents)
}

func (n *bert) normalize(t text) (text, error) {
	if n.clean {
		if r, _ := utf8.DecodeRuneInString(t.s); t.s != "" && removedByBert(r) {
			t.atStart = false
		}
	}
	b := make([]byte, 0, len(t.s)+16)
	ascii := true
	for _, r := range t.s {
		switch {
		case n.clean && removedByBert(r):
		case n.clean && unicode.IsSpace(r):
			b = append(b, ' ')
		case r < utf8.RuneSelf:
			b = append(b, n.ascii(byte(r)))
		case n.chinese && isChinese(r):
			b, ascii = append(utf8.AppendRune(append(b, ' '), r), ' '), false
		default:
			b, ascii = utf8.AppendRune(b, r), false
		}
	}
	t.s = string(b)
	if ascii {
		return t, nil
	}
	if n.accents {
		t.s = stripNonspacing(nfd.string(t.s))
	}
	if n.lower {
		t.s = lowercase(t.s)
	}
	return t, nil
}

// ascii lowers an ASCII character, to which nothing else happens.
func (n *bert) ascii(c byte) byte {
	if n.lower && 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func removedByBert(r rune) bool {
	if r < 0x7f {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r'
	}
	return ucd.Is(r, ucd.Clean)
}

// isChinese has the blocks that BERT names, which leave out 2B820 … 2B91F.
func isChinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4dbf, 0x4e00 <= r && r <= 0x9fff, 0xf900 <= r && r <= 0xfaff, 0x20000 <= r && r <= 0x2a6df,
		0x2a700 <= r && r <= 0x2b73f, 0x2b740 <= r && r <= 0x2b81f, 0x2b920 <= r && r <= 0x2ceaf, 0x2f800 <= r && r <= 0x2fa1f:
		return true
	}
	return false
}

func stripNonspacing(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && ucd.Is(r, ucd.Nonspacing) {
			return -1
		}
		return r
	}, s)
}

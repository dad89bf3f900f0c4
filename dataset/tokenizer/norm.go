package tokenizer

import (
	"golang.org/x/text/unicode/norm"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// form is a Unicode normalization form, as tables older than x/text's have it:
// what they do not know stays as it is, and nothing composes or is reordered
// across it.
type form norm.Form

const (
	nfc  = form(norm.NFC)
	nfd  = form(norm.NFD)
	nfkc = form(norm.NFKC)
	nfkd = form(norm.NFKD)
)

func (f form) normalize(t text) (text, error) { return text{f.string(t.s), t.atStart}, nil }

func (f form) string(s string) string {
	nf := norm.Form(f)
	if nf.QuickSpanString(s) == len(s) {
		return s
	}
	var b []byte
	done := 0
	for i, r := range s {
		if r < 0x300 || !ucd.Opaque(r) {
			continue
		}
		b = append(b, nf.String(s[done:i])...) // nf.Append would look back over the border
		b = append(b, string(r)...)
		done = i + runeLen(s, i)
	}
	if done == 0 {
		return nf.String(s)
	}
	return string(append(b, nf.String(s[done:])...))
}

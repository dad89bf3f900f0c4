package view

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gagliardetto/solana-go"
)

// Amount is a number of lamports or of a run's base units. It encodes as a text.
type Amount uint64

// MarshalJSON implements json.Marshaler.
func (a Amount) MarshalJSON() ([]byte, error) {
	return []byte(`"` + strconv.FormatUint(uint64(a), 10) + `"`), nil
}

// moment is a time as it is shown; nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// address is an address's text; empty for none.
func address(key solana.PublicKey) string {
	if key.IsZero() {
		return ""
	}
	return key.String()
}

// maxReason is how many characters of an error are shown: a node may have sent it, of any length.
const maxReason = 600

// Reason is an error as it is shown.
func Reason(err error) string {
	text := []rune(plain(err.Error()))
	if len(text) > maxReason {
		text = append(text[:maxReason], '…')
	}
	return string(text)
}

// plain is a text of a stranger without what would change how the rest is shown, or would not be seen: controls, marks of
// direction, characters without width and such as are blank but no space, and of combining marks more than a few on one letter,
// which would be drawn over the lines around. Each becomes U+FFFD.
func plain(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > maxMarks || r != ' ' && !unicode.IsPrint(r) || blank(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// maxMarks is how many combining marks one letter has at most: more are in no script's spelling.
const maxMarks = 4

// blank reports whether a printable character shows nothing: variation selectors and other ignorable ones, fillers of Hangul,
// and the empty pattern of Braille.
func blank(r rune) bool {
	return r == '\u2800' || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

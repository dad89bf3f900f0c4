package view

import (
	"strconv"
	"strings"
	"time"

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

// plain is a text of a stranger without what would change how the rest is shown: controls, and marks of direction.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029', r == '\u200e', r == '\u200f',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return '\ufffd'
		}
		return r
	}, text)
}

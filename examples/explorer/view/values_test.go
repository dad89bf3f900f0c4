package view

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// What strangers wrote is seen, and leaves the rest of the page as it is.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"digits, 手書き, \u00e9, e\u0301, 😀":  "digits, 手書き, \u00e9, e\u0301, 😀",
		"a\x00b\tc\nd\x1b[31m\u0085":       "a�b�c�d�[31m�",
		"\u202eabc\u2066\u061c\u200f":      "�abc���",
		"\u200b\u200c\u200d\u2060\ufeff":   "�����",
		"\u00ad\u034f\u115f\u3164\u2800":   "�����",
		"\ufe0f\U000e0100\U000e0041\ue000": "����",
		"\u00a0\u3000\u2028":               "���",
		"Z\u0300\u0300\u0300\u0300\u0300a": "Z\u0300\u0300\u0300\u0300�a",
		"\xff\xfe":                         "��",
	} {
		require.Equal(t, want, plain(text), "%q", text)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a\u0300\u200b")
	f.Fuzz(func(t *testing.T, text string) {
		once := plain(text)
		require.True(t, utf8.ValidString(once))
		require.Equal(t, utf8.RuneCountInString(text), utf8.RuneCountInString(once), "nothing vanishes")
		require.Equal(t, once, plain(once))
	})
}

// What a node sends as an error is shown in short.
func TestReason(t *testing.T) {
	text := Reason(errors.New(strings.Repeat("\u202e", 1<<20)))
	require.Equal(t, strings.Repeat("�", maxReason)+"…", text)
	require.Equal(t, "no such thing", Reason(errors.New("no such thing")))
}

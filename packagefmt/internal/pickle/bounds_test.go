package pickle

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pickle that ends early anywhere is refused, in every protocol.
func TestEveryPrefixIsRefused(t *testing.T) {
	call := func(Global, Tuple) (any, error) { return []byte{}, nil }
	for protocol := range 6 {
		b, err := os.ReadFile(fmt.Sprintf("testdata/protocol%d.pkl", protocol))
		require.NoError(t, err)
		for n := range len(b) {
			_, _, err := Decode(b[:n:n], Hooks{Allow: allowContainers, Call: call})
			require.ErrorIs(t, err, ErrFormat, "protocol %d, %d bytes", protocol, n)
		}
	}
}

func TestErrorSaysHowMuchIsMissing(t *testing.T) {
	_, _, err := Decode([]byte("\x80\x02X\x05\x00\x00\x00ab"), Hooks{})
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "needs 5 more bytes, 2 are left")
}

// Nothing is taken from an empty stack, nor from below a mark.
func TestStackUnderflow(t *testing.T) {
	for name, text := range map[string]string{
		"nothing to return":            "\x80\x02.",
		"only a mark":                  "\x80\x02(.",
		"only what is below the mark":  "\x80\x02K\x01(.",
		"pop of nothing":               "\x80\x020K\x01.",
		"append to what is not there":  "\x80\x02K\x01a.",
		"tuple of two out of one item": "\x80\x02K\x01\x86.",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Decode([]byte(text), Hooks{})
			require.ErrorIs(t, err, ErrFormat)
		})
	}
}

func TestRawUnicode(t *testing.T) {
	for text, want := range map[string]string{
		"plain":          "plain",
		"\xe4":           "ä", // Latin-1
		`\u00e4`:         "ä",
		`x\u00e4y`:       "xäy",
		`\U0010ffff`:     "\U0010ffff",
		`back\slash`:     `back\slash`,
		`at the end: \`:  `at the end: \`,
		`\u00e4\u00e4`:   "ää",
		`\U0001f600 end`: "😀 end",
	} {
		got, err := rawUnicode(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{`\u`, `\u00e`, `\U0010fff`, `\U00110000`, `\u00zz`} {
		_, err := rawUnicode(text)
		require.ErrorIs(t, err, ErrFormat, text)
	}
}

// Integers in text may be as long as Python writes those of maxLong bytes.
func TestLongestIntegerInText(t *testing.T) {
	longest := strings.Repeat("9", 2*maxLong)
	v, _, err := Decode([]byte("I"+longest+"\n."), Hooks{})
	require.NoError(t, err)
	require.Equal(t, longest, fmt.Sprint(v))
	_, _, err = Decode([]byte("I9"+longest+"\n."), Hooks{})
	require.ErrorIs(t, err, ErrFormat)
}

// A long is of any length up to maxLong; none at all is 0.
func TestLongs(t *testing.T) {
	long1 := func(b string) (any, error) {
		v, _, err := Decode([]byte("\x80\x02\x8a"+string(rune(len(b)))+b+"."), Hooks{})
		return v, err
	}
	for b, want := range map[string]string{
		"":                                 "0",
		"\x00":                             "0",
		"\x7f":                             "127",
		"\x80":                             "-128",
		"\xff\x00":                         "255",
		strings.Repeat("\xff", 32):         "-1",
		strings.Repeat("\x00", 8) + "\x01": "18446744073709551616",
	} {
		v, err := long1(b)
		require.NoError(t, err, "%q", b)
		require.Equal(t, want, fmt.Sprint(v), "%q", b)
	}
	_, err := long1(strings.Repeat("\x00", maxLong+1))
	require.ErrorIs(t, err, ErrFormat)
}

// Objects that lie outside of the pickle are named in text or by a value.
func TestPersistentIDs(t *testing.T) {
	hooks := Hooks{Persistent: func(id any) (any, error) { return "object " + fmt.Sprint(id), nil }}
	for _, text := range []string{"P12\n.", "\x80\x02X\x02\x00\x00\x0012Q."} {
		v, _, err := Decode([]byte(text), hooks)
		require.NoError(t, err, "%q", text)
		require.Equal(t, "object 12", v, "%q", text)
	}
	for _, text := range []string{"P12", "\x80\x02Q."} {
		_, _, err := Decode([]byte(text), hooks)
		require.ErrorIs(t, err, ErrFormat, "%q", text)
	}
}

// POP takes the mark where that is on top, the topmost value otherwise.
func TestPopOfAMark(t *testing.T) {
	for text, want := range map[string]any{
		"\x80\x02K\x01(0.":         int64(1),
		"\x80\x02K\x01(K\x0200.":   int64(1),
		"\x80\x02(K\x01K\x020t.":   Tuple{int64(1)},
		"\x80\x02K\x01K\x020.":     int64(1),
		"\x80\x02(K\x01(K\x02t0t.": Tuple{int64(1)},
	} {
		v, _, err := Decode([]byte(text), Hooks{})
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, v, "%q", text)
	}
}

// What nobody reads is kept apart without looking at it: long texts, results of calls of
// results, items of classes that are containers, too, and keys that are no names.
func TestWhatNobodyReads(t *testing.T) {
	hooks := Hooks{Allow: func(Global) error { return nil }, Call: func(g Global, args Tuple) (any, error) { return &Object{Class: g, Args: args}, nil }}
	long := strings.Repeat("x", maxText+1)
	size := string([]byte{1, 0, 0x10, 0})
	for text, want := range map[string]any{
		"\x80\x02X" + size + long + ".":          &Object{Class: Global{"builtins", "str"}},
		"\x80\x02ca\nf\n)R(K\x01tR.":             &Object{Class: notNamed, Args: Tuple{int64(1)}},
		"\x80\x02ca\nf\n)R)\x81.":                &Object{Class: notNamed, Args: Tuple{}},
		"\x80\x02ca\nD\n)\x81K\x01K\x02sK\x03a.": &Object{Class: Global{"a", "D"}, Args: Tuple{}},
		"\x80\x02X\x02\x00\x00\x00\xed\xa0.":     "\xed\xa0",
	} {
		v, _, err := Decode([]byte(text), hooks)
		require.NoError(t, err, "%.40q", text)
		require.Equal(t, want, v, "%.40q", text)
	}
	v, _, err := Decode([]byte("\x80\x02}(]NK\x01Nu."), hooks)
	require.NoError(t, err)
	require.Equal(t, "[a *pickle.List 1]", fmt.Sprint(v.(*Dict).Keys()))
}

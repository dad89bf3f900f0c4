package round_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A trainer says where its submission is, says so again, and gets the rent back a day after the round was finalized.
func TestSource(t *testing.T) {
	c := training(t)
	c.fails(c.setSource("tom", 0, "hf:tom/data@1"), 3012) // no gradient yet
	c.ok(c.submit("tom", 0, gradientCID))
	c.fails(c.setSource("tim", 0, "hf:tim/data@1").with(1, c.gradient(0, "tom")), 2006)
	long := strings.Repeat("x", 128)
	require.EqualValues(t, -int64(rent(178)), c.gain("tom", c.setSource("tom", 0, long)))
	s := c.data(c.source(0, "tom"))
	require.Len(t, s, 178)
	require.EqualValues(t, 0, s.u64(8))
	require.Equal(t, c.pub("tom"), s.key(16))
	require.Equal(t, long, string(s[48:176]))
	require.EqualValues(t, 128, s.u8(176))
	require.Equal(t, c.bumps[c.source(0, "tom")], s.u8(177))
	require.EqualValues(t, 0, c.gain("tom", c.setSource("tom", 0, "hf:tom/data@2")))
	s = c.data(c.source(0, "tom"))
	require.Equal(t, "hf:tom/data@2"+strings.Repeat("\x00", 115), string(s[48:176]), "nothing is left of the longer one")
	require.EqualValues(t, 13, s.u8(176))

	c.ok(c.postvalidate("ann", 0, "tom", 6000))
	c.fails(c.closeSource("tom", 0, "tom"), 6009)
	c.ok(c.finalize("creator", 0))
	c.fails(c.setSource("tom", 0, "hf:tom/data@3"), 6003)
	c.at(day - 1)
	c.fails(c.closeSource("tom", 0, "tom"), 6012)
	c.at(day)
	c.fails(c.closeSource("eve", 0, "tom").with(2, c.pub("eve")), 2001)
	require.EqualValues(t, rent(178), c.gain("tom", c.closeSource("eve", 0, "tom")), "though nothing was claimed or settled")
	c.gone(c.source(0, "tom"))
	c.fails(c.setSource("tom", 0, "hf:tom/data@3"), 6003) // and it does not come back
}

// 1 to 128 visible ASCII characters: nothing else can be on chain.
func TestSourceCharacters(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID))
	for b := range 256 {
		code := uint32(6040)
		switch {
		case b >= 0x80:
			code = 102 // no UTF-8
		case b > ' ' && b < 0x7f:
			code = none
		}
		got, _ := c.code(c.setSource("tom", 0, "a"+string([]byte{byte(b)})+"z"))
		require.Equal(t, code, got, "byte %d", b)
	}
	for text, code := range map[string]uint32{"": 6040, "a": none, strings.Repeat("x", 128): none, strings.Repeat("x", 129): 6040,
		"ä": 6040, "\u2028": 6040, "a b": 6040, strings.Repeat("x", 500): 6040} {
		got, _ := c.code(c.setSource("tom", 0, text))
		require.Equal(t, code, got, text)
	}
}

// What is left of a round that is closed itself can be closed at any time.
func TestSourceOfAClosedRound(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID), c.setSource("tom", 0, "hf:tom/data@1"))
	c.at(7200)
	c.ok(c.force("eve", 0))
	c.at(181 * day)
	c.ok(c.withdraw("creator", 0), c.closeRound("eve", 0, "creator"))
	c.fails(c.closeSource("eve", 0, "tom").with(0, c.round(1)), 2006)
	require.EqualValues(t, rent(178), c.gain("tom", c.closeSource("eve", 0, "tom")))
}

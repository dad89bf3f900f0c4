package round_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
)

var holdoutKey = [32]byte{1, 2, 3}

func holdoutRound(t *testing.T, trainers ...string) *chain {
	f := sealedFair()
	f.holdout = sha256.Sum256(holdoutKey[:])
	return sealedRound(t, sealedTerms(), f, trainers...)
}

func TestRevealHoldout(t *testing.T) {
	c := holdoutRound(t, "tom")
	read := c.terms(0)
	c.at(sealedCloses - 1)
	c.fails(c.revealHoldout("eve", 0, holdoutKey), 6038)
	c.at(sealedCloses)
	c.fails(c.revealHoldout("eve", 0, [32]byte{1, 2, 4}), 6037)
	c.fails(c.revealHoldout("eve", 0, sha256.Sum256(holdoutKey[:])), 6037)
	c.ok(c.revealHoldout("eve", 0, holdoutKey))
	r := c.data(c.round(0))
	require.EqualValues(t, 1|2, r.u8(852))
	require.Equal(t, holdoutKey[:], []byte(r[928:960]))
	require.Equal(t, read, c.terms(0))
	c.ok(c.assertTerms(0, read))
	c.fails(c.revealHoldout("eve", 0, holdoutKey), 6038)
}

func TestRevealHoldoutOnlyInTime(t *testing.T) {
	c := holdoutRound(t, "tom")
	c.at(sealedScored)
	c.fails(c.revealHoldout("eve", 0, holdoutKey), 6038)
	c = holdoutRound(t)
	c.ok(c.cancel("creator", 0))
	c.at(sealedCloses)
	c.fails(c.revealHoldout("eve", 0, holdoutKey), 6003)
	c = sealedRound(t, sealedTerms(), sealedFair(), "tom")
	c.at(sealedCloses)
	c.fails(c.revealHoldout("eve", 0, holdoutKey), 6038)
}

// Whose the remainder is: withholding the key, or a test on which nobody improves, never pays the creator.
func TestHoldoutRemainder(t *testing.T) {
	for name, test := range map[string]struct {
		reveal, submit bool
		score          uint32
		creators       bool
	}{
		"revealed, improved":     {true, true, 7000, true},
		"revealed, not improved": {true, true, 4000, false},
		"withheld, improved":     {false, true, 7000, false},
		"without gradients":      {false, false, 0, true},
	} {
		for _, expired := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				var names []string
				if test.submit {
					names = append(names, "tom")
				}
				c := holdoutRound(t, names...)
				c.at(sealedCloses)
				if test.reveal {
					c.ok(c.revealHoldout("eve", 0, holdoutKey))
				}
				if test.submit {
					c.scoreSealed(0, map[string]map[string]uint32{"": by(5000, 5000, 5000, 5000), "tom": by(test.score, test.score, test.score)})
				}
				c.at(sealedEnds)
				c.ok(c.force("eve", 0))
				if expired {
					c.at(180*day + sealedEnds)
				}
				c.fails(c.withdraw("creator", 0), 3005)
				c.fails(c.withdrawHoldout("creator", 0).with(4, c.pub("eve")), 2012)
				creator, fees, held := c.balance("creator"), c.lamports(treasury), c.lamports(c.vault(0))
				c.ok(c.withdrawHoldout("creator", 0))
				paid := held - c.lamports(c.vault(0))
				require.NotZero(t, paid)
				rentBack := uint64(0)
				if _, open := c.bank.Account(c.vault(0)); !open {
					rentBack = rent(60)
				}
				if test.creators {
					require.Equal(t, paid, c.balance("creator")-creator)
					return
				}
				require.Equal(t, rentBack, c.balance("creator")-creator)
				require.Equal(t, paid-rentBack, c.lamports(treasury)-fees)
			})
		}
	}
}

package round_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// What a creator changes after somebody has read the terms fails that one's transaction, all of it.
func TestAssertTermsFailsTheTransactionOnceTheTermsChanged(t *testing.T) {
	for name, change := range map[string]func(*options){
		"deadline":           func(o *options) { o.deadline++ },
		"base window":        func(o *options) { o.baseWindow++ },
		"validation window":  func(o *options) { o.window-- },
		"commit window":      func(o *options) { o.commit++ },
		"base quorum":        func(o *options) { o.minPre++ },
		"gradient quorum":    func(o *options) { o.minPost++ },
		"stake":              func(o *options) { o.stake = 100 * sol },
		"committed scores":   func(o *options) { o.reveal = true },
		"rule of the reward": func(o *options) { o.rule = 1 },
		"win rate":           func(o *options) { o.rule = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			o := terms()
			o.minPre, o.minPost = 3, 3
			c.ok(c.create("creator", 0, sol), c.configure("creator", 0, o))
			read := c.terms(0)
			c.ok(c.assertTerms(0, read))

			change(&o)
			c.ok(c.configure("creator", 0, o))
			require.NotEqual(t, read, c.terms(0))
			c.fails(c.assertTerms(0, read), 6033)
			res := c.send(c.assertTerms(0, read), c.stake("zoe", 100*sol), c.prevalidate("zoe", 0, 5000))
			require.NotNil(t, res.Err)
			require.Contains(t, res.Logs, "Program log: AnchorError occurred. Error Code: TermsChanged. Error Number: 6033. Error Message: The round's terms are not those that were named: read the round again.")
			c.gone(c.stakeOf("zoe"))
			c.ok(c.assertTerms(0, c.terms(0)))
		})
	}
}

// Nothing that others do in a round changes its terms: nobody can fail a transaction by taking part.
func TestTermsStayWhileARoundRuns(t *testing.T) {
	c := newChain(t)
	read := map[uint64][]byte{}
	for i, s := range story(c) {
		if s.before != nil {
			s.before()
		}
		c.ok(s.call)
		for id := range uint64(6) {
			a, ok := c.bank.Account(c.round(id))
			if !ok || a.Owner != c.id {
				continue
			}
			if read[id] == nil || strings.HasPrefix(s.call.name, "configure_") {
				read[id] = c.terms(id)
			}
			require.Equal(t, read[id], c.terms(id), "step %d, %s: round %d", i, s.call.name, id)
			c.ok(c.assertTerms(id, read[id]))
		}
	}
	require.Len(t, read, 6)
}

// Every byte of a round's account is either covered, or one of those that the rules of a round write.
func TestTermsCoverEveryByteThatIsNoState(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	read := c.terms(0)
	original, _ := c.bank.Account(c.round(0))
	covered := func(at int) bool {
		return at < 132 || at >= 163 && at < 264 || at == 272 || at == 273 ||
			at >= 844 && at != 855 && (at < 880 || at >= 928) && at != 960 && at != 961
	}
	for at := 16; at < len(original.Data); at++ { // discriminator and id have errors of their own
		if at == 163 { // and so has the version
			continue
		}
		a := original.Clone()
		a.Data[at] ^= 1
		require.NoError(t, c.bank.SetAccount(c.round(0), a))
		code, _ := c.code(c.assertTerms(0, read))
		if covered(at) {
			require.EqualValues(t, 6033, code, "byte %d", at)
		} else {
			require.EqualValues(t, none, code, "byte %d", at)
		}
	}
	require.NoError(t, c.bank.SetAccount(c.round(0), svm.Account{Lamports: original.Lamports, Owner: original.Owner, Data: append(original.Clone().Data, 1, 2, 3)}))
	c.ok(c.assertTerms(0, read))
}

// Of the flags only the first is a term, and a sealed test is the same one once its key is revealed.
func TestTermsOfAFairRoundStayThroughDrawAndReveal(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	key := [32]byte{1, 2, 3}
	sealed := sha256.Sum256(key[:])
	set := func(flags byte, holdout [32]byte) {
		a, _ := c.bank.Account(c.round(0))
		a = a.Clone()
		a.Data[852] = flags
		copy(a.Data[928:], holdout[:])
		require.NoError(t, c.bank.SetAccount(c.round(0), a))
	}
	set(1, sealed)
	read := c.terms(0)
	c.ok(c.assertTerms(0, read))
	set(1|2|4, key)
	require.Equal(t, read, c.terms(0))
	c.ok(c.assertTerms(0, read))
	set(1|4, key)
	c.fails(c.assertTerms(0, read), 6033)
	set(2|4, key)
	c.fails(c.assertTerms(0, read), 6033)
}

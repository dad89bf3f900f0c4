package round_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// An explorer visits every state that some calls lead to, in whatever order they come. With -short it ends after the first few.
type explorer struct {
	*chain
	calls []call
	times []int64 // seconds after the start to which the clock may be moved, ascending
	cast  cast    // whose accounts the invariants look at
	seen  map[[32]byte]bool
	sent  int
	codes map[uint32]int // errors met
	ends  int            // states without the vault
}

// cast are the actors of a round: every validator may have scored the base and every trainer's head.
type cast struct{ validators, trainers []string }

// explore visits all states and returns their number.
func explore(c *chain, who cast, times []int64, calls ...call) *explorer {
	e := &explorer{chain: c, calls: calls, times: times, cast: who, seen: map[[32]byte]bool{}, codes: map[uint32]int{}}
	e.visit()
	return e
}

func (e *explorer) visit() {
	key := e.state()
	if e.seen[key] || testing.Short() && len(e.seen) == 50 {
		return
	}
	e.seen[key] = true
	e.invariants()
	if e.lamports(e.vault(0)) == 0 {
		e.ends++
	}
	here := e.bank.Snapshot()
	for _, k := range e.calls {
		e.sent++
		code, _ := e.code(k)
		e.codes[code]++
		if code == none {
			e.visit()
		} else {
			require.Equal(e.t, key, e.state(), "%s failed and left a trace", k.name)
		}
		e.bank.Restore(here)
	}
	for _, at := range e.times {
		if start+at > e.bank.UnixTime() {
			e.at(at)
			e.visit()
			e.bank.Restore(here)
			break // the others follow from there
		}
	}
}

// visited requires that there were so many states.
func (e *explorer) visited(states int) {
	e.t.Helper()
	e.t.Logf("%d states, %d transactions, errors %v", len(e.seen), e.sent, e.codes)
	if !testing.Short() {
		require.Equal(e.t, states, len(e.seen))
	}
}

// state is a digest of the time and of everything that the program owns.
func (e *explorer) state() (digest [32]byte) {
	h := sha256.New()
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(e.bank.UnixTime())))
	for _, change := range e.bank.ProgramAccounts(e.id) {
		sum := e.digest(change)
		h.Write(sum[:])
	}
	h.Sum(digest[:0])
	return digest
}

func (e *explorer) digest(change svm.AccountChange) [32]byte {
	text := append(change.Key.Bytes(), change.Account.Data...)
	return sha256.Sum256(binary.LittleEndian.AppendUint64(text, change.Account.Lamports))
}

// scoresOf reads the scores of one subject that exist on chain, and whether their rewards were claimed.
func (e *explorer) scoresOf(trainer string) (scores []score) {
	for _, v := range e.cast.validators {
		key, at := e.pre(0, v), 48
		if trainer != "" {
			key, at = e.post(0, trainer, v), 80
		}
		if _, ok := e.bank.Account(key); ok {
			a := e.data(key)
			scores = append(scores, score{validator: v, accuracy: a.u32(at), done: a.u8(at+4) != 0})
		}
	}
	return scores
}

// invariants compares the round's and the vault's fields with all the others', as the definitions of the specification
// say, in whatever state they are.
func (e *explorer) invariants() {
	t, r := e.t, e.data(e.round(0))
	g := &game{chain: e.chain, params: defaults(), reward: r.u64(114)}
	g.terms = options{minPre: r.u8(224), minPost: r.u8(225), rule: r.u8(273)}
	g.base = e.scoresOf("")
	require.EqualValues(t, len(g.base), r.u8(133))
	if len(g.base) > 0 {
		require.EqualValues(t, median(g.base), r.u64(153))
	}
	unvalidated := 0
	for _, name := range e.cast.trainers {
		if _, ok := e.bank.Account(e.gradient(0, name)); !ok {
			continue
		}
		a, h := e.data(e.gradient(0, name)), head{trainer: name, scores: e.scoresOf(name)}
		h.claimed = a.u8(130) != 0
		require.EqualValues(t, len(h.scores), a.u8(113))
		if len(h.scores) < int(g.terms.minPost) {
			unvalidated++
		}
		g.heads = append(g.heads, h)
	}
	require.EqualValues(t, len(g.heads), r.u8(142))
	require.EqualValues(t, unvalidated, r.u8(284))
	if r.u8(132) == 2 || e.lamports(e.vault(0)) == 0 {
		e.gone(e.vault(0))
		return
	}
	v := e.data(e.vault(0))
	g.paid, g.fees, g.forfeited, g.withdrawn = v.u64(16)+v.u64(24), v.u64(32), v.u64(40), v.u64(48)
	g.check()
	require.Equal(t, rent(60)+g.reward-g.paid-g.fees-g.withdrawn, e.lamports(e.vault(0)))
	if r.u8(132) == 1 {
		g.remainder()
	}
}

// TestEveryOrderOfScoring plays a round with two validators and two trainers in every order, cancellation, deadlines
// and both ways to finalize included.
func TestEveryOrderOfScoring(t *testing.T) {
	o := terms()
	o.minPost = 2
	c := opened(t, o)
	c.profiles("tom", "tim")
	who := cast{[]string{"ann", "ben"}, []string{"tom", "tim"}}
	for _, name := range who.validators {
		c.key(name)
	}
	e := explore(c, who, []int64{3600, 7200},
		c.prevalidate("ann", 0, 5000), c.prevalidate("ben", 0, 6000), c.submit("tom", 0, gradientCID), c.submit("tim", 0, gradientCID),
		c.postvalidate("ann", 0, "tom", 7000), c.postvalidate("ben", 0, "tom", 6500), c.postvalidate("ann", 0, "tim", 5500),
		c.postvalidate("ben", 0, "tim", 5001), c.finalize("creator", 0), c.force("eve", 0), c.cancel("creator", 0))
	e.visited(559)
}

// TestEveryOrderOfClaims pays a finished round out in every order: claims, forfeits, slashes, withdrawals, expiry.
func TestEveryOrderOfClaims(t *testing.T) {
	for rule, states := range map[uint8]int{0: 796, 1: 724, 2: 724} {
		o := terms()
		o.rule, o.minPre, o.minPost = rule, 3, 3
		c := newChain(t)
		c.ok(c.create("creator", 0, 1_000_003), c.configure("creator", 0, o))
		c.profiles("tom", "tim")
		for i, v := range []string{"ann", "ben", "zoe"} {
			c.ok(c.prevalidate(v, 0, []uint32{5000, 5000, 9000}[i]))
		}
		c.ok(c.submit("tom", 0, gradientCID), c.submit("tim", 0, gradientCID))
		for i, v := range []string{"ann", "ben", "zoe"} {
			c.ok(c.postvalidate(v, 0, "tom", 6000))
			c.ok(c.postvalidate(v, 0, "tim", []uint32{6500, 6500, 1}[i]))
		}
		c.ok(c.finalize("creator", 0))
		for _, v := range []string{"ann", "ben"} {
			c.ok(c.claimPre(v, 0), c.claimPost(v, 0, "tom"))
		}
		c.ok(c.claimPost("zoe", 0, "tom"))
		e := explore(c, cast{[]string{"ann", "ben", "zoe"}, []string{"tom", "tim"}}, []int64{181 * day},
			c.claim("tom", 0), c.claim("tim", 0), c.claimPre("zoe", 0), c.slash("eve", 0, c.pre(0, "zoe"), "zoe"),
			c.claimPost("ann", 0, "tim"), c.claimPost("zoe", 0, "tim"), c.slash("eve", 0, c.post(0, "tim", "zoe"), "zoe"),
			c.claimPost("ben", 0, "tim"), c.withdraw("creator", 0))
		e.visited(states)
	}
}

// TestEveryOrderOfCommitAndReveal plays a commit-reveal round in every order, at every side of every window.
func TestEveryOrderOfCommitAndReveal(t *testing.T) {
	o := terms()
	o.reveal, o.window, o.deadline = true, 600, start+2500
	c := opened(t, o)
	c.profiles("tom")
	who := cast{[]string{"ann", "ben"}, []string{"tom"}}
	for _, name := range who.validators {
		c.key(name)
	}
	e := explore(c, who, []int64{600, 1200, 1800, 2400, 2500},
		c.commit("ann", 0, "", 5000), c.commit("ben", 0, "", 6000), c.revealPre("ann", 0, 5000), c.revealPre("ben", 0, 6000),
		c.closeCommitment("ben", 0, ""), c.submit("tom", 0, gradientCID), c.commit("ann", 0, "tom", 7000),
		c.revealPost("ann", 0, "tom", 7000), c.closeCommitment("ann", 0, "tom"), c.finalize("creator", 0), c.force("eve", 0),
		c.cancel("creator", 0))
	e.visited(238)
}

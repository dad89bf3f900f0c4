package difftest

import (
	"math"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	roundprogram "github.com/decloud-sdk/decloud-go/internal/program/round"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// roundGen generates transactions for the round program: plausible next steps of several rounds, a third of them made
// invalid.
type roundGen struct {
	*pair
	creators, trainers, validators, all []solana.PrivateKey
	outsider                            solana.PrivateKey
	secrets                             []secret         // commitments made
	windows                             map[uint64]int64 // commit windows of rounds, in seconds
}

const goodCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"

func newRoundGen(t testing.TB, seed uint64) *roundGen {
	t.Helper()
	return newRoundGenOn(newPair(t, seed))
}

// newRoundGenOn deploys the program and funds all wallets.
func newRoundGenOn(p *pair) *roundGen {
	g := &roundGen{pair: p, windows: map[uint64]int64{}}
	g.deploy(programID, roundprogram.ELF())
	group := func(name string, n int) (out []solana.PrivateKey) {
		for i := range n {
			out = append(out, wallet(name, i))
			g.fund(out[i].PublicKey(), 1e12)
		}
		g.all = append(g.all, out...)
		return out
	}
	g.creators, g.trainers, g.validators = group("creator", 3), group("trainer", 5), group("validator", 6)
	g.outsider = group("outsider", 1)[0]
	g.fund(treasury, 1e9)
	return g
}

// step is one instruction and its signers.
type step struct {
	name string
	ixs  []instruction
	by   solana.PrivateKey
	done func(ok bool) // called with the outcome, if not nil
}

// cid returns a content id, valid or invalid.
func (g *roundGen) cid() string {
	switch g.rng.IntN(40) {
	case 0:
		return goodCID[:45]
	case 1:
		return goodCID + "aaaaaa"
	case 2:
		return "é" + goodCID[2:]
	case 3:
		return ""
	}
	b := []byte(goodCID)
	b[20] = "abcdefgh"[g.rng.IntN(8)]
	return string(b)
}

func (g *roundGen) reward() uint64 {
	if g.rng.IntN(8) > 0 {
		return pick(g.pair, []uint64{1e9, 5e8, 123_456_789, 1000, 100, 2, 1})
	}
	return pick(g.pair, []uint64{0, 1e12, 1 << 63, math.MaxUint64})
}

func (g *roundGen) accuracy() uint32 {
	if g.rng.IntN(15) == 0 {
		return pick(g.pair, []uint32{10_000, 10_001, math.MaxUint32, 65_535, 0})
	}
	return 8000 + uint32(g.rng.IntN(1000))
}

// roundID returns a round, mostly one of the latest.
func (g *roundGen) roundID() uint64 {
	n := g.roundCount()
	if n == 0 || g.rng.IntN(40) == 0 {
		return pick(g.pair, []uint64{n, n + 1, math.MaxUint64, 0})
	}
	return n - 1 - uint64(g.rng.IntN(int(min(n, 4))))
}

// next returns a step that fits the state of a round.
func (g *roundGen) next() step {
	id := g.roundID()
	r := g.round(id)
	switch {
	case g.roundCount() == 0 && g.rng.IntN(3) > 0:
		return g.initialize()
	case !r.exists || g.rng.IntN(60) == 0:
		return g.createRound()
	case g.rng.IntN(30) == 0:
		return g.stakeStep()
	case g.rng.IntN(120) == 0:
		return g.governStep()
	case len(g.secrets) > 0 && g.rng.IntN(50) == 0:
		return g.closeCommitment()
	case r.status == 0 && g.rng.IntN(40) > 0:
		return g.activeStep(id, r)
	}
	if g.rng.IntN(30) == 0 {
		return g.createRound()
	}
	return g.finalStep(id)
}

func (g *roundGen) activeStep(id uint64, r roundState) step {
	n := g.rng.IntN(100)
	if _, committed := g.windows[id]; committed && n%2 == 0 || n%50 == 0 {
		if len(g.secrets) > 0 && g.rng.IntN(2) == 0 {
			return g.reveal()
		}
		return g.commit(id)
	}
	switch {
	case r.gradients == 0 && (r.pre < 3 && n < 60 || n < 20) || n < 4:
		return g.prevalidate(id)
	case r.pre > 0 && n < 40 || n < 8:
		return g.submit(id)
	case r.gradients > 0 && n < 76:
		return g.postvalidate(id)
	case n < 78:
		return g.profile()
	case n < 83:
		return g.configure(id, r)
	case n < 84 || r.pre == 0 && n < 88:
		return g.simple("cancel_round", id, g.owner(r), func(who solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{rw(roundPDA(id)), rw(vaultPDA(id)), ws(who), sysMeta()}
		})
	case n < 95:
		return g.simple("finalize_round", id, g.owner(r), func(who solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{rw(roundPDA(id)), sg(who)}
		})
	case n < 97:
		return g.finalStep(id)
	}
	return g.simple("force_finalize", id, pick(g.pair, g.all), func(who solana.PublicKey) []*solana.AccountMeta {
		return []*solana.AccountMeta{rw(roundPDA(id)), sg(who)}
	})
}

// owner returns mostly the round's creator.
func (g *roundGen) owner(r roundState) solana.PrivateKey {
	for _, c := range g.creators {
		if c.PublicKey() == r.creator && g.rng.IntN(10) > 0 {
			return c
		}
	}
	return pick(g.pair, g.creators)
}

// simple returns an instruction whose only argument is the round.
func (g *roundGen) simple(name string, id uint64, who solana.PrivateKey, accounts func(solana.PublicKey) []*solana.AccountMeta) step {
	return step{name, []instruction{ix(call(name).u64(id), accounts(who.PublicKey())...)}, who, nil}
}

func (g *roundGen) initialize() step {
	who := pick(g.pair, g.creators)
	return step{"initialize", []instruction{ix(call("initialize"), rw(counterPDA()), ws(who.PublicKey()), sysMeta(), ro(programDataPDA()))}, who, nil}
}

func (g *roundGen) createRound() step {
	who, id := pick(g.pair, g.creators), g.roundCount()
	if g.rng.IntN(15) == 0 {
		id = g.roundID()
	}
	rating := pick(g.pair, []uint16{100, 100, 100, 500, 499})
	if g.rng.IntN(15) == 0 {
		rating = pick(g.pair, []uint16{99, 501, 0, 65_535})
	}
	a := call("create_round").u64(id).str(g.cid()).u8(uint8(g.rng.IntN(256))).u64(g.reward()).u16(rating)
	s := step{"create_round", []instruction{ix(a, rw(counterPDA()), rw(roundPDA(id)), rw(vaultPDA(id)), ws(who.PublicKey()), sysMeta())}, who, nil}
	if g.rng.IntN(2) == 0 {
		s.name = "create+configure"
		s.ixs = append(s.ixs, g.configure(id, roundState{createdAt: g.bank.UnixTime(), creator: who.PublicKey()}).ixs...)
	}
	return s
}

// option lists the usual and the rare values of an argument.
type option[T any] struct{ usual, odd []T }

func choose[T any](g *roundGen, o option[T]) T {
	if g.rng.IntN(25) == 0 {
		return pick(g.pair, o.odd)
	}
	return pick(g.pair, o.usual)
}

func (g *roundGen) configure(id uint64, r roundState) step {
	who := g.owner(r)
	window := choose(g, option[int64]{[]int64{1800, 60, 600}, []int64{0, -1, math.MaxInt64}})
	reveal := pick(g.pair, []uint8{0, 0, 1})
	if reveal == 1 && window > 0 && window < 1e6 {
		g.windows[id] = window
	} else {
		delete(g.windows, id)
	}
	rule := choose(g, option[uint8]{[]uint8{0, 0, 0, 1}, []uint8{2}})
	quorum := func() uint8 {
		if rule == 1 && g.rng.IntN(10) > 0 {
			return 3 // what that rule requires
		}
		return choose(g, option[uint8]{[]uint8{1, 1, 2, 3}, []uint8{0, 24, 25}})
	}
	a := call("configure_round").u64(id).
		i64(r.createdAt + choose(g, option[int64]{[]int64{20_000, 43_200, 43_200}, []int64{7200, 86_400, 100, 0, 3e6, math.MaxInt64 / 2}})).
		i64(choose(g, option[int64]{[]int64{0, 0, 60, 600}, []int64{-1, math.MaxInt64}})).
		i64(choose(g, option[int64]{[]int64{600, 3600, 60, 3600}, []int64{0, -1, math.MaxInt64}})).i64(window).u8(quorum()).u8(quorum()).
		u64(choose(g, option[uint64]{[]uint64{0, 0, 0, 1e6}, []uint64{1, math.MaxUint64}})).u8(reveal).u8(rule)
	return step{"configure_round", []instruction{ix(a, rw(roundPDA(id)), sg(who.PublicKey()))}, who, nil}
}

func (g *roundGen) profile() step {
	who := pick(g.pair, append(g.trainers, g.outsider))
	k := who.PublicKey()
	return step{"create_trainer_profile", []instruction{ix(call("create_trainer_profile"), rw(profilePDA(k)), ws(k), sysMeta())}, who, nil}
}

func (g *roundGen) prevalidate(id uint64) step {
	who := pick(g.pair, g.someValidators())
	k := who.PublicKey()
	return step{"prevalidate", []instruction{ix(call("prevalidate").u64(id).u32(g.accuracy()),
		rw(roundPDA(id)), ro(stakePDA(k)), rw(prePDA(id, k)), ws(k), sysMeta())}, who, nil}
}

// someValidators returns the validators, sometimes with other wallets.
func (g *roundGen) someValidators() []solana.PrivateKey {
	if g.rng.IntN(10) == 0 {
		return g.all
	}
	return g.validators
}

func (g *roundGen) submit(id uint64) step {
	who := pick(g.pair, g.trainers)
	if g.rng.IntN(15) == 0 {
		who = pick(g.pair, g.all)
	}
	k := who.PublicKey()
	s := step{"submit_gradient", []instruction{ix(call("submit_gradient").u64(id).str(g.cid()),
		rw(roundPDA(id)), ro(profilePDA(k)), rw(gradientPDA(id, k)), ws(k), sysMeta())}, who, nil}
	if _, ok := g.bank.Account(profilePDA(k)); !ok && g.rng.IntN(3) > 0 { // most trainers get their profile first
		s.ixs = append([]instruction{ix(call("create_trainer_profile"), rw(profilePDA(k)), ws(k), sysMeta())}, s.ixs...)
		s.name = "profile+submit"
	}
	return s
}

func (g *roundGen) postvalidate(id uint64) step {
	who, trainer := pick(g.pair, g.someValidators()), pick(g.pair, g.trainers).PublicKey()
	for range 4 {
		if g.tookPart(0, id, trainer, trainer) {
			break
		}
		trainer = pick(g.pair, g.trainers).PublicKey()
	}
	k := who.PublicKey()
	return step{"postvalidate", []instruction{ix(call("postvalidate").u64(id).u32(g.accuracy()),
		rw(roundPDA(id)), ro(stakePDA(k)), rw(gradientPDA(id, trainer)), rw(postPDA(id, trainer, k)), ws(k), sysMeta())}, who, nil}
}

// finalStep returns a step on a finalized round.
func (g *roundGen) finalStep(id uint64) step {
	if g.rng.IntN(3) == 0 {
		return g.lateStep(id)
	}
	choice := g.rng.IntN(7)
	trainer, validator := pick(g.pair, g.trainers), pick(g.pair, g.validators)
	for range 6 { // mostly a participant
		if g.rng.IntN(8) == 0 || g.tookPart(choice, id, trainer.PublicKey(), validator.PublicKey()) {
			break
		}
		trainer, validator = pick(g.pair, g.trainers), pick(g.pair, g.validators)
	}
	tk, vk := trainer.PublicKey(), validator.PublicKey()
	switch choice {
	case 0, 1:
		return g.simple("claim_trainer", id, trainer, func(k solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{ro(roundPDA(id)), rw(gradientPDA(id, k)), rw(profilePDA(k)), rw(vaultPDA(id)), rw(treasury), ws(k), sysMeta()}
		})
	case 2:
		return g.simple("claim_validator_pre", id, validator, func(k solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{ro(roundPDA(id)), rw(prePDA(id, k)), rw(vaultPDA(id)), rw(treasury), ws(k), sysMeta()}
		})
	case 3, 4:
		return g.simple("claim_validator_post", id, validator, func(solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{ro(roundPDA(id)), rw(postPDA(id, tk, vk)), rw(vaultPDA(id)), rw(treasury), ws(vk), sysMeta()}
		})
	case 5:
		return g.simple("settle_rating", id, g.outsider, func(k solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{ro(roundPDA(id)), rw(gradientPDA(id, tk)), rw(profilePDA(tk)), sg(k)}
		})
	}
	return g.simple("withdraw_remainder", id, g.owner(g.round(id)), func(k solana.PublicKey) []*solana.AccountMeta {
		return []*solana.AccountMeta{ro(roundPDA(id)), rw(vaultPDA(id)), ws(k), sysMeta()}
	})
}

// tookPart reports whether the account that a final step is about exists.
func (g *roundGen) tookPart(choice int, id uint64, t, v solana.PublicKey) bool {
	k := gradientPDA(id, t)
	switch choice {
	case 2:
		k = prePDA(id, v)
	case 3, 4:
		k = postPDA(id, t, v)
	}
	_, ok := g.bank.Account(k)
	return ok
}

// between makes changes other than transactions of the program: time passes, and lamports are sent to odd addresses.
func (g *roundGen) between() {
	switch g.rng.IntN(40) {
	case 0, 1:
		g.bank.Warp(time.Duration(g.rng.IntN(1000)) * time.Second)
	case 3:
		g.longWarp(time.Duration(g.rng.IntN(50_000)) * time.Second)
	case 4:
		g.bank.WarpSlots(uint64(g.rng.IntN(500)))
	case 5:
		g.prefund()
	case 6:
		for _, w := range g.all { // refill empty wallets
			if a, _ := g.bank.Account(w.PublicKey()); a.Lamports < 1e11 {
				g.fund(w.PublicKey(), 1e12)
			}
		}
	case 7:
		g.fund(treasury, pick(g.pair, []uint64{0, 1, 890_880, 1e9, 1e9, 1e9}))
	}
}

// longWarp occasionally lets a long time pass, which ends all running rounds.
func (g *roundGen) longWarp(d time.Duration) {
	if g.count%500 > 400 {
		g.bank.Warp(d)
	}
}

// prefund sends lamports to an address of the program.
func (g *roundGen) prefund() {
	id, v, t := g.roundCount(), pick(g.pair, g.validators).PublicKey(), pick(g.pair, g.trainers).PublicKey()
	k := pick(g.pair, []solana.PublicKey{
		roundPDA(id), vaultPDA(id), profilePDA(t), gradientPDA(id-1, t), prePDA(id-1, v), postPDA(id-1, t, v), stakePDA(v), counterPDA(), vaultPDA(id - 1),
	})
	if a, ok := g.bank.Account(k); ok {
		a.Lamports += 1000
		g.set(k, a)
		return
	}
	g.set(k, svm.Account{Lamports: pick(g.pair, []uint64{1, 890_880, 1e9}), RentEpoch: math.MaxUint64})
}

func TestRound(t *testing.T) {
	g := newRoundGen(t, 5)
	n := transactions(t, 6000)
	for i := 0; g.count < n; i++ {
		if i%600 == 500 {
			g.story()
		}
		s := g.next()
		if g.rng.IntN(3) == 0 {
			s = g.spoil(s)
		}
		g.run(s)
		g.between()
	}
	g.report()
	if n >= 6000 {
		for _, name := range []string{
			"create_round", "create+configure", "configure_round", "cancel_round", "prevalidate", "submit_gradient", "postvalidate",
			"finalize_round", "force_finalize", "claim_trainer", "claim_validator_pre",
			"claim_validator_post", "settle_rating", "withdraw_remainder", "stake", "request_unstake", "withdraw_stake",
			"commit_validation", "reveal_prevalidation", "reveal_postvalidation", "close_commitment", "slash_validator",
			"close_validation", "close_gradient", "close_round", "update_protocol", "propose_authority", "accept_authority",
		} {
			require.GreaterOrEqual(t, g.cells[name+"\t"], 3, "too few %s that succeed", name)
		}
	}
}

package difftest

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"github.com/gagliardetto/solana-go"
)

// The steps beyond a simple round: the protocol's parameters, stakes, commitments and reveals, slashing and closing.

func commitPDA(id uint64, subject, v solana.PublicKey) solana.PublicKey {
	return pda("commit", idBytes(id), subject[:], v[:])
}

// secret is what a validator committed to.
type secret struct {
	id       uint64
	subject  solana.PublicKey // zero: the base model
	by       solana.PrivateKey
	accuracy uint32
	salt     [32]byte
}

// commitHash is the hash of a commitment.
func (s secret) hash() [32]byte {
	v := s.by.PublicKey()
	b := append([]byte("decloud:v1"), programID[:]...)
	b = append(append(append(b, idBytes(s.id)...), s.subject[:]...), v[:]...)
	return sha256.Sum256(append(binary.LittleEndian.AppendUint32(b, s.accuracy), s.salt[:]...))
}

func (g *roundGen) commit(id uint64) step {
	s := secret{id: id, by: pick(g.pair, g.someValidators()), accuracy: g.accuracy()}
	gradient := ro(programID)
	for range g.rng.IntN(5) { // mostly one that exists
		t := pick(g.pair, g.trainers).PublicKey()
		if g.tookPart(0, id, t, t) || g.rng.IntN(30) == 0 {
			s.subject, gradient = t, ro(gradientPDA(id, t))
			break
		}
	}
	binary.LittleEndian.PutUint64(s.salt[:], g.rng.Uint64())
	return g.commitStep(s, gradient)
}

// commitStep returns a commitment, whose secret is remembered if it succeeds.
func (g *roundGen) commitStep(s secret, gradient *solana.AccountMeta) step {
	v, h := s.by.PublicKey(), s.hash()
	a := append(append(call("commit_validation").u64(s.id), s.subject[:]...), h[:]...)
	return step{"commit_validation", []instruction{ix(a, rw(roundPDA(s.id)), gradient, ro(stakePDA(v)), rw(commitPDA(s.id, s.subject, v)), ws(v), sysMeta())}, s.by,
		func(ok bool) {
			if ok || g.rng.IntN(50) == 0 {
				g.secrets = append(g.secrets, s)
			}
		}}
}

// reveal returns a reveal, mostly in time.
func (g *roundGen) reveal() step {
	s := g.secrets[len(g.secrets)-1-g.rng.IntN(min(len(g.secrets), 8))]
	if g.rng.IntN(12) == 0 {
		s.accuracy++
	}
	if wait := g.revealFrom(s) - g.bank.UnixTime(); wait > 0 && g.rng.IntN(3) > 0 {
		g.bank.Warp(time.Duration(wait) * time.Second)
	}
	return g.revealStep(s)
}

// revealStep reveals a commitment.
func (g *roundGen) revealStep(s secret) step {
	v := s.by.PublicKey()
	round, stake, commitment := rw(roundPDA(s.id)), ro(stakePDA(v)), rw(commitPDA(s.id, s.subject, v))
	if s.subject == (solana.PublicKey{}) {
		a := append(call("reveal_prevalidation").u64(s.id).u32(s.accuracy), s.salt[:]...)
		return step{"reveal_prevalidation", []instruction{ix(a, round, stake, rw(prePDA(s.id, v)), commitment, ws(v), sysMeta())}, s.by, nil}
	}
	a := append(call("reveal_postvalidation").u64(s.id).u32(s.accuracy), s.salt[:]...)
	return step{"reveal_postvalidation", []instruction{ix(a, round, stake, rw(gradientPDA(s.id, s.subject)), rw(postPDA(s.id, s.subject, v)), commitment, ws(v), sysMeta())}, s.by, nil}
}

// revealFrom returns the first time at which a commitment can be revealed, or 0.
func (g *roundGen) revealFrom(s secret) int64 {
	window := g.windows[s.id]
	if s.subject == (solana.PublicKey{}) {
		return g.round(s.id).createdAt + window
	}
	a, ok := g.bank.Account(gradientPDA(s.id, s.subject))
	if !ok || len(a.Data) < 142 {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(a.Data[134:])) + window
}

func (g *roundGen) closeCommitment() step {
	s := pick(g.pair, g.secrets)
	v := s.by.PublicKey()
	if g.rng.IntN(4) == 0 {
		g.longWarp(2 * time.Hour)
	}
	return step{"close_commitment", []instruction{ix(append(call("close_commitment").u64(s.id), s.subject[:]...), rw(commitPDA(s.id, s.subject, v)), ws(v))}, s.by, nil}
}

// stakeStep stakes, requests the stake back or withdraws it.
func (g *roundGen) stakeStep() step {
	who := pick(g.pair, g.someValidators())
	v := who.PublicKey()
	amount := pick(g.pair, []uint64{1e6, 1e6, 2e6, 1e9})
	if g.rng.IntN(10) == 0 {
		amount = pick(g.pair, []uint64{0, 1, 1 << 60, math.MaxUint64})
	}
	metas := []*solana.AccountMeta{rw(stakePDA(v)), ws(v), sysMeta()}
	switch g.rng.IntN(6) {
	case 0:
		return step{"request_unstake", []instruction{ix(call("request_unstake").u64(amount), append(metas, rw(counterPDA()))...)}, who, nil}
	case 1:
		g.longWarp(25 * time.Hour)
		return step{"withdraw_stake", []instruction{ix(call("withdraw_stake"), metas...)}, who, nil}
	}
	return step{"stake", []instruction{ix(call("stake").u64(amount), append(metas, rw(counterPDA()))...)}, who, nil}
}

// validation returns the account of a validation of a round, which mostly exists.
func (g *roundGen) validation(id uint64) (account, validator solana.PublicKey) {
	for range 6 {
		v, t := pick(g.pair, g.validators).PublicKey(), pick(g.pair, g.trainers).PublicKey()
		account, validator = prePDA(id, v), v
		if g.rng.IntN(3) > 0 {
			account = postPDA(id, t, v)
		}
		if _, ok := g.bank.Account(account); ok {
			break
		}
	}
	return account, validator
}

// lateStep returns a step on a finalized round other than a claim.
func (g *roundGen) lateStep(id uint64) step {
	who := pick(g.pair, g.all)
	k := who.PublicKey()
	if g.rng.IntN(5) == 0 {
		g.longWarp(25 * time.Hour)
	}
	switch g.rng.IntN(8) {
	case 0, 1, 2:
		account, v := g.validation(id)
		return step{"slash_validator", []instruction{ix(call("slash_validator").u64(id), ro(roundPDA(id)), rw(account), rw(stakePDA(v)), rw(vaultPDA(id)),
			rw(treasury), ws(k), sysMeta(), rw(counterPDA()))}, who, nil}
	case 3, 4:
		account, v := g.validation(id)
		return step{"close_validation", []instruction{ix(call("close_validation"), ro(roundPDA(id)), rw(account), rw(v), sg(k))}, who, nil}
	case 5, 6:
		t := pick(g.pair, g.trainers).PublicKey()
		for range 5 {
			if g.tookPart(0, id, t, t) {
				break
			}
			t = pick(g.pair, g.trainers).PublicKey()
		}
		return step{"close_gradient", []instruction{ix(call("close_gradient"), ro(roundPDA(id)), rw(gradientPDA(id, t)), rw(t), sg(k))}, who, nil}
	}
	if g.rng.IntN(6) == 0 {
		g.longWarp(181 * 24 * time.Hour)
	}
	return step{"close_round", []instruction{ix(call("close_round"), rw(roundPDA(id)), rw(g.round(id).creator), sg(k), ro(vaultPDA(id)))}, who, nil}
}

// governStep changes the protocol's parameters or its authority.
func (g *roundGen) governStep() step {
	who := g.creators[0]
	if a, ok := g.bank.Account(counterPDA()); ok && len(a.Data) > 49 {
		for _, w := range g.all {
			if k := w.PublicKey(); k == solana.PublicKey(a.Data[17:49]) {
				who = w
			}
		}
	}
	next := pick(g.pair, g.creators)
	if g.rng.IntN(6) == 0 {
		who = pick(g.pair, g.all)
	}
	switch g.rng.IntN(4) {
	case 0:
		k := next.PublicKey()
		return step{"propose_authority", []instruction{ix(append(call("propose_authority"), k[:]...), rw(counterPDA()), sg(who.PublicKey()))}, who, nil}
	case 1:
		return step{"accept_authority", []instruction{ix(call("accept_authority"), rw(counterPDA()), sg(next.PublicKey()))}, next, nil}
	}
	i64s := func(usual ...int64) int64 { return choose(g, option[int64]{usual, []int64{-1, math.MaxInt64, 0}}) }
	u16s := func(usual ...uint16) uint16 { return choose(g, option[uint16]{usual, []uint16{10_001, 65_535, 0}}) }
	a := call("update_protocol").u16(u16s(200, 0, 1000)).u16(u16s(1000, 2000)).i64(i64s(43_200, 7200)).i64(i64s(3600, 600)).i64(i64s(0, 60)).i64(i64s(1800, 60)).
		u8(choose(g, option[uint8]{[]uint8{1, 1, 1, 2}, []uint8{0, 25}})).u8(choose(g, option[uint8]{[]uint8{1, 1, 1, 2}, []uint8{0, 25}})).
		u64(choose(g, option[uint64]{[]uint64{1, 100}, []uint64{0, math.MaxUint64}})).u64(choose(g, option[uint64]{[]uint64{0, 0, 0, 0, 1e6}, []uint64{math.MaxUint64}})).
		i64(i64s(86_400, 86_401)).u16(u16s(500, 100)).u16(u16s(1000, 10_000)).u16(u16s(1000, 0)).i64(i64s(15_552_000, 86_400))
	metas := []*solana.AccountMeta{rw(counterPDA()), sg(who.PublicKey())}
	if g.rng.IntN(5) == 0 {
		metas = append(metas, rw(treasury))
	}
	return step{"update_protocol", []instruction{ix(a, metas...)}, who, nil}
}

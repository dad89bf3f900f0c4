package difftest

import (
	"encoding/binary"
	"time"

	"github.com/gagliardetto/solana-go"
)

// act runs a step that should succeed, sometimes after an invalid one of the same kind. It calls make for each.
func (g *roundGen) act(make func() step) {
	if g.rng.IntN(3) == 0 {
		g.run(g.spoil(make()))
	}
	g.run(make())
}

// story plays a whole round with commitments and stakes, from its creation to the closing of every account, so that
// each instruction succeeds often enough. It may fail because of earlier random steps, which is fine.
func (g *roundGen) story() {
	const window = 60
	id, creator, trainers := g.roundCount(), pick(g.pair, g.creators), g.trainers[:2]
	ck := creator.PublicKey()
	for _, w := range g.validators {
		k := w.PublicKey()
		g.act(func() step {
			return step{"stake", []instruction{ix(call("stake").u64(2e6), rw(stakePDA(k)), ws(k), sysMeta(), rw(counterPDA()))}, w, nil}
		})
	}
	g.act(func() step {
		options := call("configure_round").u64(id).i64(g.bank.UnixTime() + 20_000).i64(0).i64(600).i64(window).u8(3).u8(3).u64(1e6).u8(1).u8(uint8(g.rng.IntN(3)))
		return step{"create+configure", []instruction{
			ix(call("create_round").u64(id).str(goodCID).u8(1).u64(1e9).u16(100), rw(counterPDA()), rw(roundPDA(id)), rw(vaultPDA(id)), ws(ck), sysMeta()),
			ix(options, rw(roundPDA(id)), sg(ck)),
		}, creator, nil}
	})
	g.windows[id] = window
	g.commitAndReveal(id, solana.PublicKey{}, ro(programID))
	for _, w := range trainers {
		k := w.PublicKey()
		g.act(func() step {
			return step{"submit_gradient", []instruction{ix(call("submit_gradient").u64(id).str(goodCID[:58]+"b"), rw(roundPDA(id)), ro(profilePDA(k)), rw(gradientPDA(id, k)), ws(k), sysMeta())}, w, nil}
		})
		g.commitAndReveal(id, k, ro(gradientPDA(id, k)))
	}
	g.act(func() step {
		return g.simple("finalize_round", id, creator, func(k solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{rw(roundPDA(id)), sg(k)}
		})
	})
	for range 40 {
		g.act(func() step { return g.finalStep(id) })
	}
	g.closeAll(id, ck)
}

// commitAndReveal makes all validators commit to a subject and then reveal, one of them an outlier.
func (g *roundGen) commitAndReveal(id uint64, subject solana.PublicKey, gradient *solana.AccountMeta) {
	var secrets []secret
	for i, w := range g.validators {
		s := secret{id: id, subject: subject, by: w, accuracy: 8000 + uint32(g.rng.IntN(200))}
		if i == 0 {
			s.accuracy = 100
		}
		binary.LittleEndian.PutUint64(s.salt[:], g.rng.Uint64())
		secrets = append(secrets, s)
		g.act(func() step { return g.commitStep(s, ro(gradient.PublicKey)) })
	}
	g.bank.Warp(time.Duration(max(0, g.revealFrom(secrets[0])-g.bank.UnixTime())) * time.Second)
	for i, s := range secrets {
		if i < len(secrets)-1 { // the last one never reveals
			g.act(func() step { return g.revealStep(s) })
		}
	}
	g.bank.Warp(2 * time.Minute)
	last := secrets[len(secrets)-1]
	v := last.by.PublicKey()
	g.act(func() step {
		return step{"close_commitment", []instruction{ix(append(call("close_commitment").u64(id), subject[:]...), rw(commitPDA(id, subject, v)), ws(v))}, last.by, nil}
	})
}

// closeAll claims, slashes, withdraws and closes everything.
func (g *roundGen) closeAll(id uint64, creator solana.PublicKey) {
	g.bank.Warp(25 * time.Hour)
	for range 60 {
		g.act(func() step { return g.lateStep(id) })
	}
	for range 20 {
		g.act(func() step { return g.finalStep(id) })
	}
	for _, w := range g.validators {
		k := w.PublicKey()
		metas := func() []*solana.AccountMeta { return []*solana.AccountMeta{rw(stakePDA(k)), ws(k), sysMeta()} }
		g.act(func() step {
			return step{"request_unstake", []instruction{ix(call("request_unstake").u64(1e6), append(metas(), rw(counterPDA()))...)}, w, nil}
		})
	}
	for range 10 {
		g.act(g.governStep)
	}
	g.handOver()
	g.bank.Warp(181 * 24 * time.Hour)
	for _, w := range g.validators {
		k := w.PublicKey()
		g.act(func() step {
			return step{"withdraw_stake", []instruction{ix(call("withdraw_stake"), rw(stakePDA(k)), ws(k), sysMeta())}, w, nil}
		})
	}
	for range 30 {
		g.act(func() step { return g.lateStep(id) })
	}
	g.act(func() step {
		return g.simple("withdraw_remainder", id, g.owner(g.round(id)), func(k solana.PublicKey) []*solana.AccountMeta {
			return []*solana.AccountMeta{ro(roundPDA(id)), rw(vaultPDA(id)), ws(k), sysMeta()}
		})
	})
	g.act(func() step {
		return step{"close_round", []instruction{ix(call("close_round"), rw(roundPDA(id)), rw(creator), sg(g.outsider.PublicKey()), ro(vaultPDA(id)))}, g.outsider, nil}
	})
}

// handOver sets another authority of the protocol.
func (g *roundGen) handOver() {
	a, ok := g.bank.Account(counterPDA())
	if !ok || len(a.Data) < 49 {
		return
	}
	now, next := solana.PublicKey(a.Data[17:49]), pick(g.pair, g.creators)
	k := next.PublicKey()
	for _, w := range g.all {
		if w.PublicKey() == now {
			g.act(func() step {
				return step{"propose_authority", []instruction{ix(append(call("propose_authority"), k[:]...), rw(counterPDA()), sg(now))}, w, nil}
			})
		}
	}
	g.act(func() step {
		return step{"accept_authority", []instruction{ix(call("accept_authority"), rw(counterPDA()), sg(k))}, next, nil}
	})
}

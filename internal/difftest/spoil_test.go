package difftest

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// spoil makes a step invalid in one way.
func (g *roundGen) spoil(s step) step {
	in := &s.ixs[g.rng.IntN(len(s.ixs))]
	i := g.rng.IntN(len(in.accounts))
	m := in.accounts[i]
	switch g.rng.IntN(12) {
	case 0, 1, 2:
		m.PublicKey = g.substitute() // another account instead
	case 3:
		m.PublicKey = in.accounts[g.rng.IntN(len(in.accounts))].PublicKey // a duplicate
	case 4:
		m.IsWritable = !m.IsWritable
	case 5:
		if m.IsSigner = !m.IsSigner; !g.canSign(m.PublicKey) {
			m.IsSigner = false
		}
	case 6:
		in.accounts = in.accounts[:i]
	case 7:
		in.accounts = append(in.accounts, rw(g.substitute()), sysMeta())
	case 8:
		in.data = in.data[:g.rng.IntN(len(in.data)+1)]
	case 9:
		in.data = append(in.data, 1, 2, 3, 4)
	case 10:
		in.data[g.rng.IntN(len(in.data))] ^= 1 << g.rng.IntN(8)
	case 11:
		j := g.rng.IntN(len(in.accounts))
		in.accounts[i], in.accounts[j] = in.accounts[j], in.accounts[i]
	}
	return s
}

// canSign reports whether the secret of a key is known.
func (g *roundGen) canSign(k solana.PublicKey) bool {
	for _, w := range g.all {
		if w.PublicKey() == k {
			return true
		}
	}
	return false
}

// substitute returns some other account, which may not exist.
func (g *roundGen) substitute() solana.PublicKey {
	id := g.roundID()
	t, v := pick(g.pair, g.trainers).PublicKey(), pick(g.pair, g.validators).PublicKey()
	return pick(g.pair, []solana.PublicKey{
		counterPDA(), roundPDA(id), vaultPDA(id), profilePDA(t), gradientPDA(id, t), prePDA(id, v), postPDA(id, t, v), stakePDA(v),
		treasury, t, v, g.creators[0].PublicKey(), g.outsider.PublicKey(), programID, programDataPDA(), solana.SystemProgramID,
		solana.SysVarRentPubkey, solana.SysVarClockPubkey, {},
	})
}

// run sends a step.
func (g *roundGen) run(s step) { g.finish(s, g.prepare(s)) }

// finish sends a prepared step.
func (g *roundGen) finish(s step, tx *solana.Transaction) svm.Result {
	res := g.send(s.name, tx)
	if s.done != nil {
		s.done(res.Err == nil && res.Processed)
	}
	return res
}

// prepare signs a step. A signer that is not marked as one any more does not sign.
func (g *roundGen) prepare(s step) *solana.Transaction {
	ixs := make([]solana.Instruction, 0, len(s.ixs)+1)
	if g.rng.IntN(20) == 0 { // a small compute budget
		ixs = append(ixs, instruction{program: svm.ComputeBudgetID,
			data: binary.LittleEndian.AppendUint32([]byte{2}, uint32(g.rng.IntN(12_000)))})
	}
	for _, in := range s.ixs {
		ixs = append(ixs, in)
	}
	payer := s.by
	if g.rng.IntN(8) == 0 {
		payer = g.outsider
	}
	for _, in := range s.ixs {
		for _, m := range in.accounts {
			if m.IsSigner && !g.canSign(m.PublicKey) {
				m.IsSigner = false
			}
		}
	}
	return g.sign(payer, g.all, ixs...)
}

package difftest

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
)

// tokenGen generates instructions for SPL Token and the associated token account program, valid and invalid. They
// exercise cross-program invocations, return data, program addresses and growing accounts with programs of others.
type tokenGen struct {
	*pair
	people []solana.PrivateKey
	mints  []solana.PrivateKey
	boxes  []solana.PrivateKey // token accounts
}

func pick[T any](p *pair, from []T) T { return from[p.rng.IntN(len(from))] }

// associated returns the address of the associated token account of a wallet.
func associated(owner, mint solana.PublicKey) solana.PublicKey {
	k, _, err := solana.FindProgramAddress([][]byte{owner[:], tokenID[:], mint[:]}, ataID)
	if err != nil {
		panic(err)
	}
	return k
}

// box returns a token account, associated or not.
func (g *tokenGen) box() solana.PublicKey {
	if g.rng.IntN(2) == 0 {
		return pick(g.pair, g.boxes).PublicKey()
	}
	return associated(pick(g.pair, g.people).PublicKey(), pick(g.pair, g.mints).PublicKey())
}

func (g *tokenGen) amount() uint64 {
	return pick(g.pair, []uint64{0, 1, 5, 100, 1000, 1 << 40, math.MaxUint64})
}

// create creates an account of the token program.
func create(payer, key solana.PublicKey, lamports, space uint64) instruction {
	le := binary.LittleEndian
	d := le.AppendUint64(le.AppendUint64(le.AppendUint32(nil, 0), lamports), space)
	return instruction{solana.SystemProgramID, []*solana.AccountMeta{
		solana.NewAccountMeta(payer, true, true), solana.NewAccountMeta(key, true, true),
	}, append(d, tokenID[:]...)}
}

// instructions returns the instructions of one transaction.
func (g *tokenGen) instructions() (string, []solana.Instruction) {
	le := binary.LittleEndian
	person, mint := pick(g.pair, g.people).PublicKey(), pick(g.pair, g.mints).PublicKey()
	w := func(k solana.PublicKey) *solana.AccountMeta {
		return solana.NewAccountMeta(k, g.rng.IntN(15) > 0, false)
	}
	r := func(k solana.PublicKey) *solana.AccountMeta { return solana.NewAccountMeta(k, false, false) }
	s := func(k solana.PublicKey) *solana.AccountMeta {
		return solana.NewAccountMeta(k, false, g.rng.IntN(15) > 0)
	}
	token := func(d []byte, accounts ...*solana.AccountMeta) []solana.Instruction {
		if g.rng.IntN(25) == 0 {
			d = d[:g.rng.IntN(len(d))]
		}
		return []solana.Instruction{instruction{tokenID, accounts, d}}
	}
	a, b, n := g.box(), g.box(), g.amount()
	switch g.rng.IntN(11) {
	case 0:
		d := append([]byte{20, byte(g.rng.IntN(10))}, person[:]...) // InitializeMint2
		return "mint", append([]solana.Instruction{create(g.people[0].PublicKey(), mint, 1_461_600, 82)}, token(append(d, 0), w(mint))...)
	case 1:
		box := pick(g.pair, g.boxes).PublicKey()
		return "account", append([]solana.Instruction{create(g.people[0].PublicKey(), box, 2_039_280, 165)},
			token(append([]byte{18}, person[:]...), w(box), r(mint))...) // InitializeAccount3
	case 2, 3:
		ata := associated(person, mint)
		if g.rng.IntN(10) == 0 {
			ata = b
		}
		return "associated", []solana.Instruction{instruction{ataID, []*solana.AccountMeta{
			solana.NewAccountMeta(g.people[0].PublicKey(), true, true), w(ata), r(person), r(mint), r(solana.SystemProgramID), r(tokenID),
		}, []byte{byte(g.rng.IntN(2))}}}
	case 4, 5:
		return "mint to", token(le.AppendUint64([]byte{7}, n), w(mint), w(a), s(person))
	case 6, 7:
		return "transfer", token(le.AppendUint64([]byte{3}, n), w(a), w(b), s(person))
	case 8:
		return "approve", token(le.AppendUint64([]byte{4}, n), w(a), r(b), s(person))
	case 9:
		return "burn", token(le.AppendUint64([]byte{8}, n), w(a), w(mint), s(person))
	}
	return "close", token([]byte{9}, w(a), w(person), s(person))
}

func TestToken(t *testing.T) {
	g := &tokenGen{pair: newPair(t, 4)}
	g.deployBundled(tokenID, ataID)
	for i := range 3 {
		g.people = append(g.people, wallet("person", i))
		g.fund(g.people[i].PublicKey(), 1e13)
		g.boxes = append(g.boxes, wallet("box", i))
	}
	for i := range 2 {
		g.mints = append(g.mints, wallet("mint", i))
	}
	keys := append(append(append([]solana.PrivateKey{}, g.people...), g.mints...), g.boxes...)
	for range transactions(t, 800) {
		what, ixs := g.instructions()
		g.send(what, g.sign(g.people[0], keys, ixs...))
	}
	g.report()
}

package difftest

import (
	"encoding/binary"
	"math"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// setNonces creates nonce accounts in every state: empty, ready, legacy, underfunded, damaged.
func (g *systemGen) setNonces() {
	for _, k := range g.nonces {
		data := make([]byte, pick(g.pair, []int{80, 80, 80, 80, 79, 100, 8}))
		if len(data) >= 80 && g.rng.IntN(3) > 0 {
			binary.LittleEndian.PutUint32(data, pick(g.pair, []uint32{1, 1, 1, 0, 2}))
			data[4] = pick(g.pair, []byte{1, 1, 1, 2})
			authority := g.wallets[g.rng.IntN(2)].PublicKey()
			copy(data[8:], authority[:])
			data[40] = 7
		}
		owner := solana.SystemProgramID
		if g.rng.IntN(10) == 0 {
			owner = solana.TokenProgramID
		}
		g.set(k, svm.Account{Lamports: svm.RentExempt(80) + pick(g.pair, []uint64{0, 0, 1e6, 2e6}), Data: data, Owner: owner, RentEpoch: math.MaxUint64})
	}
}

// nonceInstruction returns one of the system program's instructions for durable nonces.
func (g *systemGen) nonceInstruction() instruction {
	le := binary.LittleEndian
	nonce := solana.NewAccountMeta(pick(g.pair, g.nonces), g.rng.IntN(12) > 0, false)
	hashes, rent := ro(solana.SysVarRecentBlockHashesPubkey), ro(solana.SysVarRentPubkey)
	authority := g.meta(g.wallets[g.rng.IntN(2)].PublicKey())
	who := g.wallets[g.rng.IntN(2)].PublicKey()
	tag := pick(g.pair, []uint32{4, 4, 5, 5, 6, 7, 12})
	d := le.AppendUint32(nil, tag)
	in := instruction{program: solana.SystemProgramID}
	switch tag {
	case 4:
		in.accounts = []*solana.AccountMeta{nonce, hashes, authority}
	case 5:
		a, _ := g.bank.Account(nonce.PublicKey)
		d = le.AppendUint64(d, pick(g.pair, []uint64{0, 1, 1e6, a.Lamports, a.Lamports, a.Lamports + 1, math.MaxUint64}))
		in.accounts = []*solana.AccountMeta{nonce, g.meta(g.key()), hashes, rent, authority}
	case 6:
		d = append(d, who[:]...)
		in.accounts = []*solana.AccountMeta{nonce, hashes, rent}
	case 7:
		d = append(d, who[:]...)
		in.accounts = []*solana.AccountMeta{nonce, authority}
	case 12:
		in.accounts = []*solana.AccountMeta{nonce}
	}
	in.data = d
	switch g.rng.IntN(20) {
	case 0:
		in.data = d[:g.rng.IntN(len(d)+1)]
	case 1:
		in.accounts = in.accounts[:g.rng.IntN(len(in.accounts))]
	case 2:
		in.accounts[g.rng.IntN(len(in.accounts))].PublicKey = g.key()
	}
	return g.signable(in)
}

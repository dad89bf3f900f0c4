package difftest

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// systemGen generates instructions of the system program, valid and invalid.
type systemGen struct {
	*pair
	wallets []solana.PrivateKey
	keys    []solana.PublicKey // wallets and other addresses
	nonces  []solana.PublicKey // accounts with the size of a durable nonce
}

// amounts are interesting lamports and sizes.
var amounts = []uint64{0, 1, 1000, 890_879, 890_880, 890_881, 1_000_000, 5_000_000, 1e9, 1e12, 10_240, 10<<20 + 1, math.MaxUint64, math.MaxUint64 - 1}

func (g *systemGen) amount() uint64 { return amounts[g.rng.IntN(len(amounts))] }

func (g *systemGen) size() uint64 {
	return []uint64{0, 0, 1, 8, 80, 200, 1000, 10_240, 20_000, 10<<20 + 1, math.MaxUint64}[g.rng.IntN(11)]
}

func (g *systemGen) key() solana.PublicKey { return g.keys[g.rng.IntN(len(g.keys))] }

// owners are the programs that accounts are assigned to.
func (g *systemGen) owner() solana.PublicKey {
	return []solana.PublicKey{solana.SystemProgramID, g.keys[0], solana.TokenProgramID, {}}[g.rng.IntN(4)]
}

func (g *systemGen) meta(k solana.PublicKey) *solana.AccountMeta {
	return solana.NewAccountMeta(k, g.rng.IntN(8) > 0, g.rng.IntN(4) > 0)
}

// data encodes a system instruction.
func (g *systemGen) data(tag uint32, base, derived solana.PublicKey, seed string) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, tag)
	str := func() { b = append(le.AppendUint64(b, uint64(len(seed))), seed...) }
	owner := g.owner()
	switch tag {
	case 0, 13:
		b = append(le.AppendUint64(le.AppendUint64(b, g.amount()), g.size()), owner[:]...)
	case 1:
		b = append(b, owner[:]...)
	case 2:
		b = le.AppendUint64(b, g.amount())
	case 3:
		b = append(b, base[:]...)
		str()
		b = append(le.AppendUint64(le.AppendUint64(b, g.amount()), g.size()), seededOwner[:]...)
	case 8:
		b = le.AppendUint64(b, g.size())
	case 9:
		b = append(b, base[:]...)
		str()
		b = append(le.AppendUint64(b, g.size()), seededOwner[:]...)
	case 10:
		b = append(b, base[:]...)
		str()
		b = append(b, seededOwner[:]...)
	case 11:
		b = le.AppendUint64(b, g.amount())
		str()
		b = append(b, seededOwner[:]...)
	}
	switch g.rng.IntN(12) {
	case 0:
		b = b[:g.rng.IntN(len(b)+1)]
	case 1:
		b = append(b, 1, 2, 3)
	}
	return b
}

// seededOwner is the owner used for all derived addresses.
var seededOwner = solana.SystemProgramID

func (g *systemGen) instruction() instruction {
	tags := []uint32{0, 0, 1, 2, 2, 2, 3, 8, 9, 10, 11, 13, 14, 99}
	tag := tags[g.rng.IntN(len(tags))]
	if g.rng.IntN(4) == 0 {
		return g.nonceInstruction()
	}
	base := g.wallets[g.rng.IntN(len(g.wallets))].PublicKey()
	seed := []string{"", "a", "seed", "a seed of thirty-two bytes long!", "a seed that is longer than thirty-two bytes"}[g.rng.IntN(5)]
	sum := sha256.Sum256(append(append(append([]byte{}, base[:]...), seed...), seededOwner[:]...))
	derived := solana.PublicKey(sum)
	if g.rng.IntN(6) == 0 {
		derived = g.key()
	}
	in := instruction{program: solana.SystemProgramID, data: g.data(tag, base, derived, seed)}
	switch tag {
	case 3:
		in.accounts = []*solana.AccountMeta{g.meta(g.key()), g.meta(derived), g.meta(base)}
		in.accounts[1].IsSigner = false
	case 9, 10:
		in.accounts = []*solana.AccountMeta{g.meta(derived), g.meta(base)}
		in.accounts[0].IsSigner = false
	case 11:
		in.accounts = []*solana.AccountMeta{g.meta(derived), g.meta(base), g.meta(g.key())}
		in.accounts[0].IsSigner = false
	default:
		for range 2 {
			in.accounts = append(in.accounts, g.meta(g.key()))
		}
	}
	if g.rng.IntN(20) == 0 {
		in.accounts = in.accounts[:g.rng.IntN(len(in.accounts))]
	}
	return g.signable(in)
}

// signable marks only wallets as signers, since nothing else can sign.
func (g *systemGen) signable(in instruction) instruction {
	for _, m := range in.accounts {
		m.IsSigner = m.IsSigner && g.isWallet(m.PublicKey)
	}
	return in
}

func (g *systemGen) isWallet(k solana.PublicKey) bool {
	for _, w := range g.wallets {
		if w.PublicKey() == k {
			return true
		}
	}
	return false
}

// budget returns an instruction of the compute budget program.
func (g *systemGen) budget() instruction {
	le := binary.LittleEndian
	var d []byte
	switch g.rng.IntN(6) {
	case 0:
		d = le.AppendUint32([]byte{1}, []uint32{32768, 65536, 262144, 1000, 40000}[g.rng.IntN(5)])
	case 1:
		d = le.AppendUint32([]byte{2}, []uint32{0, 149, 150, 300, 1000, 200_000, math.MaxUint32}[g.rng.IntN(7)])
	case 2:
		d = le.AppendUint64([]byte{3}, []uint64{0, 1, 1_000_000, 7_777_777, 1 << 40, math.MaxUint64}[g.rng.IntN(6)])
	case 3:
		d = le.AppendUint32([]byte{4}, []uint32{0, 1, 100, 100_000, math.MaxUint32}[g.rng.IntN(5)])
	case 4:
		d = []byte{byte(g.rng.IntN(6))}
	default:
		d = le.AppendUint32([]byte{2}, 100_000)
	}
	return instruction{program: svm.ComputeBudgetID, data: d}
}

func TestSystemProgram(t *testing.T) {
	g := &systemGen{pair: newPair(t, 1)}
	for i := range 8 {
		g.wallets = append(g.wallets, wallet("system", i))
		g.keys = append(g.keys, g.wallets[i].PublicKey())
	}
	for i := range 4 {
		g.keys = append(g.keys, wallet("other", i).PublicKey())
	}
	g.keys = append(g.keys, solana.SystemProgramID, solana.SysVarRentPubkey)
	for i := range 3 {
		g.nonces = append(g.nonces, wallet("nonce", i).PublicKey())
	}
	n := transactions(t, 1000)
	for i := range n {
		if i%50 == 0 { // reset: accounts with few and many lamports, foreign ones, and some with data
			for j, w := range g.wallets {
				g.fund(w.PublicKey(), []uint64{1e12, 1e9, 5000, 895_880, 4999, 1e6, 0, 2e9}[j])
			}
			for j := range 4 {
				g.fund(wallet("other", j).PublicKey(), 0)
			}
			g.setNonces()
			g.set(g.wallets[7].PublicKey(), svm.Account{Lamports: 2e9, Data: make([]byte, 10), Owner: solana.TokenProgramID, RentEpoch: math.MaxUint64})
		}
		var ixs []solana.Instruction
		for range 1 + g.rng.IntN(3) {
			ixs = append(ixs, g.instruction())
		}
		for range max(0, g.rng.IntN(5)-2) {
			ixs = append(ixs, g.budget())
		}
		payer := g.wallets[0]
		if g.rng.IntN(6) == 0 {
			payer = g.wallets[g.rng.IntN(len(g.wallets))]
		}
		keys := g.wallets
		if g.rng.IntN(30) == 0 {
			keys = nil // a signature is missing
		}
		g.send("system", g.sign(payer, keys, ixs...))
		if g.rng.IntN(10) == 0 {
			g.bank.WarpSlots(uint64(g.rng.IntN(1000)))
		}
	}
	require.Equal(t, n, g.count)
	g.report()
}

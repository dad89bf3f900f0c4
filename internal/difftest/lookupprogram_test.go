package difftest

import (
	"encoding/binary"
	"math"
	"regexp"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// lookupGen generates instructions of the lookup table program, valid and invalid.
type lookupGen struct {
	*pair
	wallets []solana.PrivateKey
	tables  []solana.PublicKey
}

func (g *lookupGen) wallet() solana.PublicKey {
	return g.wallets[g.rng.IntN(len(g.wallets))].PublicKey()
}

// meta returns an account, sometimes read-only or without its signature.
func (g *lookupGen) meta(k solana.PublicKey, signs, writable bool) *solana.AccountMeta {
	return solana.NewAccountMeta(k, writable != (g.rng.IntN(20) == 0), signs && g.rng.IntN(20) > 0)
}

// derive returns the address and bump of a table.
func derive(t testing.TB, authority solana.PublicKey, slot uint64) (solana.PublicKey, uint8) {
	t.Helper()
	k, bump, err := solana.FindProgramAddress([][]byte{authority[:], binary.LittleEndian.AppendUint64(nil, slot)}, tableProgram)
	require.NoError(t, err)
	return k, bump
}

func (g *lookupGen) create() instruction {
	who := g.wallet()
	slot := g.bank.Slot() - []uint64{1, 1, 1, 2, 512, 513, 0}[g.rng.IntN(7)]
	k, bump := derive(g.t, who, slot)
	if g.rng.IntN(4) == 0 && len(g.tables) > 0 {
		k = g.table()
	} else {
		g.tables = append(g.tables, k)
	}
	if g.rng.IntN(20) == 0 {
		bump--
	}
	data := append(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 0), slot), bump)
	return instruction{tableProgram, []*solana.AccountMeta{
		g.meta(k, false, true), g.meta(who, g.rng.IntN(2) == 0, false), g.meta(g.wallet(), true, true), solana.Meta(solana.SystemProgramID),
	}, data}
}

func (g *lookupGen) table() solana.PublicKey {
	if n := len(g.tables); n > 0 {
		return g.tables[max(0, n-1-g.rng.IntN(6))]
	}
	return g.wallet()
}

// authority returns mostly the one that the table has.
func (g *lookupGen) authority(table solana.PublicKey) solana.PublicKey {
	a, _ := g.bank.Account(table)
	if len(a.Data) < 56 || g.rng.IntN(10) == 0 {
		return g.wallet()
	}
	if k := solana.PublicKey(a.Data[22:54]); g.isWallet(k) {
		return k
	}
	return g.wallet()
}

func (g *lookupGen) isWallet(k solana.PublicKey) bool {
	for _, w := range g.wallets {
		if w.PublicKey() == k {
			return true
		}
	}
	return false
}

func (g *lookupGen) change() instruction {
	k := g.table()
	in := instruction{tableProgram, []*solana.AccountMeta{g.meta(k, false, true), g.meta(g.authority(k), true, false)}, nil}
	tag := []uint32{1, 2, 2, 2, 2, 3, 3, 4, 4, 4}[g.rng.IntN(10)]
	in.data = binary.LittleEndian.AppendUint32(nil, tag)
	switch tag {
	case 2:
		n := []int{0, 1, 1, 3, 20}[g.rng.IntN(5)]
		in.data = binary.LittleEndian.AppendUint64(in.data, uint64(n))
		for range n {
			in.data = append(in.data, g.tables[0][:]...)
		}
		if g.rng.IntN(3) > 0 {
			in.accounts = append(in.accounts, g.meta(g.wallet(), true, true), solana.Meta(solana.SystemProgramID))
		}
	case 4:
		to := g.wallet()
		if g.rng.IntN(20) == 0 {
			to = k
		}
		in.accounts = append(in.accounts, g.meta(to, false, true))
	}
	return in
}

// spoil returns the instruction, sometimes with data or accounts missing.
func (g *lookupGen) spoil(in instruction) instruction {
	switch g.rng.IntN(25) {
	case 0:
		in.accounts = in.accounts[:g.rng.IntN(len(in.accounts))]
	case 1:
		in.data = in.data[:g.rng.IntN(len(in.data))]
	case 2:
		in.data = append(in.data, 1, 2, 3)
	case 3:
		in.data = binary.LittleEndian.AppendUint32(nil, 5)
	case 4:
		in.data = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 2), math.MaxUint64)
	}
	return in
}

var consumed = regexp.MustCompile(`consumed \d+ of \d+`)

// withoutUnits leaves compute units out of logs.
func withoutUnits(logs []string) []string {
	out := make([]string, len(logs))
	for i, line := range logs {
		out[i] = consumed.ReplaceAllString(line, "consumed")
	}
	return out
}

// full returns a table that can take a few more addresses, or none.
func (g *lookupGen) full(authority solana.PublicKey, addresses int) {
	k := wallet("full", addresses).PublicKey()
	data := table(math.MaxUint64, 5, 0, make([]solana.PublicKey, addresses)...)
	data[21] = 1
	copy(data[22:], authority[:])
	g.set(k, svm.Account{Lamports: svm.RentExempt(len(data)) + 1e7, Data: data, Owner: tableProgram, RentEpoch: math.MaxUint64})
	g.tables = append(g.tables, k)
}

// TestLookupTableProgram compares the lookup table program with the one that clusters run. Compute units are left out:
// ours takes constants.
func TestLookupTableProgram(t *testing.T) {
	g := &lookupGen{pair: newPair(t, 9)}
	g.units = withoutUnits
	for i := range 3 {
		g.wallets = append(g.wallets, wallet("lookup", i))
		g.fund(g.wallets[i].PublicKey(), 1e12)
	}
	g.full(g.wallet(), 255)
	g.full(g.wallet(), 256)
	g.set(wallet("not a table", 0).PublicKey(), svm.Account{Lamports: 1e9, Data: make([]byte, 56), Owner: tableProgram, RentEpoch: math.MaxUint64})
	g.tables = append(g.tables, wallet("not a table", 0).PublicKey())
	for range transactions(t, 800) {
		hashes, _ := g.bank.Account(solana.SysVarSlotHashesPubkey)
		g.o.call(litesvm.Request{Op: "set", Key: solana.SysVarSlotHashesPubkey[:], Account: litesvm.AccountOf(hashes)})
		what, generate := "change", g.change
		if g.rng.IntN(5) == 0 {
			what, generate = "create", g.create
		}
		g.send(what, g.sign(g.wallets[g.rng.IntN(3)], g.wallets, g.spoil(generate())))
		if g.rng.IntN(8) == 0 {
			g.bank.WarpSlots(uint64([]int{1, 400, 511, 513}[g.rng.IntN(4)]))
		}
	}
	g.report()
}

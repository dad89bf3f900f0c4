package probe_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

func TestLock(t *testing.T) {
	programtest.CheckLock(t, "probe", committed)
	programtest.CheckSourceHash(t, "probe", "probe/Cargo.toml", "probe/src/lib.rs")
}

// TestProducts compares products on chain with exact ones. The host's tests of the same source try many more: these are
// about the compiler, which has no 128-bit arithmetic.
func TestProducts(t *testing.T) {
	bank := newBank(t)
	check := func(a, b, c uint64) uint64 {
		t.Helper()
		res := send(t, bank, "product", numbers(a, b, c))
		want := new(big.Int).Mul(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
		if c == 0 || !want.Quo(want, new(big.Int).SetUint64(c)).IsUint64() {
			fails(t, res, 6000)
			require.Contains(t, res.Logs[2], "AnchorError occurred. Error Code: Overflow. Error Number: 6000.")
			return 0
		}
		require.Equal(t, want.Uint64(), binary.LittleEndian.Uint64(event(t, res, "Product")), "%d·%d/%d", a, b, c)
		return res.ComputeUnits
	}
	edges := []uint64{0, 1, 2, 10_000, 1<<31 + 1, math.MaxUint32, 1 << 32, 1<<32 + 1, 1<<63 - 1, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}
	highest := uint64(0)
	for _, a := range edges {
		for _, b := range edges {
			for _, c := range edges {
				highest = max(highest, check(a, b, c))
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		a, b := r.Uint64()>>r.IntN(64), r.Uint64()>>r.IntN(64)
		highest = max(highest, check(a, b, max(a, b)), check(a, b, r.Uint64()>>r.IntN(64)))
	}
	t.Logf("at most %d compute units, all of the instruction", highest)
	require.Less(t, highest, uint64(600))
}

// accounts are n accounts whose keys begin with 1, 2 and so on: the first signs no transaction.
func accounts(n int) (metas []*solana.AccountMeta) {
	for i := range n {
		metas = append(metas, solana.NewAccountMeta(solana.PublicKey{byte(i + 1)}, i%2 == 0, false))
	}
	return metas
}

func TestSixteenAccounts(t *testing.T) {
	bank := newBank(t)
	flag := func(b bool) byte {
		if b {
			return 1
		}
		return 0
	}
	check := func(metas []*solana.AccountMeta) {
		t.Helper()
		var want []byte
		for _, m := range metas[:16] {
			want = append(want, m.PublicKey[0], flag(m.IsSigner), flag(m.IsWritable))
		}
		require.Equal(t, want, event(t, send(t, bank, "look", nil, metas...), "Seen"))
	}
	check(accounts(16))
	check(accounts(17))
	twice := accounts(20)
	twice[15], twice[18], twice[19] = twice[2], twice[17], twice[1] // one seen, twins of one unseen and of one seen behind
	check(twice)
	payer := accounts(16)
	payer[15] = solana.NewAccountMeta(key("payer").PublicKey(), true, true)
	check(payer)
	fails(t, send(t, bank, "look", nil, accounts(15)...), 3005)
}

// safe returns the address of a safe and its bump.
func safe(t *testing.T, number uint64) (solana.PublicKey, byte) {
	address, bump, err := solana.FindProgramAddress([][]byte{[]byte("safe"), []byte("of"), numbers(number)}, id)
	require.NoError(t, err)
	return address, bump
}

// TestCallWithManyAccounts lets the program call itself with 15 accounts; one of its own addresses signs.
func TestCallWithManyAccounts(t *testing.T) {
	bank := newBank(t)
	address, bump := safe(t, 7)
	metas := append([]*solana.AccountMeta{solana.NewAccountMeta(id, false, false), solana.NewAccountMeta(address, false, false)}, accounts(14)...)
	look := sha256.Sum256([]byte("global:look"))
	data := append(append(numbers(7), bump), look[:8]...)
	// The called instruction wants one account more: it runs, and says so.
	res := send(t, bank, "relay", data, metas...)
	fails(t, res, 3005)
	require.Contains(t, strings.Join(res.Logs, "\n"), "Program log: Instruction: Look")

	product := sha256.Sum256([]byte("global:product"))
	data = append(append(append(numbers(7), bump), product[:8]...), numbers(math.MaxUint64, math.MaxUint64, math.MaxUint64)...)
	got := event(t, send(t, bank, "relay", data, metas...), "Product")
	require.Equal(t, numbers(math.MaxUint64), got)

	data[8] ^= 1 // another bump: another address, or none, whose signature the call lacks
	res = send(t, bank, "relay", data, metas...)
	require.NotNil(t, res.Err)
	require.NotEqual(t, "Custom", res.Err.Instruction.Kind)
}

func TestAddressesThatSign(t *testing.T) {
	bank := newBank(t)
	one, _ := safe(t, 1)
	two, _ := safe(t, 2)
	payer := key("payer").PublicKey()
	for i, address := range []solana.PublicKey{one, two} {
		data := numbers(uint64(i+1), 3e9)
		res := send(t, bank, "open", data, solana.NewAccountMeta(address, true, false), solana.NewAccountMeta(payer, true, true),
			solana.NewAccountMeta(solana.SystemProgramID, false, false))
		require.Nil(t, res.Err, res.Logs)
	}
	to := solana.PublicKey{9}
	metas := []*solana.AccountMeta{solana.NewAccountMeta(one, true, false), solana.NewAccountMeta(two, true, false),
		solana.NewAccountMeta(to, true, false), solana.NewAccountMeta(solana.SystemProgramID, false, false)}
	res := send(t, bank, "spend", numbers(1, 2, 1e9), metas...)
	require.Nil(t, res.Err, res.Logs)
	for address, want := range map[solana.PublicKey]uint64{one: 2e9, two: 2e9, to: 2e9} {
		a, _ := bank.Account(address)
		require.Equal(t, want, a.Lamports)
	}
	res = send(t, bank, "spend", numbers(2, 1, 1e9), metas...)
	fails(t, res, 2006)
	require.Contains(t, res.Logs[2], "AnchorError caused by account: safe. Error Code: ConstraintSeeds.")
}

func TestAddressWithSeed(t *testing.T) {
	base := solana.PublicKey{5}
	want, err := solana.CreateWithSeed(base, "roster-1", id)
	require.NoError(t, err)
	data := append(binary.LittleEndian.AppendUint32(nil, 8), "roster-1"...)
	got := event(t, send(t, newBank(t), "seeded", data, solana.NewAccountMeta(base, false, false)), "Seeded")
	require.Equal(t, want[:], got)
}

func TestTime(t *testing.T) {
	if suite.Mirrored() {
		t.Skip("litesvm knows one slot's hash only")
	}
	bank := newBank(t)
	bank.WarpSlots(700 - bank.Slot())
	// look searches from the slot of its transaction on, or later or earlier.
	look := func(offset int) (search byte, hash []byte) {
		slot := bank.Slot() // the transaction moves it on
		got := event(t, send(t, bank, "time", numbers(slot+uint64(offset))), "Time")
		require.Equal(t, numbers(slot, uint64(bank.UnixTime())), got[:16])
		return got[16], got[17:]
	}
	seen := map[string]bool{}
	for _, offset := range []int{-1, -3, -100, -400, -512} {
		search, hash := look(offset)
		require.Zero(t, search, offset)
		seen[string(hash)] = true
	}
	require.Len(t, seen, 5, "each slot has a hash of its own")
	for offset, want := range map[int]byte{0: 1, 8: 1, -513: 2, -600: 2} {
		search, hash := look(offset)
		require.Equal(t, want, search, offset)
		require.Equal(t, make([]byte, 32), hash)
	}
}

// TestLargeAccount writes an account that is larger than what a program may create: 256 records in it.
func TestLargeAccount(t *testing.T) {
	bank := newBank(t)
	roster, owner := solana.PublicKey{1}, solana.PublicKey{7, 8, 9}
	sum := sha256.Sum256([]byte("account:Roster"))
	data := make([]byte, 40+256*86)
	copy(data[copy(data, sum[:8]):], owner[:])
	require.NoError(t, bank.SetAccount(roster, svm.Account{Lamports: 1e9, Owner: id, Data: data}))
	res := send(t, bank, "fill", numbers(1000), solana.NewAccountMeta(roster, true, false))
	require.Nil(t, res.Err, res.Logs)
	for i := range 256 {
		place := data[40+86*i:]
		place[copy(place, owner[:])] = byte(i)
		binary.LittleEndian.PutUint64(place[33:], uint64(1000+i))
	}
	a, _ := bank.Account(roster)
	require.Equal(t, data, a.Data)

	require.NoError(t, bank.SetAccount(roster, svm.Account{Lamports: 1e9, Owner: id, Data: data[:len(data)-1]}))
	fails(t, send(t, bank, "fill", numbers(0), solana.NewAccountMeta(roster, true, false)), 3003)
}

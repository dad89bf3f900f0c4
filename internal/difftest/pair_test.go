package difftest

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// pair is the local chain and litesvm, with the same state.
type pair struct {
	t     testing.TB
	bank  *svm.Bank
	o     *oracle
	rng   *rand.Rand
	count int
	cells map[string]int          // number of transactions by kind and outcome
	units func([]string) []string // if set, units are not compared, and logs without what it removes
}

// newPair starts both. defaultSeed is the random seed, unless DECLOUD_DIFF_SEED sets another one.
func newPair(t testing.TB, defaultSeed uint64) *pair {
	t.Helper()
	// Only transactions and warps advance slots, so that both chains agree on them.
	return newPairOn(t, defaultSeed, svm.Config{SlotTime: -1, StartSlot: 1000})
}

// newPairOn is newPair with a configuration. Only warps move the clock.
func newPairOn(t testing.TB, defaultSeed uint64, cfg svm.Config) *pair {
	t.Helper()
	now := time.Unix(1_750_000_000, 0)
	cfg.Clock = func() time.Time { return now }
	p := &pair{
		t: t, o: newOracle(t), rng: rand.New(rand.NewPCG(seed(t, defaultSeed), 1)), cells: map[string]int{},
		bank: svm.NewBank(cfg),
	}
	p.o.call(litesvm.Request{Op: "clock", Clock: litesvm.ClockOf(p.bank.Clock())})
	return p
}

// wallet returns a key that depends on the seed and the name only.
func wallet(name string, i int) solana.PrivateKey {
	var seed [32]byte
	copy(seed[:], name)
	binary.LittleEndian.PutUint32(seed[28:], uint32(i))
	return solana.PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
}

// set sets an account on both chains.
func (p *pair) set(key solana.PublicKey, a svm.Account) {
	p.t.Helper()
	require.NoError(p.t, p.bank.SetAccount(key, a))
	p.o.call(litesvm.Request{Op: "set", Key: key[:], Account: litesvm.AccountOf(a)})
}

// fund creates a system account with lamports.
func (p *pair) fund(key solana.PublicKey, lamports uint64) {
	p.t.Helper()
	p.set(key, svm.Account{Lamports: lamports, RentEpoch: math.MaxUint64})
}

// deploy deploys a program on both chains.
func (p *pair) deploy(key solana.PublicKey, elf []byte) {
	p.t.Helper()
	p.o.call(litesvm.Request{Op: "clock", Clock: litesvm.ClockOf(p.bank.Clock())})
	require.NoError(p.t, p.bank.AddProgram(key, elf))
	require.Empty(p.t, p.o.call(litesvm.Request{Op: "program", Key: key[:], ELF: elf}).Err)
	p.compareAccounts("program", []solana.PublicKey{key, svm.ProgramDataAddress(key)})
}

// instruction is an unchecked instruction.
type instruction struct {
	program  solana.PublicKey
	accounts []*solana.AccountMeta
	data     []byte
}

func (i instruction) ProgramID() solana.PublicKey     { return i.program }
func (i instruction) Accounts() []*solana.AccountMeta { return i.accounts }
func (i instruction) Data() ([]byte, error)           { return i.data, nil }

// sign returns a transaction with the signatures of keys; other required signatures are missing.
func (p *pair) sign(payer solana.PrivateKey, keys []solana.PrivateKey, ixs ...solana.Instruction) *solana.Transaction {
	p.t.Helper()
	hash, _ := p.bank.LatestBlockhash()
	tx, err := solana.NewTransaction(ixs, hash, solana.TransactionPayer(payer.PublicKey()))
	require.NoError(p.t, err)
	msg, err := tx.Message.MarshalBinary()
	require.NoError(p.t, err)
	for _, k := range tx.Message.AccountKeys[:tx.Message.Header.NumRequiredSignatures] {
		var sig solana.Signature
		for _, w := range append(keys, payer) {
			if w.PublicKey() == k {
				copy(sig[:], ed25519.Sign(ed25519.PrivateKey(w), msg))
			}
		}
		tx.Signatures = append(tx.Signatures, sig)
	}
	return tx
}

// send runs a transaction on both chains and compares everything. what is its kind in cells.
func (p *pair) send(what string, tx *solana.Transaction) svm.Result {
	p.t.Helper()
	raw, err := tx.MarshalBinary()
	require.NoError(p.t, err)
	if len(raw) > svm.MaxTransaction {
		return svm.Result{} // litesvm accepts larger ones, a cluster does not
	}
	p.count++
	clock := p.bank.Clock()
	res := p.bank.Process(raw)
	keys := tx.Message.AccountKeys
	req := litesvm.Request{Op: "send", Wire: raw, Clock: litesvm.ClockOf(clock), Versioned: tx.Message.IsVersioned()}
	for _, k := range keys {
		req.Keys = append(req.Keys, k[:])
	}
	want := p.o.call(req)
	where := fmt.Sprintf("transaction %d: %s: %v", p.count, what, describe(tx))
	require.Equal(p.t, want.Err, debug(res.Err), "%s: error; logs\n%q\nwant\n%q", where, res.Logs, want.Logs)
	for i, line := range res.Logs { // the reasons why an ELF cannot be deployed are worded differently
		if i < len(want.Logs) && strings.HasPrefix(line, svm.ErrBadProgram.Error()) {
			want.Logs[i] = line
		}
	}
	if p.units != nil {
		require.Equal(p.t, p.units(want.Logs), p.units(res.Logs), where)
	} else {
		require.Equal(p.t, want.Logs, append([]string{}, res.Logs...), where)
		require.Equal(p.t, want.Units, fmt.Sprint(res.ComputeUnits), "%s: compute units", where)
	}
	p.compareReturn(where, want, res)
	p.compareAll(where, keys, want.Accounts)
	end := debug(res.Err)
	if res.Err != nil && res.Err.Instruction != nil {
		end = strings.TrimPrefix(end, fmt.Sprintf("InstructionError(%d, ", res.Err.Index))
		end = strings.TrimSuffix(end, ")")
		if res.Err.Instruction.Code > 10_000 {
			end = "Custom(a large number)" // random programs return anything
		}
	}
	p.cells[what+"\t"+end]++
	return res
}

// compareReturn compares return data and inner instructions.
func (p *pair) compareReturn(where string, want litesvm.Reply, res svm.Result) {
	p.t.Helper()
	var got svm.ReturnData
	if res.ReturnData != nil {
		got = *res.ReturnData
		require.Equal(p.t, want.ReturnProgram, got.ProgramID[:], "%s: returning program", where)
	}
	require.Equal(p.t, append([]byte{}, want.ReturnData...), append([]byte{}, got.Data...), "%s: return data", where)
	inner := map[int][]litesvm.Inner{}
	for i, list := range want.Inner {
		if len(list) > 0 {
			inner[i] = list
		}
	}
	ours := map[int][]litesvm.Inner{}
	for _, list := range res.InnerInstructions {
		for _, in := range list.Instructions {
			w := litesvm.Inner{Program: int(in.ProgramIDIndex), Accounts: []byte{}, Data: append([]byte{}, in.Data...), Height: int(in.StackHeight)}
			for _, a := range in.Accounts {
				w.Accounts = append(w.Accounts, byte(a))
			}
			ours[int(list.Index)] = append(ours[int(list.Index)], w)
		}
	}
	require.Equal(p.t, inner, ours, "%s: inner instructions", where)
}

// compareAccounts asks litesvm for accounts and compares them.
func (p *pair) compareAccounts(where string, keys []solana.PublicKey) {
	p.t.Helper()
	req := litesvm.Request{Op: "get"}
	for _, k := range keys {
		req.Keys = append(req.Keys, k[:])
	}
	p.compareAll(where, keys, p.o.call(req).Accounts)
}

// compareAll compares accounts, except sysvars and built-in programs, which differ.
func (p *pair) compareAll(where string, keys []solana.PublicKey, want []*litesvm.Account) {
	p.t.Helper()
	require.Len(p.t, want, len(keys))
	for i, k := range keys {
		a, ok := p.bank.Account(k)
		if ok && (a.Owner == svm.SysvarOwnerID || a.Owner == svm.NativeLoaderID) {
			continue
		}
		if want[i] == nil {
			require.False(p.t, ok, "%s: account %s should not be there: %+v", where, k, a)
			continue
		}
		require.True(p.t, ok, "%s: account %s should be there", where, k)
		got := litesvm.AccountOf(a)
		if a.Owner == svm.UpgradeableLoaderID {
			got.RentEpoch = want[i].RentEpoch // litesvm deploys with 0, a cluster with the largest number
		}
		if want[i].Owner != nil && len(want[i].Data) == 0 && len(got.Data) == 0 {
			got.Data, want[i].Data = nil, nil
		}
		require.Equal(p.t, want[i], got, "%s: account %d, %s", where, i, k)
	}
}

// describe prints a transaction for a failure.
func describe(tx *solana.Transaction) string {
	out := ""
	for _, in := range tx.Message.Instructions {
		out += fmt.Sprintf("\n  program %s accounts %v data %x", tx.Message.AccountKeys[in.ProgramIDIndex], in.Accounts, []byte(in.Data))
	}
	return fmt.Sprintf("header %+v keys %v%s", tx.Message.Header, tx.Message.AccountKeys, out)
}

package programtest

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/litesvm"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A Mirror is a litesvm, a real Solana runtime. Every transaction that it is given runs on both chains, from the same
// accounts at the same time, and must end the same: error, logs, compute units, every byte of every account.
type Mirror struct {
	*litesvm.Process
	slot   uint64                        // highest so far: every transaction gets a blockhash of its own
	known  map[solana.PublicKey][32]byte // hashes of the programs that it has
	number int                           // of transactions

	// SlotHashes gives litesvm the bank's recent slot hashes before each transaction: it knows but one of its own.
	SlotHashes bool
}

// StartMirror starts a mirror. Stop it when done.
func StartMirror() (*Mirror, error) {
	process, err := litesvm.Start()
	return &Mirror{Process: process, known: map[solana.PublicKey][32]byte{}}, err
}

// Run runs a transaction of the program at id on the bank and on litesvm, and compares.
func (m *Mirror) Run(t testing.TB, bank *svm.Bank, id solana.PublicKey, elf []byte, tx *solana.Transaction) svm.Result {
	t.Helper()
	wire, err := tx.MarshalBinary()
	require.NoError(t, err)
	m.deploy(t, id, elf) // first: it writes the program's data account too
	var keys [][]byte
	for _, key := range tx.Message.AccountKeys {
		keys = append(keys, key[:])
		m.copy(t, bank, key)
	}
	if m.SlotHashes {
		m.copySlotHashes(t, bank)
	}
	clock := bank.Clock()
	res := bank.Process(wire)
	got, err := m.Call(litesvm.Request{Op: "send", Wire: wire, Keys: keys, Clock: litesvm.ClockOf(clock)})
	require.NoError(t, err)
	m.number++
	m.compare(t, bank, tx.Message.AccountKeys, got, res)
	return res
}

func (m *Mirror) compare(t testing.TB, bank *svm.Bank, keys []solana.PublicKey, want litesvm.Reply, got svm.Result) {
	t.Helper()
	require.Equal(t, want.Err == "", got.Err == nil, "%s %v", want.Err, got.Err)
	if got.Err != nil && got.Err.Instruction != nil && got.Err.Instruction.Kind == "Custom" {
		require.Equal(t, want.Err, fmt.Sprintf("InstructionError(%d, Custom(%d))", got.Err.Index, got.Err.Instruction.Code))
	}
	require.Equal(t, want.Logs, got.Logs)
	require.Equal(t, want.Units, strconv.FormatUint(got.ComputeUnits, 10), got.Logs)
	for i, key := range keys {
		a, ok := bank.Account(key)
		if isForeign(a) {
			continue
		}
		other := want.Accounts[i]
		require.Equal(t, other != nil, ok, key)
		if ok {
			require.Equal(t, other.Lamports, fmt.Sprint(a.Lamports), key)
			require.Equal(t, other.Owner, a.Owner[:])
			require.Equal(t, string(other.Data), string(a.Data), key)
		}
	}
}

func (m *Mirror) deploy(t testing.TB, id solana.PublicKey, elf []byte) {
	hash := sha256.Sum256(elf)
	if m.known[id] == hash {
		return
	}
	_, err := m.Call(litesvm.Request{Op: "program", Key: id[:], ELF: elf})
	require.NoError(t, err)
	m.known[id] = hash
}

// copy gives litesvm an account as the bank has it.
func (m *Mirror) copy(t testing.TB, bank *svm.Bank, key solana.PublicKey) {
	a, _ := bank.Account(key)
	if isForeign(a) {
		return
	}
	_, err := m.Call(litesvm.Request{Op: "set", Key: key[:], Account: litesvm.AccountOf(a)})
	require.NoError(t, err)
}

func (m *Mirror) copySlotHashes(t testing.TB, bank *svm.Bank) {
	key := solana.SysVarSlotHashesPubkey
	a, _ := bank.Account(key)
	_, err := m.Call(litesvm.Request{Op: "set", Key: key[:], Account: litesvm.AccountOf(a)})
	require.NoError(t, err)
}

// isForeign reports whether an account, such as a program, is each chain's own.
func isForeign(a svm.Account) bool {
	return a.Executable || a.Owner == svm.NativeLoaderID || a.Owner == svm.SysvarOwnerID
}

// NextSlot moves the bank to a slot that no transaction had yet, also after Restore.
func (m *Mirror) NextSlot(bank *svm.Bank) {
	if now := bank.Slot(); now <= m.slot {
		bank.WarpSlots(m.slot + 1 - now)
	}
	m.slot = bank.Slot()
}

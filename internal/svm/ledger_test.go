package svm

import (
	"crypto/ed25519"
	"encoding/binary"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"
)

// testKey returns a key that depends on n only.
func testKey(n uint32) ed25519.PrivateKey {
	var seed [32]byte
	binary.LittleEndian.PutUint32(seed[:], n)
	return ed25519.NewKeyFromSeed(seed[:])
}

// testBank returns a ledger, a funded wallet and an adjustable clock.
func testBank(t testing.TB) (*Bank, solana.PrivateKey, *time.Time) {
	t.Helper()
	now := testClock()
	b := NewBank(Config{Clock: func() time.Time { return now }})
	k := solana.PrivateKey(testKey(1))
	require.NoError(t, b.Fund(k.PublicKey(), 1e12))
	return b, k, &now
}

func transfer(from solana.PrivateKey, to solana.PublicKey, lamports uint64) []solana.Instruction {
	return []solana.Instruction{system.NewTransferInstruction(lamports, from.PublicKey(), to).Build()}
}

func balance(b *Bank, k solana.PublicKey) uint64 {
	a, _ := b.Account(k)
	return a.Lamports
}

// TestBlockhashExpiry lets a blockhash expire, by transactions and by time.
func TestBlockhashExpiry(t *testing.T) {
	b, k, now := testBank(t)
	old := sign(t, b, k, transfer(k, solana.PublicKey{1}, 1e6))
	hash, last := b.LatestBlockhash()
	require.Equal(t, b.BlockHeight()+150, last)
	for i := range uint64(150) {
		require.Nil(t, b.Process(sign(t, b, k, transfer(k, solana.PublicKey{2}, 1e6+i))).Err)
	}
	require.True(t, b.IsBlockhashValid(hash))
	res := b.Simulate(old, SimulateOptions{SigVerify: true})
	require.Nil(t, res.Err)
	*now = now.Add(400 * time.Millisecond)
	require.False(t, b.IsBlockhashValid(hash))
	require.Greater(t, b.BlockHeight(), last)
	res = b.Process(old)
	require.Equal(t, ErrBlockhashNotFound, res.Err)
	require.False(t, res.Processed)
	_, ok := b.Transaction(res.Signature)
	require.False(t, ok)
	require.Nil(t, b.Simulate(old, SimulateOptions{ReplaceBlockhash: true}).Err)
}

// TestIdleTime counts slots: one per 400 ms, and one per transaction.
func TestIdleTime(t *testing.T) {
	b, k, now := testBank(t)
	require.EqualValues(t, 1, b.Slot())
	*now = now.Add(time.Second)
	require.EqualValues(t, 3, b.Slot())
	res := b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 1e6)))
	require.EqualValues(t, 3, res.Slot)
	require.EqualValues(t, 4, b.Slot())
	b.Warp(24 * time.Hour)
	require.EqualValues(t, 4+24*3600*10/4, b.Slot())
	require.Equal(t, now.Add(24*time.Hour).Unix(), b.UnixTime())
	require.Equal(t, b.UnixTime(), b.Clock().UnixTimestamp)
	slot := b.Slot()
	b.Warp(-48 * time.Hour)
	require.Equal(t, slot, b.Slot(), "slots never go back")
	require.Equal(t, now.Add(-24*time.Hour).Unix(), b.UnixTime())
	require.Nil(t, b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 2e6))).Err)
	b.WarpSlots(1000)
	require.Equal(t, slot+1001, b.Slot())
	a, ok := b.Account(sysvarClockID)
	require.True(t, ok)
	require.Equal(t, b.Slot(), binary.LittleEndian.Uint64(a.Data))
}

// A failed transaction pays its fee and changes nothing else.
func TestFailureStillPays(t *testing.T) {
	b, k, _ := testBank(t)
	to := solana.PublicKey{1}
	res := b.Process(sign(t, b, k, append(transfer(k, to, 1e9), transfer(k, to, 1e13)...)))
	require.Equal(t, instructionErr(1, Custom(1)), res.Err)
	require.True(t, res.Processed)
	require.Zero(t, balance(b, to))
	require.EqualValues(t, 1e12-5000, balance(b, k.PublicKey()))
	require.Equal(t, []uint64{1e12, 0, 1}, res.PreBalances)
	require.Equal(t, []uint64{1e12 - 5000, 0, 1}, res.PostBalances)
	slot, err, ok := b.Status(res.Signature)
	require.True(t, ok)
	require.Equal(t, res.Slot, slot)
	require.Equal(t, res.Err, err)
	require.Len(t, b.Signatures(to, 10), 1)
}

// TestSnapshot restores accounts, slot, warps and transactions.
func TestSnapshot(t *testing.T) {
	b, k, _ := testBank(t)
	to := solana.PublicKey{1}
	s := b.Snapshot()
	raw := sign(t, b, k, transfer(k, to, 1e9))
	res := b.Process(raw)
	require.Nil(t, res.Err)
	b.Warp(time.Hour)
	var changed []solana.PublicKey
	cancel := b.Subscribe(func(ev Event) {
		require.Nil(t, ev.Result)
		for _, c := range ev.Accounts {
			changed = append(changed, c.Key)
		}
	})
	b.Restore(s)
	cancel()
	require.ElementsMatch(t, []solana.PublicKey{to, k.PublicKey()}, changed)
	require.EqualValues(t, 1e12, balance(b, k.PublicKey()))
	require.EqualValues(t, 1, b.Slot())
	require.Equal(t, testClock().Unix(), b.UnixTime())
	_, ok := b.Transaction(res.Signature)
	require.False(t, ok)
	require.Nil(t, b.Process(raw).Err, "it never happened")
	b.Restore(s)
	require.Nil(t, b.Process(raw).Err, "a snapshot can be restored again")
}

// TestEvents delivers every change once and in order, also to a subscriber that changes the ledger itself.
func TestEvents(t *testing.T) {
	b, k, _ := testBank(t)
	var seen []uint64
	echoed := false
	cancel := b.Subscribe(func(ev Event) {
		seen = append(seen, ev.Slot)
		require.Equal(t, b.Slot() > 0, true, "the bank may be asked")
		if !echoed {
			echoed = true
			require.NoError(t, b.Fund(solana.PublicKey{7}, 1))
		}
	})
	res := b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 1e9)))
	require.Nil(t, res.Err)
	require.Equal(t, []uint64{1, 2}, seen)
	cancel()
	cancel()
	require.NoError(t, b.Fund(solana.PublicKey{8}, 1))
	require.Len(t, seen, 2)
}

// After a subscriber's panic, which the caller sees, the change is kept and later events are delivered.
func TestSubscriberPanics(t *testing.T) {
	b, k, _ := testBank(t)
	calls := 0
	defer b.Subscribe(func(Event) {
		if calls++; calls == 1 {
			panic("boom")
		}
	})()
	raw := sign(t, b, k, transfer(k, solana.PublicKey{1}, 1e9))
	require.PanicsWithValue(t, "boom", func() { b.Process(raw) })
	require.EqualValues(t, 1e9, balance(b, solana.PublicKey{1}))
	require.Nil(t, b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 2e9))).Err)
	require.Equal(t, 2, calls)
}

// TestConcurrent sends from many goroutines: lamports are conserved and all events arrive.
func TestConcurrent(t *testing.T) {
	b, _, _ := testBank(t)
	const workers, each = 8, 25
	var events int
	defer b.Subscribe(func(Event) { events++ })()
	var wg sync.WaitGroup
	for w := range workers {
		k := solana.PrivateKey(testKey(uint32(100 + w)))
		require.NoError(t, b.Fund(k.PublicKey(), 1e10))
		wg.Go(func() {
			for i := range uint64(each) {
				if res := b.Process(sign(t, b, k, transfer(k, solana.PublicKey{5}, 1e6+i))); res.Err != nil {
					t.Error(res.Err)
				}
				b.Snapshot()
				for range b.Accounts() {
					break
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, workers*(each*1e6+each*(each-1)/2), balance(b, solana.PublicKey{5}))
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Equal(t, workers*(each+1), events)
}

// TestAdminErrors tests the errors of methods that change the ledger directly.
func TestAdminErrors(t *testing.T) {
	b, k, _ := testBank(t)
	require.ErrorContains(t, b.SetAccount(k.PublicKey(), Account{Lamports: 1, Data: make([]byte, MaxAccountData+1)}), "more than")
	require.ErrorContains(t, b.Fund(k.PublicKey(), math.MaxUint64), "overflow")
	require.ErrorIs(t, b.AddProgram(solana.PublicKey{1}, []byte("no ELF")), ErrBadProgram)
}

// The oldest transactions are dropped.
func TestRecordsAreBounded(t *testing.T) {
	b := NewBank(Config{Clock: testClock, MaxRecords: 1})
	require.Equal(t, 1000, b.cfg.MaxRecords)
	k := solana.PrivateKey(testKey(1))
	require.NoError(t, b.Fund(k.PublicKey(), 1e15))
	first := b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 1e6))).Signature
	for i := range uint64(1000) {
		require.Nil(t, b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 1+i))).Err)
	}
	_, ok := b.Transaction(first)
	require.False(t, ok)
	require.Len(t, b.state.records, 1000)
	require.Len(t, b.state.order, 1000)
}

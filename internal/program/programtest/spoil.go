package programtest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A Step is a call that works, and what is particular about its accounts. Spoil tries it in every way in which it must not work.
type Step struct {
	Call   Call
	Before func() // prepares something

	// By account: another one of the same kind, and the error for it. Wallets need none.
	Substitutes map[int]Substitute

	Creates   []int // accounts that do not exist yet
	Unchecked []int // accounts that may be absent, or of anybody: their data have tests of their own
	Optional  int   // accounts at the end that may be left out
}

// A Substitute is an account that must not stand in a place, and the error that says so.
type Substitute struct {
	Key  solana.PublicKey
	Code uint32
}

// Spoil tries the step with each of its accounts and its data spoilt, and leaves the chain as it was. A call whose accounts do
// not sign, cannot be written, are missing, of another owner, type or size, or another one of their kind, ends with Anchor's error.
func (c *Chain) Spoil(t *testing.T, s Step) {
	try := c.attempt(t)
	short := s.Call
	short.Metas = short.Metas[:len(short.Metas)-1-s.Optional]
	try(short, 3005, "missing", len(short.Metas))
	for i, m := range s.Call.Metas {
		c.spoilFlags(s.Call, i, try)
		if m.PublicKey == solana.SystemProgramID && !m.IsSigner && !m.IsWritable && !slices.Contains(s.Unchecked, i) {
			try(s.Call.With(i, solana.TokenProgramID), 3008, "another program", i)
		}
		if sub, ok := s.Substitutes[i]; ok {
			try(s.Call.With(i, sub.Key), sub.Code, "another of its kind", i)
		}
		a, ok := c.Bank.Account(m.PublicKey)
		if ok && a.Owner == c.ID && !slices.Contains(s.Unchecked, i) {
			c.spoilData(t, s, i, try)
		}
	}
	for _, i := range s.Creates {
		c.spoilNew(t, s.Call, i, try)
	}
	c.spoilArguments(s.Call, try)
}

type attempt func(k Call, code uint32, what string, i int)

// attempt returns what runs a call that must end with a code, and takes it back.
func (c *Chain) attempt(t *testing.T) attempt {
	snapshot := c.Bank.Snapshot()
	return func(k Call, code uint32, what string, i int) {
		t.Helper()
		got, res := c.Code(k)
		require.Equal(t, code, got, "%s, account %d: %s: %v", k.Name, i, what, res.Logs)
		c.Bank.Restore(snapshot)
	}
}

// SpoilFlags tries the step with each flag of each of its accounts the other way round, and leaves the chain as it was: no
// flag that is set could be left out, and no account has to be writable that is not.
func (c *Chain) SpoilFlags(t *testing.T, s Step) {
	for i := range s.Call.Metas {
		c.spoilFlags(s.Call, i, c.attempt(t))
	}
}

func (c *Chain) spoilFlags(k Call, i int, try attempt) {
	if k.Metas[i].PublicKey == c.feePayer() {
		return // it signs and is writable in any case: set Fees
	}
	if k.Metas[i].IsSigner {
		try(k.Change(i, func(m *solana.AccountMeta) { m.IsSigner = false }), 3010, "does not sign", i)
	}
	if k.Metas[i].IsWritable {
		try(k.Change(i, func(m *solana.AccountMeta) { m.IsWritable = false }), 2000, "read-only", i)
	} else {
		try(k.Change(i, func(m *solana.AccountMeta) { m.IsWritable = true }), Success, "writable", i)
	}
}

// spoilData puts accounts of other owners, types and sizes in place of account i.
func (c *Chain) spoilData(t *testing.T, s Step, i int, try attempt) {
	key := s.Call.Metas[i].PublicKey
	original, _ := c.Bank.Account(key)
	change := func(f func(*svm.Account)) {
		a := original.Clone()
		f(&a)
		require.NoError(t, c.Bank.SetAccount(key, a))
	}
	change(func(a *svm.Account) { a.Owner = solana.TokenProgramID })
	try(s.Call, 3007, "of another program", i)
	change(func(a *svm.Account) { a.Data = a.Data[:7] })
	try(s.Call, 3001, "without discriminator", i)
	change(func(a *svm.Account) { a.Data[0] ^= 1 })
	try(s.Call, 3002, "of another type", i)
	change(func(a *svm.Account) { a.Data = a.Data[:len(a.Data)-1] })
	try(s.Call, 3003, "too short", i)
	change(func(a *svm.Account) { *a = svm.Account{Lamports: a.Lamports, Owner: solana.SystemProgramID} })
	try(s.Call, 3012, "not initialized", i)
}

// spoilNew sends lamports to an account that the call creates, which must not hinder it, and has somebody be there already.
func (c *Chain) spoilNew(t *testing.T, k Call, i int, try attempt) {
	key := k.Metas[i].PublicKey
	require.NoError(t, c.Bank.Fund(key, 1))
	try(k, Success, "has a lamport", i)
	require.NoError(t, c.Bank.Fund(key, 50*solana.LAMPORTS_PER_SOL))
	try(k, Success, "has many lamports", i)
	require.NoError(t, c.Bank.SetAccount(key, svm.Account{Lamports: solana.LAMPORTS_PER_SOL, Owner: c.ID, Data: make([]byte, 300)}))
	got, res := c.Code(k)
	require.Contains(t, []uint32{0, 3002}, got, "%s, account %d exists already: %v", k.Name, i, res.Logs)
	try(k, got, "exists already", i)
}

// spoilArguments cuts the data short everywhere, and makes it longer.
func (c *Chain) spoilArguments(k Call, try attempt) {
	full := k.Data
	for n := range full {
		k.Data = full[:n]
		code := uint32(102)
		if n < 8 {
			code = 100
		}
		try(k, code, fmt.Sprintf("%d bytes of data", n), -1)
	}
	k.Data = append([]byte{full[0] ^ 1}, full[1:]...)
	try(k, 101, "an unknown discriminator", -1)
	k.Data = append(slices.Clone(full), 1, 2, 3)
	try(k, Success, "trailing bytes", -1)
}

// Discriminator returns the first bytes of an account of a type.
func Discriminator(account string) [8]byte {
	sum := sha256.Sum256([]byte("account:" + account))
	return [8]byte(sum[:8])
}

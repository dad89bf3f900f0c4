package round_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/round"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

var (
	programID = solana.MustPublicKeyFromBase58("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
	treasury  = solana.MustPublicKeyFromBase58("FzuCxi65QyFXAGbHcXB28RXqyBZSZ5KXLQxeofx1P9K2")
)

const (
	sol   = 1_000_000_000
	start = 1_700_000_000 // unix time at which every test begins
)

// A chain runs the embedded program on the local ledger.
type chain struct {
	t      testing.TB
	bank   *svm.Bank
	id     solana.PublicKey // of the program
	actors map[string]solana.PrivateKey
	pubs   map[string]solana.PublicKey
	pdas   map[string]solana.PublicKey // derived so far, by their seeds
	bumps  map[solana.PublicKey]uint8  // of these
	number int                         // every chain has actors, and so addresses and bumps, of its own
}

// suite runs the transactions of all tests.
var suite = programtest.NewSuite(round.ELF())

func TestMain(m *testing.M) {
	suite.SlotHashes = true // of the draw
	suite.Main(m)
}

// chains counts the chains of this run.
var chains int

// newBank returns a chain with the program, not initialized, and a clock that stands still.
func newBank(t testing.TB) *chain {
	t.Helper()
	bank := svm.NewBank(svm.Config{Clock: func() time.Time { return time.Unix(start, 0) }, SlotTime: -1})
	require.NoError(t, bank.AddProgram(programID, suite.ELF))
	chains++
	c := &chain{number: chains, t: t, bank: bank, id: programID, actors: map[string]solana.PrivateKey{},
		pubs: map[string]solana.PublicKey{}, pdas: map[string]solana.PublicKey{}, bumps: map[solana.PublicKey]uint8{}}
	for _, name := range []string{"payer", "authority", "eve"} {
		c.key(name) // before anybody takes a snapshot
	}
	return c
}

// newChain returns an initialized chain with a treasury that can take fees.
func newChain(t testing.TB) *chain {
	t.Helper()
	c := newBank(t)
	require.NoError(t, c.bank.Fund(treasury, sol))
	c.ok(c.initialize())
	return c
}

// on returns the same chain in a subtest.
func (c *chain) on(t testing.TB) *chain {
	copied := *c
	copied.t = t
	return &copied
}

// key returns an actor's key; it gets a thousand SOL when it first appears.
func (c *chain) key(name string) solana.PrivateKey {
	if key, ok := c.actors[name]; ok {
		return key
	}
	seed := sha256.Sum256(fmt.Appendf(nil, "actor %s of chain %d", name, c.number))
	key := solana.PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	c.actors[name], c.pubs[name] = key, key.PublicKey()
	require.NoError(c.t, c.bank.Fund(c.pubs[name], 1000*sol))
	return key
}

// pub returns an actor's public key, which PrivateKey.PublicKey computes anew each time.
func (c *chain) pub(name string) solana.PublicKey {
	c.key(name)
	return c.pubs[name]
}

// A call is one instruction and who signs it.
type call struct {
	name    string
	metas   []*solana.AccountMeta
	data    []byte
	signers []string
}

// with returns the call with account i replaced.
func (k call) with(i int, key solana.PublicKey) call {
	return k.change(i, func(m *solana.AccountMeta) { m.PublicKey = key })
}

// change returns the call with account i changed.
func (k call) change(i int, f func(*solana.AccountMeta)) call {
	metas := make([]*solana.AccountMeta, len(k.metas))
	for j, m := range k.metas {
		copied := *m
		metas[j] = &copied
	}
	f(metas[i])
	k.metas = metas
	return k
}

// send runs calls in one transaction, paid by an actor who plays no other role.
func (c *chain) send(calls ...call) svm.Result {
	c.t.Helper()
	payer := c.pub("payer")
	keys := map[solana.PublicKey]solana.PrivateKey{payer: c.key("payer")}
	var ixs []solana.Instruction
	for _, k := range calls {
		for _, name := range k.signers {
			keys[c.pub(name)] = c.key(name)
		}
		ixs = append(ixs, solana.NewInstruction(c.id, k.metas, k.data))
	}
	res := suite.Process(c.t, c.bank, c.id, payer, keys, ixs)
	if len(calls) == 1 {
		suite.Outcomes.Count(calls[0].name, res)
	}
	return res
}

// ok runs a call that must succeed.
func (c *chain) ok(calls ...call) svm.Result {
	c.t.Helper()
	res := c.send(calls...)
	require.Nil(c.t, res.Err, "%s: %v %v", calls[0].name, res.Err, res.Logs)
	return res
}

// fails runs a call that must end with a custom error, and leave no trace but its fee.
func (c *chain) fails(k call, code uint32) {
	c.t.Helper()
	got, res := c.code(k)
	require.Equal(c.t, code, got, "%s: %v", k.name, res.Logs)
}

// none is what code returns for a call that does not fail.
const none = 1 << 31

// code runs a call and returns its custom error, or none.
func (c *chain) code(k call) (uint32, svm.Result) {
	c.t.Helper()
	res := c.send(k)
	if res.Err == nil {
		return none, res
	}
	require.Equal(c.t, "InstructionError", res.Err.Kind, "%s: %v %v", k.name, res.Err, res.Logs)
	require.Equal(c.t, "Custom", res.Err.Instruction.Kind, "%s: %v %v", k.name, res.Err, res.Logs)
	return res.Err.Instruction.Code, res
}

// warp moves the clock on.
func (c *chain) warp(seconds int64) { c.bank.Warp(time.Duration(seconds) * time.Second) }

// at moves the clock to a time relative to the start of the test.
func (c *chain) at(seconds int64) { c.warp(start + seconds - c.bank.UnixTime()) }

func (c *chain) lamports(key solana.PublicKey) uint64 {
	a, _ := c.bank.Account(key)
	return a.Lamports
}

func (c *chain) balance(name string) uint64 { return c.lamports(c.pub(name)) }

// data returns an account's data; it must exist and belong to the program.
func (c *chain) data(key solana.PublicKey) account {
	c.t.Helper()
	a, ok := c.bank.Account(key)
	require.True(c.t, ok, "account %s does not exist", key)
	require.Equal(c.t, c.id, a.Owner)
	return a.Data
}

// gone requires that an account does not exist any more.
func (c *chain) gone(key solana.PublicKey) {
	c.t.Helper()
	_, ok := c.bank.Account(key)
	require.False(c.t, ok, "account %s still exists", key)
}

// account is an account's data, read by the offsets of the interface.
type account []byte

func (a account) u8(at int) uint8                 { return a[at] }
func (a account) u16(at int) uint16               { return binary.LittleEndian.Uint16(a[at:]) }
func (a account) u32(at int) uint32               { return binary.LittleEndian.Uint32(a[at:]) }
func (a account) u64(at int) uint64               { return binary.LittleEndian.Uint64(a[at:]) }
func (a account) i64(at int) int64                { return int64(a.u64(at)) }
func (a account) key(at int) (k solana.PublicKey) { copy(k[:], a[at:]); return k }

// ageStake makes a stake one from before there were committees: without `since`, and no part of the sum.
func (c *chain) ageStake(who string) {
	c.t.Helper()
	change := func(key solana.PublicKey, f func(*svm.Account)) {
		a, _ := c.bank.Account(key)
		a = a.Clone()
		f(&a)
		require.NoError(c.t, c.bank.SetAccount(key, a))
	}
	amount := c.data(c.stakeOf(who)).u64(40)
	change(c.stakeOf(who), func(a *svm.Account) {
		a.Data = a.Data[:73]
		a.Lamports -= rent(81) - rent(73)
	})
	change(c.counter(), func(a *svm.Account) {
		binary.LittleEndian.PutUint64(a.Data[189:], account(a.Data).u64(189)-amount)
	})
}

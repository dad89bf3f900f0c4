package programtest

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// Start is the unix time at which every chain begins.
const Start = 1_700_000_000

// StartingLamports is what an actor has when it first appears: a thousand SOL.
const StartingLamports = 1000 * solana.LAMPORTS_PER_SOL

// A Chain runs a suite's program on the local ledger, with a clock that stands still.
type Chain struct {
	T    testing.TB
	Bank *svm.Bank
	ID   solana.PublicKey // of the program

	Recorder func(Call, svm.Result) // is told of every call that is sent alone
	Fees     string                 // the actor who pays the fees; "payer" by default

	suite  *Suite
	actors map[string]solana.PrivateKey
	keys   map[solana.PublicKey]solana.PrivateKey // of all actors
	pubs   map[string]solana.PublicKey            // of actors
	pdas   map[string]solana.PublicKey            // by their seeds
	name   string                                 // of which its actors' keys are made
}

// NewChain returns a chain on which the program stands at id. Who pays the fees is there already: the actor "payer", who plays
// no other role. Every chain has actors, and so addresses, of its own.
func (s *Suite) NewChain(t testing.TB, id solana.PublicKey) *Chain {
	t.Helper()
	s.chains++
	return s.NewChainOf(t, id, fmt.Sprint(s.chains))
}

// NewChainOf returns a chain whose actors and addresses are those of a name, so that they are the same in every process.
func (s *Suite) NewChainOf(t testing.TB, id solana.PublicKey, name string) *Chain {
	t.Helper()
	bank := svm.NewBank(svm.Config{Clock: func() time.Time { return time.Unix(Start, 0) }, SlotTime: -1})
	require.NoError(t, bank.AddProgram(id, s.ELF))
	c := &Chain{
		T: t, Bank: bank, ID: id, suite: s, name: name, actors: map[string]solana.PrivateKey{}, keys: map[solana.PublicKey]solana.PrivateKey{},
		pubs: map[string]solana.PublicKey{}, pdas: map[string]solana.PublicKey{},
	}
	c.Key("payer") // before anybody takes a snapshot
	return c
}

// feePayer is who pays the fees, and so signs and is written in every transaction.
func (c *Chain) feePayer() solana.PublicKey { return c.Pub(cmp.Or(c.Fees, "payer")) }

// On returns the same chain in a subtest.
func (c *Chain) On(t testing.TB) *Chain {
	copied := *c
	copied.T = t
	return &copied
}

// Key returns an actor's key; it gets StartingLamports when it first appears.
func (c *Chain) Key(name string) solana.PrivateKey {
	if key, ok := c.actors[name]; ok {
		return key
	}
	seed := sha256.Sum256(fmt.Appendf(nil, "actor %s of chain %s", name, c.name))
	key := solana.PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	c.actors[name], c.keys[key.PublicKey()] = key, key
	require.NoError(c.T, c.Bank.Fund(key.PublicKey(), StartingLamports))
	return key
}

// IsActor reports whether a key is an actor's: who else could sign?
func (c *Chain) IsActor(key solana.PublicKey) bool {
	_, ok := c.keys[key]
	return ok
}

// Pub returns an actor's public key.
func (c *Chain) Pub(name string) solana.PublicKey {
	key, ok := c.pubs[name]
	if !ok {
		key = c.Key(name).PublicKey()
		c.pubs[name] = key
	}
	return key
}

// Send runs calls in one transaction, whose fees Fees pays. Actors whose accounts are marked as signers sign.
func (c *Chain) Send(calls ...Call) svm.Result {
	c.T.Helper()
	var ixs []solana.Instruction
	for _, k := range calls {
		program := k.Program
		if program.IsZero() && k.Name != "" {
			program = c.ID
		}
		ixs = append(ixs, solana.NewInstruction(program, k.CopyMetas(), k.Data))
	}
	res := c.suite.Process(c.T, c.Bank, c.ID, c.feePayer(), c.keys, ixs)
	if len(calls) == 1 {
		c.suite.Outcomes.Count(calls[0].Name, res)
		if c.Recorder != nil {
			c.Recorder(calls[0], res)
		}
	}
	return res
}

// OK runs calls that must succeed, in one transaction.
func (c *Chain) OK(calls ...Call) svm.Result {
	c.T.Helper()
	res := c.Send(calls...)
	require.Nil(c.T, res.Err, "%s: %v %v", calls[0].Name, res.Err, res.Logs)
	return res
}

// Fails runs a call that must end with a custom error.
func (c *Chain) Fails(k Call, code uint32) {
	c.T.Helper()
	got, res := c.Code(k)
	require.Equal(c.T, code, got, "%s: %v", k.Name, res.Logs)
}

// Success is what Code returns for a call that does not fail.
const Success = 1 << 31

// Code runs a call and returns its custom error, or Success. Any other error fails the test.
func (c *Chain) Code(k Call) (uint32, svm.Result) {
	c.T.Helper()
	res := c.Send(k)
	if res.Err == nil {
		return Success, res
	}
	require.Equal(c.T, "InstructionError", res.Err.Kind, "%s: %v %v", k.Name, res.Err, res.Logs)
	require.Equal(c.T, "Custom", res.Err.Instruction.Kind, "%s: %v %v", k.Name, res.Err, res.Logs)
	return res.Err.Instruction.Code, res
}

// Warp moves the clock on.
func (c *Chain) Warp(seconds int64) { c.Bank.Warp(time.Duration(seconds) * time.Second) }

// At moves the clock to a time relative to the start of the test.
func (c *Chain) At(seconds int64) { c.Warp(Start + seconds - c.Bank.UnixTime()) }

// Lamports returns an account's balance.
func (c *Chain) Lamports(key solana.PublicKey) uint64 {
	a, _ := c.Bank.Account(key)
	return a.Lamports
}

// Balance returns an actor's balance.
func (c *Chain) Balance(name string) uint64 { return c.Lamports(c.Pub(name)) }

// Data returns the data of an account of the program, which must exist.
func (c *Chain) Data(key solana.PublicKey) []byte {
	c.T.Helper()
	a, ok := c.Bank.Account(key)
	require.True(c.T, ok, "account %s does not exist", key)
	require.Equal(c.T, c.ID, a.Owner)
	return a.Data
}

// Gone requires that an account does not exist any more.
func (c *Chain) Gone(key solana.PublicKey) {
	c.T.Helper()
	_, ok := c.Bank.Account(key)
	require.False(c.T, ok, "account %s still exists", key)
}

// PDA derives an address of the program; seeds are strings, keys, or bytes.
func (c *Chain) PDA(seeds ...any) solana.PublicKey {
	c.T.Helper()
	var list [][]byte
	for _, s := range seeds {
		switch s := s.(type) {
		case string:
			list = append(list, []byte(s))
		case solana.PublicKey:
			list = append(list, s.Bytes())
		case []byte:
			list = append(list, s)
		}
	}
	var text string
	for _, seed := range list {
		text += string(rune(len(seed))) + string(seed)
	}
	key, ok := c.pdas[text]
	if !ok {
		var err error
		key, _, err = solana.FindProgramAddress(list, c.ID)
		require.NoError(c.T, err)
		c.pdas[text] = key
	}
	return key
}

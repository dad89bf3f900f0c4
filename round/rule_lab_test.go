package round_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/round"
)

// lab is one round on a bare ledger whose clock stands still, with everybody who
// may take part: the rules are compared with what the program does.
type lab struct {
	testing.TB
	rng        *rand.Rand
	bank       *svm.Bank
	addr       round.Addresses
	keys       map[solana.PublicKey]solana.PrivateKey
	payer      solana.PublicKey
	creator    solana.PublicKey
	outsider   solana.PublicKey
	trainers   []solana.PublicKey
	validators []solana.PublicKey
	decoded    map[solana.PublicKey]decodedAccount // not to be changed
}

var labStart = time.Unix(1_800_000_000, 0)

// labStake is what each validator but the last has at stake.
const labStake = 5 * sol

func newLab(t testing.TB, rng *rand.Rand, options round.Options) *lab {
	bank := svm.NewBank(svm.Config{Clock: func() time.Time { return labStart }, SlotTime: -1})
	require.NoError(t, bank.AddProgram(round.LocalProgram, round.Program()))
	require.NoError(t, bank.Fund(round.LocalTreasury, sol))
	l := &lab{TB: t, rng: rng, bank: bank, addr: round.Addresses{Program: round.LocalProgram}, keys: map[solana.PublicKey]solana.PrivateKey{}, decoded: map[solana.PublicKey]decodedAccount{}}
	l.payer, l.creator, l.outsider = l.wallet("payer"), l.wallet("creator"), l.wallet("outsider")
	l.accepts(round.Initialize{Authority: l.outsider})
	l.accepts(round.CreateRound{ModelCID: modelCID, Reward: sol, MinRating: 480, Creator: l.creator},
		round.ConfigureRound{Options: options, Creator: l.creator})
	for i := range 4 {
		l.trainers = append(l.trainers, l.wallet(fmt.Sprint("trainer ", i)))
		l.validators = append(l.validators, l.wallet(fmt.Sprint("validator ", i)))
		if i < 3 {
			l.accepts(round.AddStake{Amount: labStake, Validator: l.validators[i]})
		}
		l.accepts(round.CreateTrainerProfile{Trainer: l.trainers[i]})
	}
	l.accepts(round.CreateTrainerProfile{Trainer: l.creator})
	l.edit(l.addr.Profile(l.trainers[3]), 40, 479&0xff, 479>>8) // one hundredth of a star too few
	return l
}

// wallet makes a funded wallet.
func (l *lab) wallet(name string) solana.PublicKey {
	seed := sha256.Sum256([]byte(name))
	key := solana.PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	l.keys[key.PublicKey()] = key
	require.NoError(l, l.bank.Fund(key.PublicKey(), 1000*sol))
	return key.PublicKey()
}

// edit changes bytes of an account without the program.
func (l *lab) edit(address solana.PublicKey, offset int, data ...byte) {
	a, ok := l.bank.Account(address)
	require.True(l, ok)
	a.Data = append([]byte(nil), a.Data...)
	copy(a.Data[offset:], data)
	require.NoError(l, l.bank.SetAccount(address, a))
}

// wire is a transaction of the instructions, signed where it counts.
func (l *lab) wire(sign bool, instructions ...round.Instruction) []byte {
	var built []solana.Instruction
	for _, i := range instructions {
		b, err := i.Build(l.addr.Program)
		require.NoError(l, err)
		built = append(built, b)
	}
	hash, _ := l.bank.LatestBlockhash()
	tx, err := solana.NewTransaction(built, hash, solana.TransactionPayer(l.payer))
	require.NoError(l, err)
	if sign {
		_, err = tx.Sign(func(k solana.PublicKey) *solana.PrivateKey { key := l.keys[k]; return &key })
		require.NoError(l, err)
	} else {
		tx.Signatures = make([]solana.Signature, tx.Message.Header.NumRequiredSignatures)
	}
	raw, err := tx.MarshalBinary()
	require.NoError(l, err)
	return raw
}

func (l *lab) accepts(instructions ...round.Instruction) {
	res := l.bank.Process(l.wire(true, instructions...))
	require.Nil(l, res.Err, "%T: %v %v", instructions[0], res.Err, res.Logs)
}

// accepted is what code returns if the program accepts.
const accepted = -1

// code is what the program answers to an instruction now. Nothing changes.
func (l *lab) code(i round.Instruction) int64 {
	res := l.bank.Simulate(l.wire(false, i), svm.SimulateOptions{})
	if res.Err == nil {
		return accepted
	}
	require.Equal(l, "InstructionError", res.Err.Kind, "%T: %v", i, res.Logs)
	require.Equal(l, "Custom", res.Err.Instruction.Kind, "%T: %v", i, res.Logs)
	return int64(res.Err.Instruction.Code)
}

// want is the answer that a rule predicts.
func (l *lab) want(err error) int64 {
	if err == nil {
		return accepted
	}
	require.ErrorAs(l, err, new(*round.RuleError))
	var shared chain.AnchorCode
	if errors.As(err, &shared) {
		return int64(shared)
	}
	var code round.Code
	require.ErrorAs(l, err, &code)
	return int64(code)
}

func (l *lab) now() time.Time { return time.Unix(l.bank.UnixTime(), 0) }

// at does something at a later time, and comes back.
func (l *lab) at(when time.Time, do func()) {
	before := l.bank.Snapshot()
	l.bank.Warp(when.Sub(l.now()))
	do()
	l.bank.Restore(before)
}

// read decodes an account, nil if there is none.
func read[T any](l *lab, address solana.PublicKey, decode func(solana.PublicKey, []byte) (*T, error)) *T {
	a, ok := l.bank.Account(address)
	if !ok || len(a.Data) == 0 {
		return nil
	}
	if known := l.decoded[address]; bytes.Equal(known.data, a.Data) {
		if v, ok := known.account.(*T); ok {
			return v
		}
	}
	v, err := decode(address, a.Data)
	require.NoError(l, err)
	l.decoded[address] = decodedAccount{bytes.Clone(a.Data), v}
	return v
}

// decodedAccount is an account as it was decoded last.
type decodedAccount struct {
	data    []byte
	account any
}

// attempt is an instruction that somebody may try, and the rule about it.
type attempt struct {
	instruction round.Instruction
	rule        func(now time.Time) error
}

// compare requires that the rules predict what the program answers to everything
// that anybody may try, and returns what it accepts.
func (l *lab) compare(counts map[string]int) (accepts []round.Instruction) {
	l.Helper()
	now := l.now()
	for _, a := range l.attempts() {
		err := a.rule(now)
		got := l.code(a.instruction)
		if want := l.want(err); want != got { // to say why takes as long as all the rest
			require.Equal(l, want, got, "%+v at %s:\n%+v\n%v", a.instruction, now.Sub(labStart), l.round(), err)
		}
		counts[fmt.Sprintf("%T %d", a.instruction, got)]++
		if err == nil {
			accepts = append(accepts, a.instruction)
		}
		if e := (*round.RuleError)(nil); errors.As(err, &e) && !e.From.IsZero() && l.rng.IntN(8) == 0 {
			counts["From"]++
			l.at(e.From.Add(-time.Second), func() { require.Equal(l, got, l.code(a.instruction), "%+v just before %v", a.instruction, err) })
			l.at(e.From, func() { require.NotEqual(l, got, l.code(a.instruction), "%+v at the end of %v", a.instruction, err) })
		}
	}
	return accepts
}

package round_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// calls is how many TestRandomCalls makes: 2,500, or PROGRAM_CALLS.
func calls(t testing.TB) int { return int(number(t, "PROGRAM_CALLS", 2500)) }

// TestRandomCalls lets everybody do anything at any time: calls of every instruction, most of them spoilt in one way or
// another, in states of a round's life and in what becomes of these, with clock moves, donated lamports and accounts that
// were tampered with. Under PROGRAM_MIRROR all of it runs in lockstep with a real Solana runtime.
func TestRandomCalls(t *testing.T) {
	s := newScenes(t)
	r := rand.New(rand.NewPCG(uint64(s.number), 2)) // another one each time, with -count
	for n := 0; n < calls(t); {
		here := r.IntN(len(s.list))
		s.bank.Restore(s.list[here].snapshot)
		tampered := false
		for range 1 + r.IntN(12) {
			n++
			tampered = s.disturb(r) || tampered
			// Mostly what fits the scene, or comes a little later or earlier.
			next := here + r.IntN(7) - 2
			if r.IntN(6) == 0 {
				next = r.IntN(len(s.list))
			}
			k := s.list[min(max(next, 0), len(s.list)-1)].call
			k = s.vary(k, r)
			if r.IntN(2) == 0 {
				k = s.mutate(k, &tape{[]byte{byte(1 + r.IntN(2)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}})
			}
			res := s.send(k)
			if res.Err != nil {
				require.NotNil(t, res.Err.Instruction, "%s %v", k.name, res.Err)
				require.Equal(t, "Custom", res.Err.Instruction.Kind, "%s %v", k.name, res.Logs)
			}
			if !tampered {
				s.vaultsHoldWhatTheyOwe()
			}
		}
	}
}

// disturb changes the world a little, now and then, and reports whether it did what no transaction can.
func (s *scenes) disturb(r *rand.Rand) (tampered bool) {
	switch r.IntN(12) {
	case 0:
		s.warp([]int64{1, 599, 600, 1800, 3600, day, 181 * day, -600}[r.IntN(8)])
	case 1: // a donation, to an account that exists or to one that does not
		require.NoError(s.t, s.bank.Fund(s.pool[r.IntN(len(s.pool))], 1+r.Uint64N(3*sol)))
	case 2:
		s.tamper(r)
		return true
	}
	return false
}

// tamper spoils an account of the program: its owner, its type, its length, its existence.
func (s *scenes) tamper(r *rand.Rand) {
	key := s.pool[r.IntN(len(s.pool))]
	a, ok := s.bank.Account(key)
	if !ok || a.Owner != s.id {
		return
	}
	a = a.Clone()
	switch r.IntN(4) {
	case 0:
		a.Owner = solana.TokenProgramID
	case 1:
		a.Data[r.IntN(8)] ^= 1
	case 2:
		a.Data = a.Data[:r.IntN(len(a.Data))]
	case 3:
		a = svm.Account{Lamports: a.Lamports, Owner: solana.SystemProgramID}
	}
	require.NoError(s.t, s.bank.SetAccount(key, a))
}

// vary replaces the call by one of the same kind with other arguments, where that has any.
func (s *scenes) vary(k call, r *rand.Rand) call {
	if len(k.data) < 9 || r.IntN(3) > 0 {
		return k
	}
	k.data = append([]byte{}, k.data...)
	at := 8 + r.IntN(len(k.data)-8)
	k.data[at] = []byte{0, 1, 2, 3, 25, 0x7f, 0x80, 0xff}[r.IntN(8)]
	return k
}

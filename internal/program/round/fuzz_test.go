package round_test

import (
	"sync"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A scene is a state that the story of accounts_test.go passes through, and the call that works in it.
type scene struct {
	snapshot *svm.Snapshot
	call     call
}

// scenes are all of them, with a pool of accounts to take others from.
type scenes struct {
	*chain
	list []scene
	pool []solana.PublicKey
}

func newScenes(t testing.TB) *scenes {
	s := &scenes{chain: newChain(t)}
	seen := map[solana.PublicKey]bool{}
	for _, step := range story(s.chain) {
		if step.before != nil {
			step.before()
		}
		s.list = append(s.list, scene{s.bank.Snapshot(), step.call})
		s.ok(step.call)
		for _, m := range step.call.metas {
			if !seen[m.PublicKey] {
				seen[m.PublicKey] = true
				s.pool = append(s.pool, m.PublicKey)
			}
		}
	}
	return s
}

// A tape is fuzz input, read byte by byte; at its end it reads 0.
type tape struct{ bytes []byte }

func (p *tape) next() byte {
	if len(p.bytes) == 0 {
		return 0
	}
	b := p.bytes[0]
	p.bytes = p.bytes[1:]
	return b
}

func (p *tape) below(n int) int { return int(p.next()) % n }

// mutate spoils a call: other accounts, other flags, other bytes, in any number. Whoever signs has signed.
func (s *scenes) mutate(k call, in *tape) call {
	k.data = append([]byte{}, k.data...)
	for range in.below(5) {
		i := in.below(max(len(k.metas), 1))
		switch kind := in.below(8); {
		case len(k.metas) == 0 || kind == 0:
			k.metas = append(append([]*solana.AccountMeta{}, k.metas...), solana.NewAccountMeta(s.pool[in.below(len(s.pool))], in.next()&1 == 1, false))
		case kind == 1:
			k = k.change(i, func(m *solana.AccountMeta) { m.PublicKey = s.pool[in.below(len(s.pool))] })
		case kind == 2:
			k = k.change(i, func(m *solana.AccountMeta) { m.IsWritable = !m.IsWritable })
		case kind == 3:
			k = k.change(i, func(m *solana.AccountMeta) { m.IsSigner = false })
		case kind == 4:
			k.metas = k.metas[:len(k.metas)-1]
		case kind == 5 && len(k.data) > 0:
			k.data = k.data[:in.below(len(k.data))]
		case len(k.data) > 0:
			k.data[in.below(len(k.data))] = in.next()
		}
	}
	k.signers = nil
	names := map[solana.PublicKey]string{}
	for name, key := range s.pubs {
		names[key] = name
	}
	for i, m := range k.metas {
		if name, ok := names[m.PublicKey]; ok && m.IsSigner {
			k.signers = append(k.signers, name)
		} else if m.IsSigner {
			k = k.change(i, func(m *solana.AccountMeta) { m.IsSigner = false })
		}
	}
	return k
}

// FuzzCalls runs spoilt calls in all states of a round's life. The program must answer each with success or with an error
// of its own: no fault of the virtual machine, no endless loop, no call of another program that the runtime refuses.
func FuzzCalls(f *testing.F) {
	all := sync.OnceValue(func() *scenes { return newScenes(f) })
	for i := range len(all().list) {
		f.Add([]byte{byte(i), 0, byte(i), 1, 1, 1, 7, byte(i), 2, 0, 6, 9, 200, 1, 5, 30})
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		s := *all()
		s.chain = s.on(t)
		in := &tape{bytes}
		here := s.list[in.below(len(s.list))]
		s.bank.Restore(here.snapshot)
		before := s.supply()
		var fees uint64
		for range 1 + in.below(3) {
			k := s.list[in.below(len(s.list))].call
			res := s.send(s.mutate(k, in))
			fees += res.Fee
			if res.Err == nil {
				continue
			}
			require.Equal(t, "InstructionError", res.Err.Kind, "%s %v", k.name, res.Logs)
			require.Equal(t, "Custom", res.Err.Instruction.Kind, "%s %v", k.name, res.Logs)
			require.Less(t, res.ComputeUnits, uint64(60_000), "%s %v", k.name, res.Logs)
		}
		require.Equal(t, before, s.supply()+fees)
		s.vaultsHoldWhatTheyOwe()
	})
}

// supply is the sum of all lamports.
func (s *scenes) supply() (sum uint64) {
	for _, a := range s.bank.Accounts() {
		sum += a.Lamports
	}
	return sum
}

// vaultsHoldWhatTheyOwe compares each vault's balance with its ledger.
func (s *scenes) vaultsHoldWhatTheyOwe() {
	for id := range uint64(4) {
		if s.lamports(s.vault(id)) == 0 {
			continue
		}
		if a, _ := s.bank.Account(s.vault(id)); a.Owner != s.id {
			continue
		}
		r, v := s.data(s.round(id)), s.data(s.vault(id))
		out := v.u64(16) + v.u64(24) + v.u64(32) + v.u64(48)
		require.LessOrEqual(s.t, out, r.u64(114))
		require.GreaterOrEqual(s.t, s.lamports(s.vault(id)), rent(60)+r.u64(114)-out)
	}
}

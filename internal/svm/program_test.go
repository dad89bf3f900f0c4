package svm

import (
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// rawInstruction is an unchecked instruction.
type rawInstruction struct {
	program  solana.PublicKey
	accounts []*solana.AccountMeta
	data     []byte
}

func (i rawInstruction) ProgramID() solana.PublicKey     { return i.program }
func (i rawInstruction) Accounts() []*solana.AccountMeta { return i.accounts }
func (i rawInstruction) Data() ([]byte, error)           { return i.data, nil }

var (
	insn = sbpftest.Insn
	exit = sbpftest.Exit
)

func code(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// Offsets of a program's only account in its input: see serialize.go.
const (
	ownerOffset    = 8 + 40
	lamportsOffset = 8 + 72
	lengthOffset   = 8 + 80
	dataOffset     = 8 + 88
)

// TestWhatProgramsMayChange lets a program write to one account what the runtime must accept or refuse.
func TestWhatProgramsMayChange(t *testing.T) {
	id, key := solana.PublicKey{7}, solana.PublicKey{8}
	write := func(op uint8, at int16, v int32) []byte { return insn(op, 1, 0, at, v) }
	const b8, b64 = 0x72, 0x7a
	for _, c := range []struct {
		name            string
		owned, writable bool
		writes          []byte
		want            *InstructionError
	}{
		{"nothing", false, false, nil, nil},
		{"own data", true, true, write(b8, dataOffset, 5), nil},
		{"own data, read-only", true, false, write(b8, dataOffset, 5), errReadonlyDataModified},
		{"foreign data", false, true, write(b8, dataOffset, 5), errExternalAccountDataModified},
		{"growth", true, true, write(b64, lengthOffset, 10+10*1024), nil},
		{"too much growth", true, true, write(b64, lengthOffset, 11+10*1024), errInvalidRealloc},
		{"shrinking", true, true, write(b64, lengthOffset, 0), nil},
		{"foreign shrinking", false, true, write(b64, lengthOffset, 0), errExternalAccountDataModified},
		{"absurd length", true, true, write(b64, lengthOffset, -1), errInvalidRealloc},
		{"minting", true, true, write(b64, lamportsOffset, math.MaxInt32), errUnbalancedInstruction},
		{"spending foreign lamports", false, true, write(b64, lamportsOffset, 0), errExternalAccountLamportSpend},
		{"read-only lamports", true, false, write(b64, lamportsOffset, 0), errReadonlyLamportChange},
		{"giving away, zeroed", true, true, code(write(b64, dataOffset, 0), write(b64, dataOffset+2, 0), write(b8, ownerOffset, 1)), nil},
		{"giving away with data", true, true, write(b8, ownerOffset, 1), errModifiedProgramID},
		{"taking", false, true, write(b8, ownerOffset, 7), errModifiedProgramID},
		{"executable flag", true, true, write(b8, 8+3, 1), nil}, // ignored
	} {
		t.Run(c.name, func(t *testing.T) {
			b, k, _ := testBank(t)
			require.NoError(t, b.AddProgram(id, sbpftest.V0(code(c.writes, insn(0xb7, 0, 0, 0, 0), exit()))))
			owner := solana.PublicKey{9}
			if c.owned {
				owner = id
			}
			require.NoError(t, b.SetAccount(key, Account{Lamports: 1e9, Data: []byte("0123456789"), Owner: owner, RentEpoch: math.MaxUint64}))
			before, _ := b.Account(key)
			res := b.Process(sign(t, b, k, []solana.Instruction{rawInstruction{id, []*solana.AccountMeta{solana.NewAccountMeta(key, c.writable, false)}, nil}}))
			if c.want != nil {
				require.Equal(t, instructionErr(0, c.want), res.Err)
				after, _ := b.Account(key)
				require.Equal(t, before, after)
				return
			}
			require.Nil(t, res.Err)
			after, _ := b.Account(key)
			require.False(t, after.Executable)
		})
	}
}

// TestCoverEdges counts the edges of a program that branches on its instruction's data.
func TestCoverEdges(t *testing.T) {
	b, k, _ := testBank(t)
	id := solana.PublicKey{7}
	var edges sbpf.Edges
	require.ErrorContains(t, b.CoverEdges(id, &edges), "no program")
	require.NoError(t, b.AddProgram(id, sbpftest.V3(code(insn(0x71, 3, 2, 0, 0), insn(0x15, 3, 0, 1, 1), insn(0xb7, 4, 0, 0, 0), insn(0xb7, 0, 0, 0, 0), exit()), nil)))
	require.NoError(t, b.CoverEdges(id, &edges))
	seen := map[sbpf.Edges]bool{}
	for n := range byte(3) {
		clear(edges[:])
		require.Nil(t, b.Process(sign(t, b, k, []solana.Instruction{rawInstruction{id, nil, []byte{n}}})).Err)
		seen[edges] = true
	}
	require.Len(t, seen, 2, "1 goes one way, 0 and 2 the other")
}

// FuzzProgram runs any byte code as a program with its own and foreign accounts. Whatever it does, lamports are
// conserved, foreign accounts keep their data, and the ledger remains usable.
func FuzzProgram(f *testing.F) {
	call := func(name string) []byte { return insn(0x85, 0, 0, 0, int32(sbpf.SymbolHash([]byte(name)))) }
	f.Add(code(insn(0x72, 1, 0, dataOffset, 5), insn(0xb7, 0, 0, 0, 0), exit()), []byte{1})
	f.Add(code(sbpftest.Lddw(1, sbpf.HeapStart), insn(0xb7, 2, 0, 0, 8), call("sol_log_"), call("sol_log_data"), exit()), []byte{})
	f.Add(code(insn(0xbf, 6, 1, 0, 0), sbpftest.Lddw(1, sbpf.HeapStart), insn(0xb7, 3, 0, 0, 40), insn(0xbf, 2, 6, 0, 0),
		call("sol_memcpy_"), call("sol_invoke_signed_c"), call("sol_invoke_signed_rust"), exit()), []byte{})
	f.Add(code(call("sol_get_clock_sysvar"), call("sol_sha256"), call("sol_try_find_program_address"), call("sol_set_return_data"), exit()), []byte{})
	id, own, foreign := solana.PublicKey{7}, solana.PublicKey{8}, solana.PublicKey{9}
	f.Fuzz(func(t *testing.T, program, data []byte) {
		b, k, _ := testBank(t)
		if len(data) > 500 || b.AddProgram(id, sbpftest.V3(program, nil)) != nil {
			return
		}
		require.NoError(t, b.SetAccount(own, Account{Lamports: 1e9, Data: make([]byte, 50), Owner: id, RentEpoch: math.MaxUint64}))
		require.NoError(t, b.SetAccount(foreign, Account{Lamports: 1e9, Data: []byte("not yours"), Owner: solana.PublicKey{10}, RentEpoch: math.MaxUint64}))
		res := b.Process(sign(t, b, k, []solana.Instruction{rawInstruction{id, []*solana.AccountMeta{
			solana.NewAccountMeta(own, true, false), solana.NewAccountMeta(foreign, true, false), solana.NewAccountMeta(k.PublicKey(), true, true),
			solana.NewAccountMeta(solana.SystemProgramID, false, false),
		}, data}}))
		require.True(t, res.Processed)
		var pre, post uint64
		for i := range res.PreBalances {
			pre, post = pre+res.PreBalances[i], post+res.PostBalances[i]
		}
		require.Equal(t, pre, post+res.Fee, "lamports came or went")
		a, _ := b.Account(foreign)
		require.Equal(t, "not yours", string(a.Data))
		require.Equal(t, solana.PublicKey{10}, a.Owner)
		require.GreaterOrEqual(t, a.Lamports, uint64(1e9))
		require.LessOrEqual(t, res.ComputeUnits, uint64(defaultComputeUnits))
		require.Nil(t, b.Process(sign(t, b, k, transfer(k, solana.PublicKey{1}, 1e9))).Err)
	})
}

package run_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A fuzzer looks for inputs that take new ways through the program.
type fuzzer struct {
	*arena
	*rand.Rand
	corpus   []input
	known    [1 << 16]uint8 // by counter: classes of counts seen
	coarse   bool           // edges count, and not how often they are taken
	codes    map[uint32]bool
	outcomes map[string]int
	units    uint64
}

func newFuzzer(a *arena, seed uint64) *fuzzer {
	f := &fuzzer{arena: a, Rand: rand.New(rand.NewPCG(seed, 3)), codes: map[uint32]bool{0: true, 1: true}, outcomes: map[string]int{}}
	for _, e := range programtest.ParseIDL(a.T.(*testing.T), run.IDL()).Errors {
		f.codes[uint32(e.Code)] = true
	}
	for _, code := range []uint32{100, 101, 102, 2000, 2001, 2003, 2006, 2012, 2040, 3001, 3002, 3003, 3005, 3007, 3008, 3010, 3011, 3012} {
		f.codes[code] = true
	}
	return f
}

// plant tries a call of each kind in every scene.
func (f *fuzzer) plant() {
	kinds := map[string][]programtest.Call{}
	for _, k := range f.calls {
		kinds[k.Name] = append(kinds[k.Name], k)
	}
	for i := range f.scenes {
		for _, name := range slices.Sorted(maps.Keys(kinds)) {
			f.try(input{scene: i, calls: []programtest.Call{kinds[name][f.IntN(len(kinds[name]))]}})
		}
	}
}

// try runs an input, judges it, and keeps it where it did something new. Only wallets can sign.
func (f *fuzzer) try(in input) {
	for _, k := range in.calls {
		if slices.ContainsFunc(k.Metas, func(m *solana.AccountMeta) bool { return m.IsSigner && !f.isWallet(m.PublicKey) }) {
			return
		}
	}
	f.Bank.Restore(f.scenes[in.scene].snapshot)
	f.Warp(in.seconds)
	f.Bank.WarpSlots(in.slots)
	res := f.simulate(in.calls)
	f.units = max(f.units, res.ComputeUnits)
	err := f.judge(f.scenes[in.scene].run, in.calls, res)
	require.NoError(f.T, err, "%v\n%v", in, res.Logs)
	what := outcome(in.calls, res)
	f.outcomes[what]++
	if f.news() || f.outcomes[what] == 1 {
		f.corpus = append(f.corpus, in)
	}
}

// outcome says which call ended the transaction, and how.
func outcome(calls []programtest.Call, res svm.Result) string {
	at := len(calls) - 1
	if res.Err != nil && res.Err.Instruction != nil {
		at = int(res.Err.Index)
	}
	return calls[at].Name + " " + programtest.Outcome(res)
}

// isWallet reports whether somebody can sign for an account. The mint has a key, but is no wallet.
func (f *fuzzer) isWallet(key solana.PublicKey) bool { return f.IsActor(key) && key != f.mint }

// simulate runs calls unsigned, and commits nothing.
func (f *fuzzer) simulate(calls []programtest.Call) svm.Result {
	var ixs []solana.Instruction
	for _, k := range calls {
		ixs = append(ixs, solana.NewInstruction(f.ID, k.CopyMetas(), k.Data))
	}
	tx, err := solana.NewTransaction(ixs, solana.Hash{}, solana.TransactionPayer(f.Pub("payer")))
	require.NoError(f.T, err)
	tx.Signatures = make([]solana.Signature, tx.Message.Header.NumRequiredSignatures)
	raw, err := tx.MarshalBinary()
	require.NoError(f.T, err)
	clear(f.edges[:])
	return f.Bank.Simulate(raw, svm.SimulateOptions{ReplaceBlockhash: true})
}

// news adds what the last execution reached to what is known, and reports whether there was anything new.
func (f *fuzzer) news() (found bool) {
	for i, n := range f.edges {
		class := uint8(1)
		for ; n > 1 && !f.coarse; n >>= 1 {
			class <<= 1
		}
		if f.edges[i] > 0 && f.known[i]&class == 0 {
			f.known[i] |= class
			found = true
		}
	}
	return found
}

// judge returns what is wrong with an outcome: an error that nobody declared, or books that do not balance.
func (f *fuzzer) judge(key solana.PublicKey, calls []programtest.Call, res svm.Result) error {
	switch {
	case res.Err != nil && res.Err.Instruction == nil:
		if res.Err.Kind != "InsufficientFundsForRent" && res.Err.Kind != "SanitizeFailure" {
			return fmt.Errorf("the runtime: %w", res.Err)
		}
		return nil
	case res.Err != nil:
		if res.Err.Instruction.Kind != "Custom" || !f.codes[res.Err.Instruction.Code] && !f.ofTokens(calls, res.Err.Instruction.Code) {
			return fmt.Errorf("no error of the program: %w", res.Err)
		}
		return nil
	case res.ComputeUnits > 2*maxTick:
		return fmt.Errorf("%d compute units", res.ComputeUnits)
	}
	was := func(k solana.PublicKey) svm.Account { a, _ := f.Bank.Account(k); return a }
	is := func(k solana.PublicKey) svm.Account {
		if a, ok := res.PostAccounts[k]; ok {
			return a
		}
		return was(k)
	}
	if err := f.checkWallets(calls, was, is); err != nil {
		return err
	}
	return f.checkMoney(key, calls, was, is)
}

// ofTokens reports whether an error may be the token program's: it has codes 0 to 19.
func (f *fuzzer) ofTokens(calls []programtest.Call, code uint32) bool {
	return code < 20 && slices.ContainsFunc(calls, func(k programtest.Call) bool {
		return slices.ContainsFunc(k.Metas, func(m *solana.AccountMeta) bool { return m.PublicKey == solana.TokenProgramID })
	})
}

// checkWallets requires that nobody lost lamports, or tokens, without a signature.
func (f *fuzzer) checkWallets(calls []programtest.Call, was, is func(solana.PublicKey) svm.Account) error {
	signed := map[solana.PublicKey]bool{f.Pub("payer"): true}
	for _, k := range calls {
		for _, m := range k.Metas {
			signed[m.PublicKey] = signed[m.PublicKey] || m.IsSigner
		}
	}
	for _, who := range players {
		if key := f.Pub(who); !signed[key] && is(key).Lamports < was(key).Lamports {
			return fmt.Errorf("%s lost lamports without having signed", who)
		}
		if tokens := f.tokenAccount(who); !signed[f.Pub(who)] && tokensOf(is(tokens)) < tokensOf(was(tokens)) {
			return fmt.Errorf("%s lost tokens without having signed", who)
		}
	}
	return nil
}

// checkMoney requires that what changed in the books changed in the vault, in the slots and in the members' accounts.
func (f *fuzzer) checkMoney(key solana.PublicKey, calls []programtest.Call, was, is func(solana.PublicKey) svm.Account) error {
	before, existed := f.read(key, was)
	after, exists := f.read(key, is)
	switch {
	case !existed || !exists:
		return nil
	case after.stakes != after.held:
		return fmt.Errorf("the run says %d are staked, its members %d", after.stakes, after.held)
	case after.owed != after.due:
		return fmt.Errorf("the run owes %d, and %d are due", after.owed, after.due)
	case after.vault < after.booked:
		return fmt.Errorf("%d are booked, the vault holds %d", after.booked, after.vault)
	case after.surplus() != before.surplus() && !(after.surplus() == 0 && slices.ContainsFunc(calls, isTopUp)):
		return fmt.Errorf("the vault changed from %d to %d, the books from %d to %d", before.vault, after.vault, before.booked, after.booked)
	}
	return nil
}

// isTopUp reports whether a call may take what somebody sent to the vault into the books.
func isTopUp(k programtest.Call) bool { return bytes.HasPrefix(k.Data, programtest.Args("top_up")) }

// mutate returns an input that is like another one.
func (f *fuzzer) mutate(in input) input {
	if f.IntN(3) == 0 {
		in.scene = f.IntN(len(f.scenes))
	}
	if f.IntN(3) == 0 {
		in.seconds = []int64{0, 1, 3, 10, 60, 600, day, 366 * day, 600 * day}[f.IntN(9)]
		in.slots = uint64([]int{0, 1, 9, 600}[f.IntN(4)])
	}
	in.calls = slices.Clone(in.calls)
	i := f.IntN(len(in.calls))
	switch f.IntN(6) {
	case 0:
		in.calls[i] = f.call()
	case 1:
		if len(in.calls) < 3 {
			in.calls = append(in.calls, f.call())
		}
	case 2:
		in.calls[i] = f.renumber(in.calls[i])
	default:
		in.calls[i] = in.calls[i].Spoilt(f.Rand, f.pool)
	}
	return in
}

// call is one that worked somewhere; half of the time one of the story, which has those that are rare.
func (f *fuzzer) call() programtest.Call {
	if f.IntN(2) == 0 {
		return f.told[f.IntN(len(f.told))]
	}
	return f.calls[f.IntN(len(f.calls))]
}

// renumber writes a number that rules turn on somewhere into the arguments.
func (f *fuzzer) renumber(k programtest.Call) programtest.Call {
	k.Data = slices.Clone(k.Data)
	if len(k.Data) < 9 {
		return k
	}
	at := 8 + f.IntN(len(k.Data)-8)
	n := []uint64{0, 1, 2, 255, 10_000, 10_001, 1 << 31, 1<<63 - 1, 1 << 63, 1<<64 - 1, 5 * sol, f.Uint64()}[f.IntN(12)]
	for ; at < len(k.Data) && n > 0; at++ {
		k.Data[at] = byte(n)
		n >>= 8
	}
	return k
}

// TestEdgeFuzz runs the corpus, and then PROGRAM_FUZZ executions (2,000), each a change of one that took a new way, by the seed
// PROGRAM_FUZZ_SEED. With PROGRAM_FUZZ_CORPUS=1 it writes the corpus anew. See FUZZ.md.
func TestEdgeFuzz(t *testing.T) {
	f := newFuzzer(newArena(t), uint64(number(t, "PROGRAM_FUZZ_SEED", 1)))
	t.Run("sees faults", f.seesFaults)
	corpus := f.readCorpus(t)
	for _, in := range corpus {
		f.try(in)
	}
	if len(corpus) > 0 {
		t.Log("the corpus:", f.progress())
		taken, all := f.covered()
		require.Greater(t, 100*taken, leastCovered*all, "the corpus does not know the program any more: make a new one, see FUZZ.md")
	}
	n := number(t, "PROGRAM_FUZZ", 2_000)
	if n > 100_000 || len(corpus) == 0 {
		f.plant()
	}
	for i := range n {
		from := f.corpus[f.IntN(len(f.corpus))]
		if f.IntN(2) == 0 {
			from = f.corpus[len(f.corpus)-1-f.IntN(min(50, len(f.corpus)))]
		}
		f.try(f.mutate(from))
		if i%100_000 == 99_999 {
			fmt.Println(i+1, f.progress()) // at once
		}
	}
	t.Log(f.progress())
	for _, what := range slices.Sorted(maps.Keys(f.outcomes)) {
		t.Log(f.outcomes[what], what)
	}
	if os.Getenv("PROGRAM_FUZZ_CORPUS") != "" {
		f.writeCorpus(t)
	}
}

// leastCovered is how much of the program's edges the committed corpus takes, of a hundred.
const leastCovered = 55

// covered returns how many edges were taken, and how many there are.
func (f *fuzzer) covered() (taken, all int) {
	edges, err := f.Bank.AllEdges(f.ID)
	require.NoError(f.T, err)
	for _, n := range f.known {
		if n > 0 {
			taken++
		}
	}
	return taken, len(edges)
}

func (f *fuzzer) progress() string {
	taken, all := f.covered()
	return fmt.Sprintf("%d inputs did something new, %d of %d edges taken, at most %d compute units", len(f.corpus), taken, all, f.units)
}

// seesFaults puts wrong outcomes in place, in a scene of each kind of treasury, and requires that each is noticed.
func (f *fuzzer) seesFaults(t *testing.T) {
	kinds := map[uint8]int{}
	for i, s := range f.scenes {
		f.Bank.Restore(s.snapshot)
		if a, ok := f.Bank.Account(s.run); ok && len(a.Data) > 0 {
			kinds[decode[model.Run](f.world, s.run).Treasury] = i
		}
	}
	for treasury, i := range kinds {
		if treasury != model.Points {
			f.seesFaultsIn(t, f.scenes[i])
		}
	}
}

func (f *fuzzer) seesFaultsIn(t *testing.T, s scene) {
	f.Bank.Restore(s.snapshot)
	key := s.run
	r := decode[model.Run](f.world, key)
	good := svm.Result{PostAccounts: map[solana.PublicKey]svm.Account{}}
	require.NoError(t, f.judge(key, nil, good))
	for what, change := range map[string]func(r *model.Run){
		"pool":   func(r *model.Run) { r.Pool++ },
		"owed":   func(r *model.Run) { r.Owed++; r.Pool-- },
		"stakes": func(r *model.Run) { r.Stakes--; r.Pool++ },
	} {
		changed := *r
		change(&changed)
		a, _ := f.Bank.Account(key)
		a.Data = model.Encode(&changed)
		require.Error(t, f.judge(key, nil, svm.Result{PostAccounts: map[solana.PublicKey]svm.Account{key: a}}), what)
	}
	poor, _ := f.Bank.Account(f.Pub("ann"))
	poor.Lamports--
	require.Error(t, f.judge(key, nil, svm.Result{PostAccounts: map[solana.PublicKey]svm.Account{f.Pub("ann"): poor}}))
	failed := func(kind string, code uint32) svm.Result {
		return svm.Result{Err: &svm.TransactionError{Kind: "InstructionError", Instruction: &svm.InstructionError{Kind: kind, Code: code}}}
	}
	require.Error(t, f.judge(key, nil, failed("ProgramFailedToComplete", 0)))
	require.Error(t, f.judge(key, nil, failed("Custom", 6042)))
	require.NoError(t, f.judge(key, nil, failed("Custom", 6041)))
}

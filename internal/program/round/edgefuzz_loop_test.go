package round_test

import (
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"time"
	"unsafe"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// An outcome is how a transaction ended: the instruction that failed, or else the last one, and its error.
type outcome struct {
	instruction uint64 // discriminator
	kind        string // "ok", "Custom" or what the runtime says
	code        uint32
}

// A fuzzer looks for inputs that take new ways through the program.
type fuzzer struct {
	*arena
	mutator  mutator
	wire     wire
	corpus   []fuzzInput
	known    [1 << 16]uint8 // by counter: classes of counts seen
	outcomes map[outcome]int
	before   map[solana.PublicKey]svm.Account // the present state, as far as it was asked for
	at       int                              // the present world

	executions, entries int // transactions, and instructions that the program ran for them
	units               uint64
}

func newFuzzer(a *arena, seed uint64) *fuzzer {
	f := &fuzzer{arena: a, outcomes: map[outcome]int{}, before: map[solana.PublicKey]svm.Account{}}
	f.mutator = mutator{arena: a, Rand: rand.New(rand.NewPCG(seed, 11)), corpus: f.any}
	return f
}

// any is some entry of the corpus, a late one half of the time.
func (f *fuzzer) any() fuzzInput {
	n := len(f.corpus)
	if f.mutator.IntN(2) == 0 {
		return f.corpus[n-1-f.mutator.IntN(min(n, 50))]
	}
	return f.corpus[f.mutator.IntN(n)]
}

// prepare makes the bank what it is when the last transaction of an input begins.
func (f *fuzzer) prepare(in fuzzInput) {
	f.at = f.worldOf(in)
	f.bank.Restore(f.worlds[f.at].snapshot)
	for _, s := range in.before() {
		f.happen(s)
		raw := f.build(&f.wire, s.Calls)
		if raw == nil {
			continue
		}
		res := f.simulate(raw)
		for key, acc := range res.PostAccounts {
			if res.Err == nil {
				require.NoError(f.t, f.bank.SetAccount(key, acc))
			}
		}
	}
	f.happen(*in.last())
	clear(f.before)
}

// happen moves the clock and the balances.
func (f *fuzzer) happen(s fuzzStep) {
	f.skew = time.Duration(min(max(s.Skew, -1<<28), 1<<28)) * time.Second
	for _, g := range s.Gifts {
		key := f.pool[max(g.Place, 0)%len(f.pool)]
		acc, ok := f.bank.Account(key)
		lamports := min(g.Lamports, 1<<62)
		switch {
		case acc.Executable || acc.Owner == svm.SysvarOwnerID || acc.Owner == svm.NativeLoaderID || acc.Lamports > 1<<62:
			continue
		case !ok:
			acc = svm.Account{Owner: solana.SystemProgramID, RentEpoch: ^uint64(0)}
			fallthrough
		case f.wallets[key]:
			acc.Lamports = lamports
		default:
			acc.Lamports += lamports
		}
		require.NoError(f.t, f.bank.SetAccount(key, acc))
	}
}

func (f *fuzzer) simulate(raw []byte) svm.Result {
	return f.bank.Simulate(raw, svm.SimulateOptions{ReplaceBlockhash: true})
}

// was is an account before the last transaction.
func (f *fuzzer) was(key solana.PublicKey) svm.Account {
	acc, ok := f.before[key]
	if !ok {
		acc, _ = f.bank.Account(key)
		f.before[key] = acc
	}
	return acc
}

// run executes the last transaction of a prepared input and judges it. It reports false where there is none.
func (f *fuzzer) run(in fuzzInput) (svm.Result, bool, error) {
	calls := in.last().Calls
	raw := f.build(&f.wire, calls)
	if raw == nil {
		return svm.Result{}, false, nil
	}
	clear(f.edges[:])
	res := f.simulate(raw)
	f.executions++
	f.entries += len(calls)
	at := len(calls) - 1
	if res.Err != nil && res.Err.Instruction != nil {
		f.entries -= at - int(res.Err.Index)
		at = int(res.Err.Index)
	}
	f.units = max(f.units, res.ComputeUnits)
	f.outcomes[f.outcomeOf(calls[at], res.Err)]++
	return res, true, f.judge(&f.wire, calls, &res, f.was)
}

func (f *fuzzer) outcomeOf(k fuzzCall, err *svm.TransactionError) outcome {
	o := outcome{kind: "ok"}
	if len(k.Data) >= 8 {
		if o.instruction = binary.LittleEndian.Uint64(k.Data); f.names[o.instruction] == "" {
			o.instruction = 1
		}
	}
	switch {
	case err == nil:
	case err.Instruction == nil:
		o.kind = err.Kind
	default:
		o.kind, o.code = err.Instruction.Kind, err.Instruction.Code
	}
	return o
}

// classes are what the fuzzer tells apart in how often an edge was taken: a bit each.
var classes = func() (c [256]uint8) {
	for n := 1; n < 256; n++ {
		switch {
		case n <= 3:
			c[n] = 1 << (n - 1)
		case n < 8:
			c[n] = 8
		case n < 16:
			c[n] = 16
		case n < 32:
			c[n] = 32
		case n < 128:
			c[n] = 64
		default:
			c[n] = 128
		}
	}
	return c
}()

// news adds what the last execution reached to what is known, and reports whether there was anything new.
func (f *fuzzer) news() (found bool) {
	words := (*[len(f.edges) / 8]uint64)(unsafe.Pointer(f.edges))
	for i := 0; i < len(f.edges); i += 64 {
		w := words[i/8 : i/8+8 : i/8+8]
		if w[0]|w[1]|w[2]|w[3]|w[4]|w[5]|w[6]|w[7] == 0 {
			continue
		}
		for j := i; j < i+64; j++ {
			if c := classes[f.edges[j]]; c&^f.known[j] != 0 {
				f.known[j] |= c
				found = true
			}
		}
	}
	return found
}

// try prepares and runs an input, and keeps it where it did something new.
func (f *fuzzer) try(in fuzzInput) {
	f.prepare(in)
	f.once(in)
}

func (f *fuzzer) once(in fuzzInput) {
	cells := len(f.outcomes)
	res, ok, err := f.run(in)
	if err != nil {
		text, _ := json.Marshal(in)
		require.NoError(f.t, err, "in world %q: %s\n%v", f.worlds[f.at].name, text, res.Logs)
	}
	if ok && (f.news() || len(f.outcomes) > cells) {
		f.corpus = append(f.corpus, in.clone())
	}
}

// plant tries every model in every world.
func (f *fuzzer) plant() {
	for w := range f.worlds {
		for i, k := range f.models {
			in := fuzzInput{World: w, Steps: []fuzzStep{{Calls: []fuzzCall{k}}}}
			if i == 0 {
				f.prepare(in)
			}
			f.once(in)
		}
	}
}

// batch is how many transactions are tried in one state.
const batch = 100

// explore runs n executions.
func (f *fuzzer) explore(n int) {
	for end := f.executions + n; f.executions < end; {
		parent := f.any().clone()
		for range f.mutator.IntN(3) {
			f.mutator.surroundings(&parent)
		}
		parent.World = f.worldOf(parent)
		f.prepare(parent)
		for i := 0; i < batch && f.executions < end; i++ {
			child := parent
			child.Steps = append([]fuzzStep(nil), parent.Steps...)
			s := child.last()
			calls := make([]fuzzCall, len(s.Calls))
			for j, k := range s.Calls {
				calls[j] = k.clone()
			}
			s.Calls = calls
			f.mutator.calls(&child)
			f.once(child)
		}
	}
}

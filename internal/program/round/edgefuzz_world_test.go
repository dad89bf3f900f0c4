package round_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// A world is a state that transactions led to, in which the edge fuzzer calls the program.
type world struct {
	name     string
	snapshot *svm.Snapshot
	kinds    map[uint64][]int // places in the pool of the program's accounts, by discriminator
}

// An arena holds all worlds on one bank, and what calls are made of. It is the same in every run, whichever tests ran
// before: corpus entries name worlds and accounts by number.
type arena struct {
	*chain
	skew    time.Duration // of the clock, beyond the world's own
	worlds  []world
	pool    []solana.PublicKey // accounts that calls may name
	payer   solana.PublicKey
	wallets map[solana.PublicKey]bool
	models  []fuzzCall                  // calls that work in some world
	names   map[uint64]string           // of instructions, by discriminator
	rounds  map[uint64]solana.PublicKey // addresses, by id
	edges   *sbpf.Edges
	places  map[solana.PublicKey]int
}

// forged is the first of the addresses at which another program's accounts look like this one's.
var forged = solana.PublicKey{0xf0}

// theArena is built once in a run.
var theArena *arena

// newArena returns the arena for a test, which may leave its bank in any state.
func newArena(t testing.TB) *arena {
	t.Helper()
	if suite.Mirrored() {
		t.Skip("these transactions run on one bank only")
	}
	if theArena == nil {
		theArena = buildArena(t)
	}
	theArena.chain = theArena.on(t)
	return theArena
}

func buildArena(t testing.TB) *arena {
	a := &arena{edges: new(sbpf.Edges), wallets: map[solana.PublicKey]bool{}, names: map[uint64]string{}, places: map[solana.PublicKey]int{}, rounds: map[uint64]solana.PublicKey{}}
	bank := svm.NewBank(svm.Config{SlotTime: -1, Clock: func() time.Time { return time.Unix(start, 0).Add(a.skew) }})
	a.chain = &chain{t: t, bank: bank, id: programID, number: -1, actors: map[string]solana.PrivateKey{},
		pubs: map[string]solana.PublicKey{}, pdas: map[string]solana.PublicKey{}, bumps: map[solana.PublicKey]uint8{}}
	require.NoError(t, bank.AddUpgradeableProgram(a.id, suite.ELF, a.pub("authority")))
	require.NoError(t, bank.CoverEdges(a.id, a.edges))
	a.payer = a.pub("payer") // plays no other role
	names := []string{"authority", "eve", "creator", "next", "other"}
	for _, name := range append(append(names, validators...), trainers...) {
		a.wallets[a.pub(name)] = true
		a.name(a.pub(name))
	}
	a.models = append(a.models, a.model(a.initialize()), a.model(a.initializeBy("eve")))
	a.keep("upgradeable")
	require.NoError(t, bank.AddProgram(a.id, suite.ELF))
	require.NoError(t, bank.CoverEdges(a.id, a.edges))
	a.keep("empty")
	require.NoError(t, bank.Fund(treasury, sol))
	a.ok(a.initialize())
	fresh := bank.Snapshot()
	for _, s := range story(a.chain) {
		if s.before != nil {
			s.before()
		}
		a.keep("before " + s.call.name)
		a.models = append(a.models, a.model(s.call))
		a.ok(s.call)
	}
	a.keep("end")
	for id := range uint64(3) {
		for _, k := range everything(a.chain, id) {
			a.models = append(a.models, a.model(k))
		}
	}
	bank.Restore(fresh)
	a.crowds()
	bank.Restore(fresh)
	a.commitReveal()
	bank.Restore(fresh)
	a.sealed()
	bank.Restore(fresh)
	a.drawn()
	bank.Restore(fresh)
	a.winRate()
	bank.Restore(fresh)
	a.treasuryInTheWay()
	for seed := range uint64(6) {
		bank.Restore(fresh)
		a.game(seed)
	}
	for _, key := range []solana.PublicKey{treasury, a.id, loader, svm.ProgramDataAddress(a.id), solana.TokenProgramID, svm.NativeLoaderID,
		solana.SysVarClockPubkey, solana.SysVarRentPubkey, solana.SysVarInstructionsPubkey} {
		a.name(key)
	}
	a.spoilt()
	a.forge()
	return a
}

// name gives an account a place in the pool.
func (a *arena) name(key solana.PublicKey) int {
	i, ok := a.places[key]
	if !ok {
		i = len(a.pool)
		a.places[key] = i
		a.pool = append(a.pool, key)
	}
	return i
}

// keep makes the present state a world.
func (a *arena) keep(name string) {
	a.worlds = append(a.worlds, world{name: name, snapshot: a.bank.Snapshot()})
}

// model makes a call that works a model for others.
func (a *arena) model(k call) fuzzCall {
	out := fuzzCall{Data: k.data}
	for _, m := range k.metas {
		out.Refs = append(out.Refs, newRef(a.name(m.PublicKey), m.IsWritable, m.IsSigner))
	}
	a.names[binary.LittleEndian.Uint64(k.data)] = k.name
	return out
}

// forge puts accounts of other programs into every world that hold what this program's accounts do, and sorts the pool.
func (a *arena) forge() {
	copies := map[uint64]svm.Account{}
	for _, w := range a.worlds {
		a.bank.Restore(w.snapshot)
		for _, change := range a.bank.ProgramAccounts(a.id) {
			if kind := kindOf(change.Account); kind != 0 && copies[kind].Lamports == 0 {
				copies[kind] = change.Account
			}
		}
	}
	var forgeries []svm.Account
	for _, kind := range sorted(copies) {
		c := copies[kind].Clone()
		c.Owner = solana.TokenProgramID
		forgeries = append(forgeries, c)
	}
	forgeries = append(forgeries,
		svm.Account{Lamports: sol, Data: make([]byte, 80), Owner: solana.SystemProgramID, RentEpoch: math.MaxUint64},
		svm.Account{Lamports: 1, Owner: solana.SystemProgramID, RentEpoch: math.MaxUint64},
		svm.Account{Lamports: sol, Owner: solana.TokenProgramID, RentEpoch: math.MaxUint64})
	for i := range a.worlds {
		w := &a.worlds[i]
		a.bank.Restore(w.snapshot)
		for j, f := range forgeries {
			key := forged
			key[31] = byte(j)
			a.name(key)
			require.NoError(a.t, a.bank.SetAccount(key, f))
		}
		w.snapshot, w.kinds = a.bank.Snapshot(), map[uint64][]int{}
		for place, key := range a.pool {
			if acc, ok := a.bank.Account(key); ok && acc.Owner == a.id {
				w.kinds[kindOf(acc)] = append(w.kinds[kindOf(acc)], place)
			}
		}
	}
}

// kindOf is an account's discriminator, or 0 where its size is of no kind.
func kindOf(acc svm.Account) uint64 {
	if kind, ok := kindOfSize[len(acc.Data)]; ok && kind == [8]byte(acc.Data[:8]) {
		return binary.LittleEndian.Uint64(acc.Data)
	}
	return 0
}

func sorted[V any](m map[uint64]V) []uint64 {
	var keys []uint64
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

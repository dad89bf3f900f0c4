package run_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// A scene is a state that random play led to, in which the edge fuzzer calls the program.
type scene struct {
	snapshot *svm.Snapshot
	run      solana.PublicKey
}

// An arena is what the edge fuzzer works with: scenes on one bank, and calls that worked somewhere.
type arena struct {
	*world
	scenes []scene
	calls  []programtest.Call
	told   []programtest.Call // those of the story
	pool   []solana.PublicKey // accounts that calls may name
	place  map[solana.PublicKey]int
	edges  *sbpf.Edges
}

// newArena plays random runs of each kind, the last ones with a mint's tokens, where there is a token program, and keeps a
// scene every few steps and every call that worked; and tells the story. It is the same in every process.
func newArena(t testing.TB) *arena {
	t.Helper()
	if suite.Mirrored() {
		t.Skip("these transactions run on one bank only")
	}
	w := worldOn(suite.NewChainOf(t, programID, "edgefuzz"))
	w.OK(w.authorize(solana.PublicKey{}))
	for _, name := range players {
		w.Key(name)
	}
	a := &arena{world: w, edges: new(sbpf.Edges), place: map[solana.PublicKey]int{}}
	w.Recorder = func(k programtest.Call, res svm.Result) {
		if res.Err == nil && k.Name != "" {
			a.calls = append(a.calls, k)
		}
	}
	start := w.Bank.Snapshot()
	for seed, treasury := range []uint8{0, 1, 1, 1, 1, 1} {
		w.Bank.Restore(start)
		a.play(rand.New(rand.NewPCG(uint64(seed), 9)), string(rune('a'+seed)), treasury)
	}
	w.Bank.Restore(start)
	a.tell()
	a.addCalls()
	if dirs := spltoken.Dirs(t); len(dirs) > 0 {
		w.Bank.Restore(start)
		w.addTokens(dirs[0], players...)
		start = w.Bank.Snapshot()
		for seed, id := range []string{"tokens", "more-tokens"} {
			w.Bank.Restore(start)
			a.play(rand.New(rand.NewPCG(uint64(seed), 10)), id, model.SPL)
		}
		a.addCalls()
	}
	w.Recorder = nil
	require.NoError(t, w.Bank.CoverEdges(w.ID, a.edges))
	return a
}

// tell tells the story that leads through every instruction, with a scene before each step.
func (a *arena) tell() {
	w := *a.world
	w.id, w.treasury = "story", 1
	steps := story(&w)
	a.addAccounts(w.run(), w.roster(), w.ballots(), w.vault())
	for _, s := range steps {
		if s.Before != nil {
			s.Before()
		}
		a.scenes = append(a.scenes, scene{w.Bank.Snapshot(), w.run()})
		w.OK(s.Call)
		a.told = append(a.told, s.Call)
	}
}

// play plays one run, and ends it.
func (a *arena) play(r *rand.Rand, id string, treasury uint8) {
	w := *a.world
	w.id, w.treasury = id, treasury
	keep := func() { a.scenes = append(a.scenes, scene{w.Bank.Snapshot(), w.run()}) }
	w.OK(w.makeRoster()...)
	keep()
	w.OK(w.createRun("a run", 0, solana.PublicKey{}))
	keep()
	c, verification := randomConfig(r, w.treasury)
	c.TotalSteps = 12
	w.OK(w.updateConfig(c, verification))
	w.OK(w.updateModel(digest(1)))
	g := newGame(&w)
	m := &moves{game: g, Rand: r, names: players[2:], votes: map[string]ballot{}}
	if w.treasury > 0 {
		m.play(m.topUp("eve", 5*sol), func() error { return m.TopUp(5*sol, 0, m.Bank.UnixTime()) })
	}
	m.play(m.setPaused(false), func() error { return m.SetPaused(false, m.Bank.UnixTime()) })
	for i := range 400 {
		m.step()
		if i%8 == 0 {
			keep()
		}
	}
	a.addAccounts(g.run(), g.roster(), g.ballots(), g.vault(), g.PDA("protocol"), g.authorization(solana.PublicKey{}), g.ID, systemID)
	for _, who := range players {
		a.addAccounts(g.Pub(who), g.member(who))
		if treasury == model.SPL {
			a.addAccounts(g.tokenAccount(who))
		}
	}
}

// addCalls puts the accounts of all calls into the pool.
func (a *arena) addCalls() {
	for _, k := range a.calls {
		for _, m := range k.Metas {
			a.addAccounts(m.PublicKey)
		}
	}
}

// addAccounts puts accounts into the pool.
func (a *arena) addAccounts(keys ...solana.PublicKey) {
	for _, key := range keys {
		if _, ok := a.place[key]; !ok {
			a.place[key] = len(a.pool)
			a.pool = append(a.pool, key)
		}
	}
}

// A books is what a run's accounts say about money and points.
type books struct {
	booked, stakes, owed uint64 // by the run
	held, due            uint64 // by slots and members
	vault                uint64 // what it holds, its rent aside
}

// surplus is what somebody sent to the vault.
func (b books) surplus() uint64 { return b.vault - b.booked }

// inVault is what a vault holds.
func inVault(r *model.Run, vault svm.Account) uint64 {
	switch {
	case r.Treasury == model.SPL:
		return tokensOf(vault)
	case r.Treasury == model.SOL && vault.Lamports > 0:
		return vault.Lamports - svm.RentExempt(41)
	}
	return 0
}

// tokensOf is the balance of a token account, if it is one.
func tokensOf(a svm.Account) uint64 {
	if len(a.Data) != 165 {
		return 0
	}
	return binary.LittleEndian.Uint64(a.Data[64:])
}

// read adds up the accounts of a run and of everybody who may be in it.
func (a *arena) read(run solana.PublicKey, get func(solana.PublicKey) svm.Account) (b books, ok bool) {
	r, err := model.Decode[model.Run](get(run).Data)
	if err != nil {
		return books{}, false
	}
	b = books{booked: r.Pool + r.Reserved + r.Owed + r.Stakes, stakes: r.Stakes, owed: r.Owed, vault: inVault(r, get(r.Vault))}
	roster, err := model.Decode[model.Roster](get(r.Roster).Data)
	require.NoError(a.T, err)
	for _, s := range roster.Slots {
		b.held += s.Stake
		b.due += s.Due()
	}
	for _, key := range a.pool {
		m, err := model.Decode[model.Member](get(key).Data)
		if err == nil && m.Run == run && m.CreatedSlot == r.CreatedSlot {
			b.held += m.Stake
			if m.Slot == model.NoSlot {
				b.due += m.Due()
			}
		}
	}
	if !r.HasMoney() {
		b.due = 0
	}
	return b, true
}

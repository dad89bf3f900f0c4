package run_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
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
	pool   []solana.PublicKey // accounts that calls may name
	edges  *sbpf.Edges
}

// newArena plays random runs of each kind, and keeps a scene every few steps and every kind of call that worked.
func newArena(t testing.TB) *arena {
	t.Helper()
	if suite.Mirrored() {
		t.Skip("these transactions run on one bank only")
	}
	w := newWorld(t)
	w.OK(w.authorize(solana.PublicKey{}))
	for _, name := range players {
		w.Key(name)
	}
	a := &arena{world: w, edges: new(sbpf.Edges)}
	start := w.Bank.Snapshot()
	w.Recorder = func(k programtest.Call, res svm.Result) {
		if res.Err == nil && k.Name != "" {
			a.calls = append(a.calls, k)
		}
	}
	for seed := range 6 {
		w.Bank.Restore(start)
		a.play(rand.New(rand.NewPCG(uint64(seed), 9)), seed)
	}
	w.Recorder = nil
	require.NoError(t, w.Bank.CoverEdges(w.ID, a.edges))
	return a
}

// play plays one run, and ends it.
func (a *arena) play(r *rand.Rand, seed int) {
	w := *a.world
	w.id, w.treasury = []string{"a", "b", "c", "d", "e", "f"}[seed], 1
	if seed == 0 {
		w.treasury = 0
	}
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
	a.addAccounts(g)
}

// addAccounts puts the run's accounts, and its players, into the pool.
func (a *arena) addAccounts(g *game) {
	a.pool = append(a.pool, g.run(), g.roster(), g.ballots(), g.vault(), g.PDA("protocol"), g.authorization(solana.PublicKey{}), g.ID, systemID)
	for _, who := range players {
		a.pool = append(a.pool, g.Pub(who), g.member(who))
	}
}

// A books is what a run's accounts say about money and points.
type books struct {
	booked, stakes, owed uint64 // by the run
	held, due            uint64 // by slots and members
	vault                uint64 // lamports
}

// read adds up the accounts of a run and of everybody who may be in it.
func (a *arena) read(run solana.PublicKey, get func(solana.PublicKey) svm.Account) (b books, ok bool) {
	r, err := model.Decode[model.Run](get(run).Data)
	if err != nil {
		return books{}, false
	}
	b = books{booked: r.Pool + r.Reserved + r.Owed + r.Stakes, stakes: r.Stakes, owed: r.Owed, vault: get(r.Vault).Lamports}
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

package run_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// number is a setting of the environment. With -short, what is not set there is an eighth.
func number(t testing.TB, name string, otherwise int) int {
	text := os.Getenv(name)
	switch {
	case text == "" && testing.Short():
		return max(otherwise/8, 1)
	case text == "":
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// TestRandomRuns lets everybody do anything at any time, in PROGRAM_RUNS runs of PROGRAM_STEPS steps (16 of 300). The model must agree on
// every outcome and every byte, and after each instruction the vault holds what the books say, and the run owes what is due.
func TestRandomRuns(t *testing.T) {
	w := newWorld(t)
	w.OK(w.authorize(solana.PublicKey{}))
	for _, name := range []string{"authority", "eve", "ann", "ben", "cat", "dan", "fay", "gus"} {
		w.Key(name)
	}
	snapshot := w.Bank.Snapshot()
	transactions := 0
	for seed := range number(t, "PROGRAM_RUNS", 16) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := w.on(t)
			w.Bank.Restore(snapshot)
			transactions += randomRun(w, rand.New(rand.NewPCG(uint64(seed), 7)))
		})
	}
	t.Log(transactions, "transactions")
}

// randomRun plays one run, and returns how many transactions that took.
func randomRun(w *world, r *rand.Rand) int {
	if w.treasury != model.SPL {
		w.treasury = uint8(r.IntN(2))
	}
	c, verification := randomConfig(r, w.treasury)
	w.OK(w.create()...)
	w.OK(w.updateConfig(c, verification))
	if verification == model.ByWitnesses || r.IntN(2) == 0 {
		w.OK(w.updateModel(digest(1)))
	}
	g := newGame(w)
	m := &moves{game: g, Rand: r, names: []string{"ann", "ben", "cat", "dan", "fay", "gus"}, votes: map[string]ballot{}}
	if w.treasury > 0 {
		m.play(m.topUp("eve", 5*sol), func() error { return m.TopUp(5*sol, 0, m.Bank.UnixTime()) })
	}
	m.play(m.setPaused(false), func() error { return m.SetPaused(false, m.Bank.UnixTime()) })
	for _, who := range m.names {
		m.joinSome(who, m.memberOf(who))
	}
	for range number(w.T, "PROGRAM_STEPS", 300) {
		m.step()
	}
	return g.calls
}

func randomConfig(r *rand.Rand, treasury uint8) (config, uint8) {
	c := plain()
	c.MinClients = uint16(1 + r.IntN(4))
	c.InitMinClients = c.MinClients + uint16(r.IntN(2))
	c.WitnessNodes = uint8(r.IntN(int(c.MinClients) + 1))
	c.TotalSteps = uint32(1 + r.IntN(12))
	c.SlashBps = uint16(r.IntN(10_001))
	c.MaxMissed = uint8(1 + r.IntN(3))
	c.PruneAfter = int64(r.IntN(2) * 100)
	c.RoundsPerEpoch = uint32(1 + r.IntN(3))
	if r.IntN(3) == 0 {
		c.RoundsPerEpoch, c.EpochTime = 0, 31+int64(r.IntN(200))
	}
	if r.IntN(4) == 0 {
		c.RunTime = int64(r.IntN(3000) + 1)
	}
	if treasury == 0 || r.IntN(2) == 0 {
		return c, model.ByWitnesses
	}
	c.MinClients = max(c.MinClients, 2)
	c.InitMinClients = max(c.InitMinClients, c.MinClients)
	c.WitnessNodes = 0
	c.Voters = uint8(1 + r.IntN(int(c.MinClients)-1))
	c.MinStake = 1 + r.Uint64N(sol)
	return c, model.ByVote
}

package run_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// maxTick is what a tick may take, in compute units, with 256 members.
const maxTick = 120_000

// A meter notes what calls cost in runs with different numbers of members.
type meter struct {
	rows  []string
	costs map[string]map[int]uint64
}

func (m *meter) note(name string, members int, units uint64) {
	if m.costs[name] == nil {
		m.costs[name] = map[int]uint64{}
		m.rows = append(m.rows, name)
	}
	m.costs[name][members] = max(m.costs[name][members], units)
}

var sizes = []int{1, 32, 256}

func (m *meter) table() string {
	var out strings.Builder
	for _, name := range m.rows {
		fmt.Fprintf(&out, "| %s |", name)
		for _, n := range sizes {
			if units, ok := m.costs[name][n]; ok {
				fmt.Fprintf(&out, " %d |", units)
			} else {
				out.WriteString(" |")
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}

const costsHead = `# Costs

Written by TestCosts, which fails where it is not true any more. Compute units are those of one top-level instruction in a run
with so many members who all train, stakes of five SOL, and as many verifiers as possible (32). Addresses that an instruction derives
have bump 255 (create_run three of them, join_run and authorization_create one): each further try of a bump costs 1,500 more.
A transaction may use 200,000 units per instruction without asking for more.

| instruction | 1 member | 32 members | 256 members |
|---|---|---|---|
`

func TestCosts(t *testing.T) {
	if suite.Mirrored() {
		t.Skip("these draws are those of one bank: on two, others are drawn, which costs some units more or less")
	}
	m := &meter{costs: map[string]map[int]uint64{}}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) { byWitnesses(t, m, n) })
	}
	for _, n := range sizes[1:] {
		t.Run(fmt.Sprint("votes of ", n), func(t *testing.T) { byVoters(t, m, n) })
	}
	t.Run("by time", func(t *testing.T) { byTime(t, m, 256) })
	for name, costs := range m.costs {
		for n, units := range costs {
			require.Less(t, units, uint64(maxTick), "%s of %d", name, n)
		}
	}
	programtest.CheckCosts(t, costsHead+m.table()+m.dearest()+accountsTable(t))
}

// dearest says what costs most.
func (m *meter) dearest() string {
	most, what := uint64(0), ""
	for _, name := range m.rows {
		for _, n := range sizes {
			if units := m.costs[name][n]; units > most {
				most, what = units, fmt.Sprintf("\nThe dearest is \"%s\", %d units with %d members.\n", name, units, n)
			}
		}
	}
	return what
}

// accountsTable lists the accounts and their rent-exempt minimum.
func accountsTable(t *testing.T) string {
	var rows strings.Builder
	rows.WriteString("\nRent comes back when an account is closed; the protocol's stays.\n\n| account | bytes | rent (lamports) |\n|---|---|---|\n")
	idl := programtest.ParseIDL(t, run.IDL())
	for _, a := range idl.Accounts {
		bytes := idl.AccountSize(t, a.Name)
		fmt.Fprintf(&rows, "| %s | %d | %d |\n", a.Name, bytes, svm.RentExempt(bytes))
	}
	return rows.String()
}

// A gauge is a world whose calls are metered.
type gauge struct {
	*world
	*meter
	members []string
	half    bool // every other update is left out of the model
}

// do runs a call that must succeed and notes what it costs, under its name or another one.
func (g *gauge) do(k programtest.Call, name string) {
	g.T.Helper()
	if name == "" {
		name = k.Name
	}
	g.note(name, len(g.members), g.OK(k).ComputeUnits)
}

// best reports whether the bump of an address is 255.
func (w *world) best(seeds ...[]byte) bool {
	_, bump, err := solana.FindProgramAddress(seeds, w.ID)
	return err == nil && bump == 255
}

// newGauge returns a run, not created yet, whose addresses have bump 255. They are the same whichever tests ran before: the
// order of keys costs some units.
func newGauge(t *testing.T, m *meter, n int) *gauge {
	w := worldOn(suite.NewChainOf(t, programID, "costs"))
	w.treasury = 1
	for i := 0; ; i++ {
		w.id = fmt.Sprintf("run-%04d", i)
		key := w.run()
		if w.best([]byte("run"), []byte(w.id)) && w.best([]byte("ballots"), key[:]) && w.best([]byte("vault"), key[:]) {
			break
		}
	}
	g := &gauge{world: w, meter: m}
	for i := range n {
		g.members = append(g.members, fmt.Sprint("member ", i))
		run, wallet := w.run(), w.Pub(g.members[i])
		for j := 0; i == 0 && !w.best([]byte("member"), run[:], wallet[:]); j++ {
			g.members[0] = fmt.Sprint("first ", j)
			wallet = w.Pub(g.members[0])
		}
	}
	for i := 0; w.authority == "authority"; i++ {
		name := fmt.Sprint("authority ", i)
		grantor := w.Pub("joiner")
		if w.best([]byte("authorization"), grantor[:], w.Pub(name).Bytes(), scope[:]) {
			w.authority = name
		}
	}
	return g
}

func (g *gauge) prepare(c config, verification uint8) {
	g.OK(g.makeRoster()...)
	g.do(g.createRun("a run", 0, solana.PublicKey{}), "")
	g.do(g.updateConfig(c, verification), "")
	g.do(g.updateModel(digest(1)), "")
	g.do(g.updateMetadata("a name", "a description"), "")
	g.do(g.setRates(1_000_000, 10, false), "")
	g.OK(g.authorize(solana.PublicKey{}))
	g.do(g.authorize(g.Pub(g.authority)), "")
	g.do(g.granteeUpdate(g.authority, true, g.Pub("eve")), "")
	g.do(g.grantorUpdate(g.Pub(g.authority), false), "")
	g.do(g.closeAuthorization(g.Pub(g.authority)), "")
	g.do(g.topUp("payer", 100*sol), "")
	g.do(g.setPaused(false), "")
	for _, who := range g.members {
		g.joinMember(who)
	}
	g.do(g.addStake(g.members[0], 1), "")
	g.Warp(3)
}

// joinMember lets somebody join, and meters it where the address has bump 255.
func (g *gauge) joinMember(who string) {
	run, wallet := g.run(), g.Pub(who)
	k := g.join(who, 1, 5*sol)
	if g.best([]byte("member"), run[:], wallet[:]) {
		g.do(k, "")
	} else {
		g.OK(k)
	}
}

// playAll plays a round, every update included, and meters it.
func (g *gauge) playAll(score int8, name string) {
	g.Bank.WarpSlots(9)
	g.do(g.tick(), "tick: draw")
	var set, included [32]byte
	verifiers := g.verifiers(g.members...)
	for i, who := range g.members {
		k := g.submit(who, g.epoch(), g.round(), digest(byte(i+1)))
		if _, res := g.Code(k); res.Err == nil {
			g.note(k.Name, len(g.members), res.ComputeUnits)
			set[g.slotOf(who)/8] |= 1 << (g.slotOf(who) % 8)
		}
	}
	if included = set; g.half {
		for i := range included {
			included[i] &= 0x55
		}
	}
	g.do(g.tick(), "tick: training is over")
	for _, who := range verifiers {
		g.do(g.seen(who, g.round(), set), "")
	}
	g.do(g.tick(), "tick: updates accepted")
	b := ballot{digest: digest(byte(40 + g.round())), included: included, score: score}
	for _, who := range verifiers {
		g.do(g.commit(who, g.round(), g.hash(who, b)), "")
	}
	g.do(g.tick(), "tick: votes committed")
	for _, who := range verifiers {
		g.do(g.reveal(who, g.round(), b), "")
	}
	g.do(g.tick(), name)
}

func byWitnesses(t *testing.T, m *meter, n int) {
	g := newGauge(t, m, n)
	c := plain()
	c.MinClients, c.InitMinClients = 1, uint16(n)
	c.RoundsPerEpoch, c.EpochTime, c.TotalSteps = 2, 0, 4
	g.prepare(c, 0)
	g.do(g.tick(), "tick: an epoch begins")
	for _, who := range g.members {
		g.do(g.ready(who), "")
	}
	g.do(g.tick(), "tick: a round begins")
	g.playAll(0, "tick: a round ends, the next one begins")
	g.playAll(0, "tick: the epoch ends")
	g.do(g.claim(g.members[0], 1), "")
	g.Warp(20)
	g.do(g.tick(), "tick: cooldown is over")
	g.do(g.leave(g.members[0]), "")
	g.do(g.withdrawStake(g.members[0], g.members[0], sol), "")
	g.Warp(600)
	g.do(g.prune(g.members[0], "eve", uint8(g.slotOf(g.members[0]))), "")
	g.OK(g.claim(g.members[0], 999_999), g.withdrawStake(g.members[0], g.members[0], 4*sol+1))
	g.do(g.closeMember(g.members[0], "eve"), "")
	g.OK(g.setPaused(true))
	g.do(g.withdrawSurplus(1), "")
	g.do(g.propose(g.authority, g.Pub("eve")), "")
	g.do(g.accept("eve"), "")
}

// byTime is an epoch that ends with products of more than 64 bits, of which a member needs another one than the one before.
func byTime(t *testing.T, m *meter, n int) {
	for i, name := range []string{
		"tick: the epoch ends, which counts by time, at 2^63 points", "tick: the same, every other member included once less",
	} {
		g := newGauge(t, m, n)
		g.treasury = 0
		c := plain()
		c.InitMinClients, c.RoundsPerEpoch, c.EpochTime = uint16(n), 0, 31
		g.OK(g.create()...)
		g.OK(g.updateConfig(c, 0), g.updateModel(digest(1)), g.setRates(1<<63, 0, false), g.authorize(solana.PublicKey{}), g.setPaused(false))
		for _, who := range g.members {
			g.OK(g.join(who, 1, 0))
		}
		g.Warp(3)
		g.OK(g.tick())
		g.Warp(30)
		g.OK(g.tick())
		g.playAll(0, "tick: a round ends, the next one begins")
		g.Warp(10)
		g.half = i == 1
		g.playAll(0, name)
	}
}

func byVoters(t *testing.T, m *meter, n int) {
	g := newGauge(t, m, n)
	c := voting()
	c.MinClients, c.InitMinClients, c.Voters = uint16(n), uint16(n), uint8(min(32, n-1))
	c.RoundsPerEpoch, c.TotalSteps = 3, 3
	g.prepare(c, 1)
	g.OK(g.tick())
	g.Warp(30)
	g.OK(g.tick())
	g.playAll(1, "tick: a vote ends, all win")
	g.playAll(-1, "tick: a vote ends, half lose")
	for _, who := range g.members {
		if g.slot(g.slotOf(who)).u64(70) > 0 {
			g.do(g.slash(who, "eve"), "")
			break
		}
	}
	g.playAll(1, "tick: the last vote ends")
	g.Warp(20)
	g.OK(g.tick())
	require.EqualValues(t, finished, g.state())
}

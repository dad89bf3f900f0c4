package run_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// open creates a run under a configuration, lets anybody join, and resumes it.
func (w *world) open(c config, verification uint8) {
	w.T.Helper()
	w.OK(w.create()...)
	w.OK(w.updateConfig(c, verification), w.updateModel(digest(1)))
	if a, ok := w.Bank.Account(w.authorization(solana.PublicKey{})); !ok || a.Lamports == 0 {
		w.OK(w.authorize(solana.PublicKey{}))
	}
	w.OK(w.setPaused(false))
}

// goTo ticks until the run is in a state and phase, letting time pass where nothing happens.
func (w *world) goTo(state, phase uint8) {
	w.T.Helper()
	for range 40 {
		if w.state() == state && w.phase() == phase {
			return
		}
		w.OK(w.tick())
		if w.state() != state || w.phase() != phase {
			w.Warp(5)
			w.Bank.WarpSlots(9)
		}
	}
	require.Fail(w.T, "the run does not get there", "state %d, phase %d", w.state(), w.phase())
}

// verifiers returns the members among some who were drawn.
func (w *world) verifiers(members ...string) (drawn []string) {
	run, ballots := data(w.Data(w.run())), w.Data(w.ballots())
	for _, who := range members {
		for v := range int(run.u8(1077)) {
			if int(ballots[119+141*v]) == w.slotOf(who) {
				drawn = append(drawn, who)
			}
		}
	}
	return drawn
}

// playRound has everybody submit, and the verifiers agree on a model that includes all of them.
func (w *world) playRound(model [32]byte, members ...string) {
	w.T.Helper()
	w.goTo(train, 1)
	set := [32]byte{}
	verifiers := w.verifiers(members...)
	for i, who := range members {
		if code, _ := w.Code(w.submit(who, w.epoch(), w.round(), digest(byte(10+i)))); code == 1<<31 {
			set[w.slotOf(who)/8] |= 1 << (w.slotOf(who) % 8)
		}
	}
	w.goTo(witness, 0)
	for _, who := range verifiers {
		w.OK(w.seen(who, w.round(), set))
	}
	w.goTo(witness, 1)
	vote := ballot{digest: model, included: set, score: 1, accuracy: 9_000}
	for _, who := range verifiers {
		w.OK(w.commit(who, w.round(), w.hash(who, vote)))
	}
	w.goTo(witness, 2)
	for _, who := range verifiers {
		w.OK(w.reveal(who, w.round(), vote))
	}
	w.OK(w.tick())
}

func TestEpochByWitnesses(t *testing.T) {
	w := newWorld(t)
	w.treasury = 1
	w.open(plain(), 0)
	w.OK(w.setRates(1000, 10, false))
	w.OK(w.topUp("payer", sol))
	w.OK(w.join("ann", 1, 5*sol))
	w.OK(w.join("ben", 1, 5*sol))
	w.Warp(3)
	w.OK(w.tick())
	require.EqualValues(t, warmup, w.state())
	require.EqualValues(t, active, w.status("ann"))
	w.OK(w.ready("ann"))
	w.OK(w.ready("ben"))
	w.OK(w.tick())
	require.EqualValues(t, train, w.state())
	w.playRound(digest(100), "ann", "ben")
	require.EqualValues(t, train, w.state())
	w.playRound(digest(101), "ann", "ben")
	require.EqualValues(t, cooldown, w.state())
	r := data(w.Data(w.run()))
	require.Equal(t, digest(101), r.key(1110))
	require.EqualValues(t, 2, r.u32(997))
	require.EqualValues(t, 2000, r.u64(1228), "owed")
	require.EqualValues(t, sol-2000, r.u64(1212), "pool")
	w.OK(w.claim("ann", 1000))
	w.Warp(20)
	w.OK(w.tick())
	require.EqualValues(t, waiting, w.state())
}

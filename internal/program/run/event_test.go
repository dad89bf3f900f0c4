package run_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A teller compares what transactions log with the IDL.
type teller struct {
	*world
	idl  programtest.IDL
	told map[string]bool // events so far, by name
}

// newTeller returns a chain on which every event must have the layout of the IDL.
func newTeller(t *testing.T) *teller {
	w := newWorld(t)
	w.treasury = 1
	s := &teller{world: w, idl: programtest.ParseIDL(t, run.IDL()), told: map[string]bool{}}
	w.Recorder = func(_ programtest.Call, res svm.Result) {
		for _, e := range s.idl.Logged(t, res.Logs) {
			s.told[e.Name] = true
		}
	}
	return s
}

// says requires that a call succeeds and logs exactly these events, all about the run.
func (s *teller) says(k programtest.Call, want ...programtest.LoggedEvent) {
	s.T.Helper()
	for _, e := range want {
		e.Fields["run"] = s.run()
	}
	s.saysAll(k, want...)
}

func (s *teller) saysAll(k programtest.Call, want ...programtest.LoggedEvent) {
	s.T.Helper()
	require.Equal(s.T, want, s.idl.Logged(s.T, s.OK(k).Logs), k.Name)
}

var said = programtest.Said

// stateIs is the event of entering a state.
func (s *teller) stateIs(state int, epoch, round, step uint32) programtest.LoggedEvent {
	return said("StateChanged", "state", uint8(state), "epoch", epoch, "round", round, "step", step)
}

// TestEvents follows a run from its creation to its end. Every event of the IDL comes up, with every field.
func TestEvents(t *testing.T) {
	s := newTeller(t)
	s.authorities()
	s.begins(t)
	s.round(t)
	s.ends()
	for _, e := range s.idl.Events {
		require.True(t, s.told[e.Name], "%s never came up", e.Name)
	}
}

func (s *teller) authorities() {
	next, ann := s.Pub("next"), s.Pub("ann")
	s.saysAll(s.updateProtocol("protocol", solana.TokenProgramID), said("ProtocolUpdated", "authority", s.Pub("protocol"), "round_program", solana.TokenProgramID))
	s.OK(s.proposeProtocol("protocol", next))
	s.saysAll(s.acceptProtocol("next"), said("ProtocolUpdated", "authority", next, "round_program", solana.TokenProgramID))
	about := func(name string, fields ...any) programtest.LoggedEvent {
		return said(name, append(fields, "grantor", s.Pub("joiner"), "grantee", ann, "scope", scope)...)
	}
	s.saysAll(s.authorize(ann), about("AuthorizationChanged", "active", true, "delegates", uint8(0)))
	s.saysAll(s.granteeUpdate("ann", false, s.Pub("ben")), about("AuthorizationChanged", "active", true, "delegates", uint8(1)))
	s.saysAll(s.grantorUpdate(ann, false), about("AuthorizationChanged", "active", false, "delegates", uint8(1)))
	s.saysAll(s.closeAuthorization(ann), about("AuthorizationClosed"))
	s.OK(s.authorize(solana.PublicKey{}))
}

func (s *teller) begins(t *testing.T) {
	s.OK(s.makeRoster()...)
	s.says(s.createRun("a run", 0, solana.PublicKey{}), said("RunCreated", "authority", s.Pub("authority"), "run_id", "tiny", "treasury", uint8(1)))
	s.says(s.updateConfig(plain(), 0), said("ConfigUpdated", "config_digest", digest(7), "verification", uint8(0), "package_cid", packageCID))
	s.OK(s.updateModel(digest(1)))
	s.says(s.updateModel(digest(2)), said("ModelUpdated", "model", digest(2), "previous_model", digest(1)))
	s.says(s.updateMetadata("name", "description"), said("MetadataUpdated"))
	s.says(s.propose("authority", s.Pub("heir")), said("AuthorityProposed", "new_authority", s.Pub("heir")))
	s.says(s.accept("heir"), said("AuthorityChanged", "authority", s.Pub("heir")))
	s.OK(s.propose("heir", s.Pub("authority")))
	s.OK(s.accept("authority"))
	s.says(s.setRates(1000, 10, true), said("RatesChanged", "earning_rate", uint64(1000), "slashing_rate", uint64(10), "shared", true))
	s.OK(s.setRates(1000, 10, false))
	s.says(s.setPaused(false), s.stateIs(waiting, 0, 0, 0), said("PauseChanged", "paused", false, "pending", false, "generation", uint32(1)))
	for i, who := range []string{"ann", "ben"} {
		s.says(s.join(who, 1, 5*sol), said("MemberJoined", "wallet", s.Pub(who), "slot", uint8(i), "generation", uint32(1), "stake", 5*sol))
	}
	s.says(s.addStake("ben", 1), said("StakeChanged", "wallet", s.Pub("ben"), "stake", 5*sol+1))
	s.Warp(3)
	s.says(s.tick(), said("TreasuryLow", "pool", uint64(0), "needed", uint64(2000)))
	require.NoError(t, s.Bank.Fund(s.vault(), 7))
	s.says(s.topUp("eve", sol), said("ToppedUp", "amount", sol, "surplus", uint64(7), "pool", sol+7))
	s.says(s.tick(), s.stateIs(warmup, 0, 0, 0), said("EpochStarted", "epoch", uint32(0), "active", bits(0, 1), "reserved", uint64(2000)))
	s.says(s.ready("ann"), said("MemberReady", "wallet", s.Pub("ann"), "slot", uint8(0)))
	s.OK(s.ready("ben"))
	s.says(s.tick(), s.stateIs(train, 0, 1, 0))
}

func (s *teller) round(t *testing.T) {
	s.Bank.WarpSlots(9)
	drawn := s.idl.Logged(t, s.OK(s.tick()).Logs)
	r := s.runOf()
	order := drawn[0].Fields["verifiers"].([]byte)
	require.ElementsMatch(t, []byte{0, 1}, order)
	require.Equal(t, []programtest.LoggedEvent{said("RoundDrawn", "run", s.run(), "epoch", uint32(0), "round", uint32(1), "seed", r.Seed, "verifiers", order)}, drawn)
	members := []string{"ann", "ben"}
	for i, who := range members {
		s.says(s.submit(who, 0, 1, digest(byte(3+i))), said("UpdateSubmitted", "wallet", s.Pub(who), "slot", uint8(i), "round", uint32(1), "order", uint16(i), "digest", digest(byte(3+i))))
	}
	s.says(s.tick(), s.stateIs(witness, 0, 1, 0))
	for i, who := range members {
		s.says(s.seen(who, 1, bits(0)), said("UpdatesSeen", "slot", uint8(i), "round", uint32(1), "bitmap", bits(0)))
	}
	s.says(s.tick(), said("PhaseChanged", "round", uint32(1), "phase", uint8(1), "accepted", bits(0)))
	b := ballot{digest: digest(60), included: bits(0), score: -1, accuracy: 8_000}
	for i, who := range members {
		hash := s.hash(who, b)
		s.says(s.commit(who, 1, hash), said("VoteCommitted", "slot", uint8(i), "round", uint32(1), "hash", hash))
	}
	s.says(s.tick(), said("PhaseChanged", "round", uint32(1), "phase", uint8(2), "accepted", bits(0)))
	for i, who := range members {
		s.says(s.reveal(who, 1, b), said("VoteRevealed", "slot", uint8(i), "round", uint32(1), "digest", digest(60), "included", bits(0), "score", int8(-1), "accuracy", uint16(8_000)))
	}
	s.says(s.setPaused(true), said("PauseChanged", "paused", true, "pending", true, "generation", uint32(1)))
	s.says(s.leave("ann"), said("MemberLeft", "wallet", s.Pub("ann"), "slot", uint8(0), "status", uint8(leaving)))
	s.says(s.tick(),
		said("RoundTallied", "epoch", uint32(0), "round", uint32(1), "outcome", uint8(1), "model", digest(60), "included", bits(0), "dropped", bits()),
		s.stateIs(cooldown, 0, 1, 1),
		said("EpochPaid", "epoch", uint32(0), "finishers", uint16(1), "earned", uint64(500), "ejected", bits(1)))
}

func (s *teller) ends() {
	s.says(s.slash("ben", "eve"), said("MemberSlashed", "wallet", s.Pub("ben"), "anyone", s.Pub("eve"), "amount", sol/2, "reward", sol/20))
	s.says(s.claim("ann", 400), said("PointsClaimed", "wallet", s.Pub("ann"), "points", uint64(400)))
	s.Warp(20)
	s.says(s.tick(), s.stateIs(paused, 1, 1, 1))
	s.says(s.withdrawStake("ann", "ann", sol), said("StakeChanged", "wallet", s.Pub("ann"), "stake", 4*sol))
	s.Warp(600)
	s.says(s.prune("ben", "eve", 1), said("MemberPruned", "wallet", s.Pub("ben"), "slot", uint8(1)))
	s.says(s.withdrawSurplus(1), said("SurplusWithdrawn", "amount", uint64(1)))
	s.Warp(366 * day)
	s.says(s.tick(), s.stateIs(finished, 1, 1, 1))
	s.OK(s.withdrawStake("ann", "eve", 4*sol))
	s.OK(s.withdrawStake("ben", "eve", 5*sol+1-sol/2))
	pool := s.runOf().Pool
	s.Warp(180 * day)
	s.says(s.closeRun(), said("RunClosed", "authority", s.Pub("authority"), "amount", pool+100))
}

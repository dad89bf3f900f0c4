package run_test

import (
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// refuse requires an error of the program's own.
func (w *world) refuse(k programtest.Call, err model.Error) {
	w.T.Helper()
	w.Fails(k, uint32(err))
}

// refuseAll does so for a transaction of several calls.
func (w *world) refuseAll(err model.Error, calls ...programtest.Call) {
	w.T.Helper()
	res := w.Send(calls...)
	require.NotNil(w.T, res.Err)
	require.NotNil(w.T, res.Err.Instruction, res.Logs)
	require.EqualValues(w.T, err, res.Err.Instruction.Code, "%v", res.Logs)
}

func TestCreateRules(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"A", "a b", "ü", "a/b"} {
		w.refuseAll(model.InvalidRunID, w.another(id).create()...)
	}
	w.OK(w.makeRoster()...)
	empty, long := w.createRun("a run", 0, solana.PublicKey{}), w.createRun("a run", 0, solana.PublicKey{})
	empty.Data = programtest.Args("create_run", "", "a run", w.Pub("joiner"), uint8(0), uint16(0))
	long.Data = programtest.Args("create_run", strings.Repeat("a", 33), "a run", w.Pub("joiner"), uint8(0), uint16(0))
	w.refuse(empty, model.InvalidRunID)
	w.refuse(long, model.InvalidRunID)
	w.refuse(w.createRun(strings.Repeat("n", 65), 0, solana.PublicKey{}), model.TextTooLong)
	w.refuse(w.createRun("a run", 1, solana.PublicKey{}), model.InvalidParameter) // of no parent
	third := *w
	third.treasury = 3
	w.refuse(third.createRun("a run", 0, solana.PublicKey{}), model.InvalidParameter)
	w.OK(w.createRun(strings.Repeat("n", 64), 0, solana.PublicKey{}))
	_, res := w.Code(w.another("x").createRun("n", 0, solana.PublicKey{}))
	require.Contains(t, strings.Join(res.Logs, "\n"), "caused by account: roster. Error Code: AccountNotInitialized")
}

func TestRosterRules(t *testing.T) {
	w := newWorld(t)
	k := w.createRun("a run", 0, solana.PublicKey{})
	set := func(owner solana.PublicKey, size int, first byte) {
		data := make([]byte, size)
		data[0] = first
		require.NoError(t, w.Bank.SetAccount(w.roster(), svm.Account{Lamports: sol, Owner: owner, Data: data}))
	}
	w.Fails(k, 3012)
	set(roundProgram, rosterSize, 0)
	w.Fails(k, 3007)
	set(w.ID, rosterSize-1, 0)
	w.Fails(k, 3003)
	set(w.ID, rosterSize+1, 0)
	w.Fails(k, 3003)
	set(w.ID, rosterSize, 1)
	w.Fails(k, 0)
	require.NoError(t, w.Bank.SetAccount(w.roster(), svm.Account{Lamports: 1, Owner: w.ID, Data: make([]byte, rosterSize)}))
	w.Fails(k, 3003)
	set(w.ID, rosterSize, 0)
	w.Fails(k.With(2, w.run()), 2006)
	w.OK(k)
}

// parentRound puts a round of the round program on the chain.
func (w *world) parentRound(change func(a *svm.Account)) solana.PublicKey {
	a := svm.Account{Lamports: sol, Owner: roundProgram, Data: make([]byte, 992)}
	d := programtest.Discriminator("Round")
	copy(a.Data, d[:])
	copy(a.Data[48:], packageCID)
	a.Data[112], a.Data[132], a.Data[163] = byte(len(packageCID)), 1, 1
	copy(a.Data[114:], []byte{0, 0, 0, 0, 1}) // 2^32 lamports
	change(&a)
	key := w.Pub("a round")
	require.NoError(w.T, w.Bank.SetAccount(key, a))
	return key
}

func TestParents(t *testing.T) {
	w := newWorld(t)
	w.treasury = 1
	w.OK(w.makeRoster()...)
	for what, change := range map[string]func(a *svm.Account){
		"of another program": func(a *svm.Account) { a.Owner = w.ID },
		"of another type":    func(a *svm.Account) { a.Data[0]++ },
		"too short":          func(a *svm.Account) { a.Data = a.Data[:991] },
		"active":             func(a *svm.Account) { a.Data[132] = 0 },
		"cancelled":          func(a *svm.Account) { a.Data[132] = 2 },
		"of the kits":        func(a *svm.Account) { a.Data[163] = 0 },
	} {
		t.Log(what)
		w.refuse(w.createRun("a run", 2500, w.parentRound(change)), model.InvalidParent)
	}
	parent := w.parentRound(func(*svm.Account) {})
	points := *w
	points.treasury = 0
	w.refuse(points.createRun("a run", 2500, parent), model.InvalidParent)
	w.refuse(w.createRun("a run", 10_001, parent), model.InvalidParameter)
	w.OK(w.createRun("a run", 2500, parent))
	require.EqualValues(t, 1<<30, w.runOf().ParentPool)
	w.refuse(w.updateConfigWith(plain(), strings.Replace(packageCID, "d", "e", 1), 0, ""), model.InvalidCID)
	w.OK(w.updateConfig(plain(), 0), w.updateModel(digest(1)))
	w.OK(w.topUp("payer", 1<<30-1))
	w.refuse(w.setPaused(false), model.PoolTooSmall)
	w.OK(w.topUp("payer", 1))
	require.NoError(t, w.Bank.SetAccount(parent, svm.Account{})) // it may be closed now
	w.OK(w.setPaused(false))
}

func TestConfigRules(t *testing.T) {
	w := newWorld(t)
	w.treasury = 1
	w.OK(w.create()...)
	w.refuse(w.setPaused(false), model.NoConfig)
	const year = 365 * day
	for field, spoilt := range map[string][]func(c *config){
		"warmup_time":                    {func(c *config) { c.WarmupTime = 0 }, func(c *config) { c.RoundsPerEpoch, c.EpochTime = 0, 30 }, func(c *config) { c.WarmupTime = year + 1 }},
		"cooldown_time":                  {func(c *config) { c.CooldownTime = 0 }},
		"rounds_per_epoch":               {func(c *config) { c.RoundsPerEpoch = 0 }, func(c *config) { c.EpochTime = 100 }, func(c *config) { c.RoundsPerEpoch = 1 << 16 }},
		"epoch_time":                     {func(c *config) { c.RoundsPerEpoch, c.EpochTime = 0, year+1 }},
		"max_round_train_time":           {func(c *config) { c.MaxRoundTrainTime = 0 }},
		"round_witness_time":             {func(c *config) { c.RoundWitnessTime = -1 }},
		"min_clients":                    {func(c *config) { c.MinClients = 0 }, func(c *config) { c.MinClients = 257 }},
		"init_min_clients":               {func(c *config) { c.InitMinClients = 1 }, func(c *config) { c.InitMinClients = 257 }},
		"witness_nodes":                  {func(c *config) { c.WitnessNodes = 3 }, func(c *config) { c.MinClients, c.InitMinClients, c.WitnessNodes = 40, 40, 33 }},
		"verification_percent":           {func(c *config) { c.VerificationPercent = 1 }},
		"global_batch_size_start":        {func(c *config) { c.GlobalBatchSizeStart = 0 }},
		"global_batch_size_end":          {func(c *config) { c.GlobalBatchSizeEnd = 7 }},
		"total_steps":                    {func(c *config) { c.TotalSteps = 0 }},
		"waiting_for_members_extra_time": {func(c *config) { c.WaitingForMembersExtraTime = 0 }},
		"voters":                         {func(c *config) { c.Voters = 33 }},
		"slash_bps":                      {func(c *config) { c.SlashBps = 10_001 }},
		"max_missed":                     {func(c *config) { c.MaxMissed = 0 }},
		"prune_after":                    {func(c *config) { c.PruneAfter = -1 }, func(c *config) { c.PruneAfter = year + 1 }},
		"run_time":                       {func(c *config) { c.RunTime = 0 }, func(c *config) { c.RunTime = 10*year + 1 }},
	} {
		for _, spoil := range spoilt {
			c := plain()
			spoil(&c)
			w.refusesConfig(c, 0, field)
		}
	}
	for field, spoil := range map[string]func(c *config){
		"min_clients": func(c *config) { c.MinClients, c.InitMinClients = 1, 3 },
		"voters":      func(c *config) { c.Voters = 3 },
		"min_stake":   func(c *config) { c.MinStake = 0 },
	} {
		c := voting()
		spoil(&c)
		w.refusesConfig(c, 1, field)
	}
	c := voting()
	c.Voters = 0
	w.refusesConfig(c, 1, "voters")

	w.refuse(w.updateConfigWith(plain(), packageCID[:45], 0, ""), model.InvalidCID)
	w.refuse(w.updateConfigWith(plain(), strings.Repeat("a", 65), 0, ""), model.InvalidCID)
	w.refuse(w.updateConfigWith(plain(), strings.Repeat("é", 24), 0, ""), model.InvalidCID)
	w.refuse(w.updateConfigWith(plain(), packageCID, 0, strings.Repeat("v", 97)), model.TextTooLong)
	w.refuse(w.updateConfig(plain(), 2), model.InvalidParameter)
	w.OK(w.updateConfigWith(plain(), packageCID, 0, strings.Repeat("v", 96)))
	w.refuse(w.setPaused(false), model.NoModel)
	w.OK(w.updateModel(digest(1)), w.setPaused(false), w.setPaused(true))
	w.refuse(w.updateConfig(voting(), 1), model.InvalidParameter) // members joined a run of the other kind

	points := w.another("points")
	points.treasury = 0
	points.OK(points.create()...)
	points.refuse(points.updateConfig(voting(), 1), model.InvalidTreasury)
	c = plain()
	c.MinStake = 1
	points.refusesConfig(c, 0, "min_stake")
}

// refusesConfig requires that a configuration is refused, the log naming the field.
func (w *world) refusesConfig(c config, verification uint8, field string) {
	w.T.Helper()
	code, res := w.Code(w.updateConfig(c, verification))
	require.EqualValues(w.T, model.InvalidConfig, code, field)
	require.Contains(w.T, res.Logs, "Program log: "+field)
	require.Equal(w.T, field, w.runOf().CheckConfig(c, verification))
}

func TestTermsChangeOnlyWhileNobodyTakesPart(t *testing.T) {
	w := newWorld(t)
	w.open(plain(), 0)
	w.refuse(w.updateConfig(plain(), 0), model.InvalidState)
	w.refuse(w.updateModel(digest(2)), model.InvalidState)
	w.refuse(w.updateMetadata("n", "d"), model.InvalidState)
	w.refuse(w.propose("authority", w.Pub("eve")), model.InvalidState)
	w.refuse(w.setPaused(false), model.InvalidState)
	w.OK(w.setPaused(true))
	w.refuse(w.setPaused(true), model.InvalidState)
	w.refuse(w.tick(), model.RunHalted)
	w.OK(w.propose("authority", w.Pub("eve")), w.setPaused(false))
	w.refuse(w.accept("eve"), model.InvalidState)
	w.OK(w.setPaused(true))
	w.Fails(w.accept("ann"), 2001)
	w.refuse(w.updateMetadata(strings.Repeat("n", 65), ""), model.TextTooLong)
	w.refuse(w.updateMetadata("", strings.Repeat("d", 281)), model.TextTooLong)
	w.OK(w.updateMetadata(strings.Repeat("n", 64), strings.Repeat("d", 280)), w.accept("eve"))
	w.Warp(365 * day)
	w.authorityIs("eve", func(w *world) { w.refuse(w.setPaused(false), model.RunEnded) })
}

// authorityIs makes calls by another authority; the roster stays where it is.
func (w *world) authorityIs(who string, calls func(*world)) {
	roster := w.roster()
	by := *w
	by.authority = who
	by.fixed = roster
	calls(&by)
}

func TestJoinRules(t *testing.T) {
	w := newWorld(t)
	w.treasury = 1
	c := plain()
	c.MinStake = sol
	w.open(c, 0)
	w.refuse(w.join("ann", 0, sol), model.StaleTerms)
	w.refuse(w.join("ann", 1, sol-1), model.InsufficientStake)
	w.OK(w.join("ann", 1, sol))
	w.refuse(w.join("ann", 1, sol), model.AlreadyJoined)
	points := w.another("points")
	points.treasury = 0
	points.open(plain(), 0)
	points.refuse(points.join("ann", 1, 1), model.NoTreasury)
	points.OK(points.join("ann", 1, 0))
	for _, k := range []programtest.Call{points.topUp("eve", 1), points.claim("ann", 1), points.addStake("ann", 1),
		points.withdrawStake("ann", "ann", 1), points.slash("ann", "eve"), points.withdrawSurplus(1)} {
		points.refuse(k, model.NoTreasury)
	}
	for i := range 255 {
		w.setSlotStatus(i+1, 1)
	}
	w.refuse(w.join("ben", 1, sol), model.RosterFull)
}

// setSlotStatus occupies a slot as no transaction could.
func (w *world) setSlotStatus(slot int, status byte) {
	a, _ := w.Bank.Account(w.roster())
	a = a.Clone()
	a.Data[40+86*slot+32] = status
	require.NoError(w.T, w.Bank.SetAccount(w.roster(), a))
}

func TestAuthorizations(t *testing.T) {
	w := newWorld(t)
	w.treasury = 1
	w.OK(w.create()...)
	w.OK(w.updateConfig(plain(), 0))
	ann := w.Pub("ann")
	w.OK(w.authorize(ann))
	w.OK(w.joinBy("ann", ann, 0, 0))
	w.refuse(w.joinBy("ben", ann, 0, 0), model.NotAuthorized)
	w.OK(w.granteeUpdate("ann", false, w.Pub("ben")))
	w.OK(w.joinBy("ben", ann, 0, 0))
	w.OK(w.granteeUpdate("ann", true, w.Pub("cat")))
	w.refuse(w.joinBy("dan", ann, 0, 0), model.NotAuthorized)
	w.OK(w.grantorUpdate(ann, false))
	w.refuse(w.joinBy("cat", ann, 0, 0), model.NotAuthorized)
	w.OK(w.grantorUpdate(ann, true), w.joinBy("cat", ann, 0, 0))
	many := make([]solana.PublicKey, 15)
	w.OK(w.granteeUpdate("ann", false, many...))
	w.refuse(w.granteeUpdate("ann", false, w.Pub("dan")), model.DelegatesFull)
	w.refuse(w.granteeUpdate("ann", true, make([]solana.PublicKey, 17)...), model.DelegatesFull)
	w.OK(w.granteeUpdate("ann", true))

	other := w.call("authorization_create", programtest.Accounts(w.PDA("authorization", w.Pub("eve"), ann, scope[:]), "w", w.Pub("eve"), "s", ann, "",
		w.Pub("payer"), "ws", systemID, ""), scope)
	w.OK(other)
	w.refuse(w.joinBy("dan", ann, 0, 0).With(3, other.Metas[0].PublicKey), model.NotAuthorized) // another grantor
	w.OK(w.authorize(solana.PublicKey{}))
	w.OK(w.join("dan", 0, 0))
	w.OK(w.closeAuthorization(ann))
	w.Gone(w.authorization(ann))
}

func TestRoundRules(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben")
	w.refuse(w.ready("ann"), model.InvalidState)
	w.goTo(warmup, 0)
	w.OK(w.join("cat", 1, sol))
	w.refuse(w.ready("cat"), model.NotActive)
	w.OK(w.ready("ann"))
	w.refuse(w.ready("ann"), model.AlreadyDone)
	w.refuse(w.submit("ann", 0, 1, digest(3)), model.InvalidState)
	w.refuse(w.addStake("ann", 1), model.StakeLocked)
	w.refuse(w.withdrawStake("ann", "ann", 1), model.StakeLocked)
	w.goTo(train, 0)
	w.refuse(w.submit("ann", 0, 1, digest(3)), model.NotDrawn)
	w.goTo(train, 1)
	w.refuse(w.submit("ann", 0, 2, digest(3)), model.StaleRound)
	w.refuse(w.submit("ann", 1, 1, digest(3)), model.StaleRound)
	w.refuse(w.submit("ann", 0, 1, [32]byte{}), model.InvalidDigest)
	w.refuse(w.submit("cat", 0, 1, digest(3)), model.NotActive)
	w.OK(w.submit("ann", 0, 1, digest(3)))
	w.refuse(w.submit("ann", 0, 1, digest(3)), model.AlreadyDone)
	w.refuse(w.seen("ann", 1, bits()), model.InvalidState)
	w.goTo(witness, 0)
	w.refuse(w.seen("ann", 2, bits()), model.StaleRound)
	w.refuse(w.seen("cat", 1, bits()), model.NotAVerifier)
	w.refuse(w.seen("ann", 1, w.set("ben")), model.InvalidBitmap)
	w.OK(w.seen("ann", 1, w.set("ann")), w.seen("ben", 1, w.set("ann")))
	w.refuse(w.seen("ann", 1, w.set("ann")), model.AlreadyDone)
	w.refuse(w.commit("ann", 1, digest(1)), model.InvalidState)
	w.goTo(witness, 1)
	b := ballot{digest: digest(60), included: w.set("ann", "ben")}
	w.OK(w.commit("ann", 1, w.hash("ann", b)))
	w.refuse(w.commit("ann", 1, w.hash("ann", b)), model.AlreadyDone)
	w.refuse(w.reveal("ann", 1, b), model.InvalidState)
	w.goTo(witness, 2)
	w.refuse(w.reveal("ben", 1, b), model.NotCommitted)
	w.refuse(w.reveal("ann", 1, b), model.InvalidBitmap) // ben's was not accepted
	for _, wrong := range []ballot{{digest: digest(61), included: b.included}, {digest: b.digest}, {digest: b.digest, included: b.included, score: 1},
		{digest: b.digest, included: b.included, accuracy: 1}, {digest: b.digest, included: b.included, salt: digest(1)}} {
		w.refuse(w.reveal("ann", 1, wrong), model.BadReveal)
	}
	w.refuse(w.reveal("ann", 1, ballot{included: b.included}), model.InvalidDigest)
	w.refuse(w.reveal("ann", 1, ballot{digest: digest(1), score: 2}), model.InvalidScore)
	w.refuse(w.reveal("ann", 1, ballot{digest: digest(1), score: -2}), model.InvalidScore)
	w.refuse(w.reveal("ann", 1, ballot{digest: digest(1), accuracy: 10_001}), model.InvalidScore)
	w.OK(w.leave("ann"))
	w.refuse(w.leave("ann"), model.NotActive)
}

func TestMoneyRules(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben", "cat")
	w.refuse(w.claim("ann", 1), model.InsufficientPoints)
	w.refuse(w.claim("ann", 0), model.InvalidParameter)
	w.refuse(w.addStake("ann", 0), model.InvalidParameter)
	w.refuse(w.withdrawStake("ann", "ann", 0), model.InvalidParameter)
	w.refuse(w.withdrawSurplus(0), model.InvalidParameter)
	w.refuse(w.withdrawSurplus(1), model.InvalidState)
	w.refuse(w.slash("ann", "eve"), model.NothingToSlash)
	w.Fails(w.withdrawStake("ann", "eve", 1), 2001)
	w.refuse(w.closeMember("ann", "eve"), model.NotEmpty)
	w.refuse(w.prune("ann", "eve", 0), model.NotGone)
	w.Fails(w.prune("ann", "eve", 1), 2006)
	w.OK(w.leave("ann"))
	w.refuse(w.prune("ann", "eve", 0), model.NotGone)
	w.refuse(w.withdrawStake("ann", "ann", 5*sol+1), model.InsufficientStake)
	w.setSlot("ann", 70, sol)
	w.refuse(w.slash("ann", "ann"), model.ConflictOfInterest)
	w.refuse(w.withdrawStake("ann", "ann", 1), model.SlashDue)
	w.Warp(600)
	w.refuse(w.prune("ann", "eve", 0), model.SlashDue)
	w.OK(w.slash("ann", "eve"))
	w.OK(w.prune("ann", "eve", 0))
	w.refuse(w.leave("ann"), model.NotAMember)
	w.refuse(w.addStake("ann", 1), model.NotAMember)
	w.refuse(w.closeMember("ann", "eve"), model.NotEmpty)
	w.refuse(w.closeRun(), model.InvalidState)
	w.OK(w.setPaused(true))
	w.refuse(w.withdrawSurplus(100*sol), model.InsufficientPool)
	w.Warp(365 * day)
	w.refuse(w.topUp("payer", 1), model.RunEnded)
	w.OK(w.tick())
	w.refuse(w.topUp("payer", 1), model.InvalidState)
	w.refuse(w.join("dan", 1, sol), model.InvalidState)
	w.refuse(w.addStake("ben", 1), model.InvalidState)
	w.refuse(w.tick(), model.RunHalted)
	w.refuse(w.closeRun(), model.NotEmpty)
}

func TestTheTreasuryIsLowOnce(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben")
	w.OK(w.setRates(6*sol, 0, false))
	w.Warp(3)
	programtest.Emits(t, w.OK(w.tick()), programtest.Event("TreasuryLow", w.run(), 10*sol, 12*sol))
	programtest.Emits(t, w.OK(w.tick()))
	require.EqualValues(t, waiting, w.state())
	w.OK(w.topUp("payer", 2*sol))
	w.OK(w.tick())
	require.EqualValues(t, warmup, w.state())
	require.EqualValues(t, 12*sol, w.runOf().Reserved)
}

func TestASurplusGoesIntoThePool(t *testing.T) {
	w := funded(t, plain(), 0)
	require.NoError(t, w.Bank.Fund(w.vault(), 77))
	programtest.Emits(t, w.OK(w.topUp("eve", 0)), programtest.Event("ToppedUp", w.run(), uint64(0), uint64(77), 10*sol+77))
	require.EqualValues(t, 10*sol+77, w.runOf().Pool)
}

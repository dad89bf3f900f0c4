package run_test

import (
	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// config is a run's configuration: Borsh writes it as the chain reads it.
type config = model.Config

// plain is a configuration for two members by witnesses.
func plain() config {
	return config{
		WarmupTime: 30, CooldownTime: 20, RoundsPerEpoch: 2, MaxRoundTrainTime: 60, RoundWitnessTime: 10,
		MinClients: 2, InitMinClients: 2, GlobalBatchSizeStart: 8, GlobalBatchSizeEnd: 32, GlobalBatchSizeWarmupTokens: 100, TotalSteps: 10, WaitingForMembersExtraTime: 3,
		MaxMissed: 2, PruneAfter: 600, RunTime: 365 * day, SlashBps: 1_000,
	}
}

// voting is a configuration for three members, one of them a voter.
func voting() config {
	c := plain()
	c.MinClients, c.InitMinClients, c.Voters, c.MinStake = 3, 3, 1, sol
	return c
}

func (w *world) call(name string, metas []*solana.AccountMeta, args ...any) programtest.Call {
	return programtest.Call{Name: name, Metas: metas, Data: programtest.Args(name, args...)}
}

// tokens are the accounts that a call about money has at its end.
func (w *world) tokens(who string) []*solana.AccountMeta {
	if w.treasury != 2 {
		return nil
	}
	return programtest.Accounts(w.tokenAccount(who), "w", solana.TokenProgramID, "")
}

func (w *world) tokenAccount(who string) solana.PublicKey {
	key, _, err := solana.FindProgramAddress([][]byte{[]byte("tokens"), w.Pub(who).Bytes(), w.mint[:]}, solana.TokenProgramID)
	if err != nil {
		panic(err)
	}
	return key
}

func (w *world) initialize() programtest.Call {
	data, _, _ := solana.FindProgramAddress([][]byte{w.ID.Bytes()}, solana.BPFLoaderUpgradeableProgramID)
	return w.call("initialize", programtest.Accounts(w.PDA("protocol"), "w", w.Pub("protocol"), "ws", systemID, "", data, ""), roundProgram)
}

var systemID = solana.SystemProgramID

func (w *world) updateProtocol(who string, round solana.PublicKey) programtest.Call {
	return w.call("update_protocol", programtest.Accounts(w.PDA("protocol"), "w", w.Pub(who), "s"), round)
}

func (w *world) proposeProtocol(who string, next solana.PublicKey) programtest.Call {
	return w.call("propose_protocol_authority", programtest.Accounts(w.PDA("protocol"), "w", w.Pub(who), "s"), next)
}

func (w *world) acceptProtocol(who string) programtest.Call {
	return w.call("accept_protocol_authority", programtest.Accounts(w.PDA("protocol"), "w", w.Pub(who), "s"))
}

// makeRoster returns the instructions that make the account of the roster: somebody may have sent lamports there.
func (w *world) makeRoster() []programtest.Call {
	authority := w.Pub(w.authority)
	due := svm.RentExempt(rosterSize) - min(svm.RentExempt(rosterSize), w.Lamports(w.roster()))
	ixs := []solana.Instruction{
		system.NewAllocateWithSeedInstruction(authority, w.id, rosterSize, w.ID, w.roster(), authority).Build(),
	}
	if due > 0 {
		ixs = append(ixs, system.NewTransferInstruction(due, w.Pub("payer"), w.roster()).Build())
	}
	var calls []programtest.Call
	for _, ix := range ixs {
		data, err := ix.Data()
		if err != nil {
			panic(err)
		}
		calls = append(calls, programtest.Call{Program: systemID, Metas: ix.Accounts(), Data: data})
	}
	return calls
}

// create returns the transaction that creates the run.
func (w *world) create() []programtest.Call {
	return append(w.makeRoster(), w.createRun("a run", 0, solana.PublicKey{}))
}

// createRun is the instruction alone; a parent of zero is none.
func (w *world) createRun(name string, bps uint16, parent solana.PublicKey) programtest.Call {
	mint, token := w.ID, w.ID
	if w.treasury == 2 {
		mint, token = w.mint, solana.TokenProgramID
	}
	metas := programtest.Accounts(w.PDA("protocol"), "", w.run(), "w", w.roster(), "w", w.ballots(), "w", w.vault(), "w",
		w.Pub(w.authority), "s", w.Pub("payer"), "ws", systemID, "", mint, "", token, "")
	if !parent.IsZero() {
		metas = append(metas, programtest.Accounts(parent, "")...)
	}
	return w.call("create_run", metas, w.id, name, w.Pub("joiner"), w.treasury, bps)
}

func (w *world) updateConfig(c config, verification uint8) programtest.Call {
	return w.updateConfigWith(c, packageCID, verification, "1.0")
}

func (w *world) updateConfigWith(c config, cid string, verification uint8, version string) programtest.Call {
	return w.call("update_config", programtest.Accounts(w.run(), "w", w.Pub(w.authority), "s"), c, digest(7), cid, verification, version)
}

// digest is some digest.
func digest(n byte) [32]byte { return [32]byte{n, 31: 1} }

func (w *world) updateModel(model [32]byte) programtest.Call {
	return w.call("update_model", programtest.Accounts(w.run(), "w", w.Pub(w.authority), "s"), model)
}

func (w *world) updateMetadata(name, description string) programtest.Call {
	return w.call("update_metadata", programtest.Accounts(w.run(), "w", w.Pub(w.authority), "s"), name, description, uint64(5), uint64(6))
}

func (w *world) propose(who string, next solana.PublicKey) programtest.Call {
	return w.call("propose_authority", programtest.Accounts(w.run(), "w", w.Pub(who), "s"), next)
}

func (w *world) accept(who string) programtest.Call {
	return w.call("accept_authority", programtest.Accounts(w.run(), "w", w.Pub(who), "s"))
}

func (w *world) setPaused(paused bool) programtest.Call {
	return w.call("set_paused", programtest.Accounts(w.run(), "w", w.roster(), "w", w.Pub(w.authority), "s"), paused)
}

func (w *world) setRates(earning, slashing uint64, shared bool) programtest.Call {
	return w.call("set_future_epoch_rates", programtest.Accounts(w.run(), "w", w.Pub(w.authority), "s"),
		programtest.Option(earning), programtest.Option(slashing), programtest.Option(shared))
}

func (w *world) authorize(grantee solana.PublicKey) programtest.Call {
	return w.call("authorization_create", programtest.Accounts(w.authorization(grantee), "w", w.Pub("joiner"), "s", grantee, "",
		w.Pub("payer"), "ws", systemID, ""), scope)
}

func (w *world) grantorUpdate(grantee solana.PublicKey, active bool) programtest.Call {
	return w.call("authorization_grantor_update", programtest.Accounts(w.authorization(grantee), "w", w.Pub("joiner"), "s"), active)
}

func (w *world) granteeUpdate(who string, clear bool, add ...solana.PublicKey) programtest.Call {
	return w.call("authorization_grantee_update", programtest.Accounts(w.authorization(w.Pub(who)), "w", w.Pub(who), "s"), clear, add)
}

func (w *world) closeAuthorization(grantee solana.PublicKey) programtest.Call {
	return w.call("authorization_close", programtest.Accounts(w.authorization(grantee), "w", w.Pub("joiner"), "s", w.Pub("payer"), "w"))
}

func (w *world) join(who string, generation uint32, stake uint64) programtest.Call {
	return w.joinBy(who, solana.PublicKey{}, generation, stake)
}

// joinBy joins with the authorization of a grantee.
func (w *world) joinBy(who string, grantee solana.PublicKey, generation uint32, stake uint64) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.roster(), "w", w.member(who), "w", w.authorization(grantee), "", w.Pub(who), "ws",
		w.Pub("payer"), "ws", w.vault(), "w", systemID, "")
	return w.call("join_run", append(metas, w.tokens(who)...), generation, digest(9), stake)
}

func (w *world) ready(who string) programtest.Call {
	return w.call("ready", programtest.Accounts(w.run(), "", w.roster(), "", w.ballots(), "w", w.member(who), "", w.Pub(who), "s"))
}

func (w *world) leave(who string) programtest.Call {
	return w.call("leave_run", programtest.Accounts(w.run(), "", w.roster(), "w", w.member(who), "", w.Pub(who), "s"))
}

func (w *world) addStake(who string, amount uint64) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.roster(), "w", w.member(who), "w", w.Pub(who), "ws", w.vault(), "w", systemID, "")
	return w.call("add_stake", append(metas, w.tokens(who)...), amount)
}

func (w *world) withdrawStake(who, by string, amount uint64) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.roster(), "w", w.member(who), "w", w.Pub(who), "w", w.Pub(by), "s", w.vault(), "w")
	return w.call("withdraw_stake", append(metas, w.tokens(who)...), amount)
}

func (w *world) tick() programtest.Call {
	return w.call("tick", programtest.Accounts(w.run(), "w", w.roster(), "w", w.ballots(), "w"))
}

// verify returns the accounts of what verifiers and proposers do.
func (w *world) verify(who, member string) []*solana.AccountMeta {
	return programtest.Accounts(w.run(), "", w.ballots(), "w", w.member(who), member, w.Pub(who), "s")
}

func (w *world) submit(who string, epoch, round uint32, d [32]byte) programtest.Call {
	return w.call("submit_update", w.verify(who, "w"), epoch, round, d)
}

func (w *world) seen(who string, round uint32, bitmap [32]byte) programtest.Call {
	return w.call("seen", w.verify(who, ""), round, bitmap)
}

func (w *world) slash(who, by string) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.roster(), "w", w.member(who), "", w.Pub(by), "ws", w.vault(), "w")
	return w.call("slash", append(metas, w.tokens(by)...))
}

func (w *world) claim(who string, points uint64) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.roster(), "w", w.member(who), "w", w.Pub(who), "ws", w.vault(), "w")
	return w.call("claim", append(metas, w.tokens(who)...), points)
}

func (w *world) topUp(who string, amount uint64) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.vault(), "w", w.Pub(who), "ws", systemID, "")
	return w.call("top_up", append(metas, w.tokens(who)...), amount)
}

func (w *world) withdrawSurplus(amount uint64) programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.vault(), "w", w.Pub(w.authority), "ws")
	return w.call("withdraw_surplus", append(metas, w.tokens(w.authority)...), amount)
}

func (w *world) prune(who, by string, slot uint8) programtest.Call {
	return w.call("prune", programtest.Accounts(w.run(), "w", w.roster(), "w", w.member(who), "w", w.Pub(by), "s"), slot)
}

func (w *world) closeRun() programtest.Call {
	metas := programtest.Accounts(w.run(), "w", w.roster(), "w", w.ballots(), "w", w.vault(), "w", w.Pub(w.authority), "ws", w.Pub("payer"), "w")
	return w.call("close_run", append(metas, w.tokens(w.authority)...))
}

func (w *world) closeMember(who, by string) programtest.Call {
	return w.call("close_member", programtest.Accounts(w.run(), "", w.member(who), "w", w.Pub("payer"), "w", w.Pub(by), "s"))
}

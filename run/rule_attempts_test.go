package run_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// attempts are the instructions that attempt tries, by the names of their rules; the
// first forAuthority are the authority's.
var attempts = []string{
	"UpdateConfig", "UpdateModel", "UpdateMetadata", "ProposeAuthority", "SetPaused", "SetFutureEpochRates", "TopUp", "WithdrawSurplus",
	"Join", "Leave", "AddStake", "WithdrawStake", "Claim", "Slash", "Prune",
	"Ready", "Submit", "See", "Commit", "Reveal",
}

// ruleOf are the steps of Next that are the instructions of rules: accepted ones count
// for both.
var ruleOf = map[run.StepKind]string{
	run.StepJoin: "Join", run.StepReady: "Ready", run.StepTrain: "Submit", run.StepSeen: "See", run.StepCommit: "Commit", run.StepReveal: "Reveal",
	run.StepSlash: "Slash", run.StepClaim: "Claim",
}

const forAuthority = 8

// attempt tries one instruction with arguments that are right now and then.
func (l *lab) attempt(t *testing.T, rng *rand.Rand, seen map[string]int) {
	v := l.view(t)
	i := rng.IntN(len(attempts))
	name, who := attempts[i], l.members[rng.IntN(len(l.members))]
	if i < forAuthority && rng.IntN(4) > 0 {
		who = l.Client
	}
	m, err := who.Member(t.Context(), l.r.Address, who.Wallet())
	if err != nil {
		require.ErrorIs(t, err, chain.ErrNotFound)
		m = nil
	}
	rule, err := l.try(t, name, who, m, v, rng)
	if errors.Is(err, run.ErrArgument) {
		return // refused before anything is sent
	}
	if rule == nil {
		require.NoError(t, err, "%s in %s %d", name, v.Run.State, v.Run.Phase)
		seen[name+" accepted"]++
		return
	}
	var e *run.RuleError
	require.ErrorAs(t, rule, &e)
	require.ErrorIs(t, err, e.Err, "%s in %s %d", name, v.Run.State, v.Run.Phase)
	seen[name+" refused"]++
}

// try returns what the rule says, and what the program did.
func (l *lab) try(t *testing.T, name string, who *run.Client, m *run.Member, v *run.View, rng *rand.Rand) (rule, err error) {
	ctx, wallet := t.Context(), who.Wallet()
	switch name {
	case "UpdateConfig":
		u := run.UpdateConfig{Settings: v.Run.Settings, Digest: run.Digest{2}, PackageCID: packageCID, Verification: v.Run.Verification, Authority: wallet}
		u.Settings.TotalSteps += uint32(rng.IntN(2))
		_, err = who.UpdateConfig(ctx, v.Run, u)
		return v.CanUpdateConfig(u), err
	case "UpdateModel":
		_, err = who.UpdateModel(ctx, v.Run, run.Digest{8})
		return v.CanUpdateModel(wallet), err
	case "UpdateMetadata":
		u := run.UpdateMetadata{Name: "n", Authority: wallet}
		_, err = who.UpdateMetadata(ctx, v.Run, u)
		return v.CanUpdateMetadata(u), err
	case "ProposeAuthority":
		_, err = who.ProposeAuthority(ctx, v.Run, wallet)
		return v.CanProposeAuthority(wallet), err
	case "SetPaused":
		paused := rng.IntN(8) == 0
		_, err = who.SetPaused(ctx, v.Run, paused)
		return v.CanSetPaused(wallet, paused), err
	case "SetFutureEpochRates":
		_, err = who.SetFutureEpochRates(ctx, v.Run, run.SetFutureEpochRates{})
		return v.CanSetFutureEpochRates(wallet), err
	case "TopUp":
		_, err = who.TopUp(ctx, v.Run, rng.Uint64N(100), solana.PublicKey{})
		return v.CanTopUp(100, 0), err
	case "WithdrawSurplus":
		n := rng.Uint64N(2 + v.Run.Pool/1_000)
		_, err = who.WithdrawSurplus(ctx, v.Run, n)
		return v.CanWithdrawSurplus(wallet, n), err
	}
	if m == nil {
		return l.tryStranger(t, name, who, v)
	}
	if rule, err, ok := l.tryRound(t, name, who, m, v, rng); ok {
		return rule, err
	}
	return l.tryMember(t, name, who, m, v, rng)
}

// tryStranger is try for who never joined.
func (l *lab) tryStranger(t *testing.T, name string, who *run.Client, v *run.View) (rule, err error) {
	if name == "Join" {
		return run.ErrArgument, run.ErrArgument // would join, and is not to
	}
	_, err = who.Ready(t.Context(), v.Run)
	return v.CanReady(nil), err
}

// tryMember is try for what a member does about its seat and its money.
func (l *lab) tryMember(t *testing.T, name string, who *run.Client, m *run.Member, v *run.View, rng *rand.Rand) (rule, err error) {
	ctx, n := t.Context(), rng.Uint64N(2_000_000)
	switch name {
	case "Join":
		_, err = who.Join(ctx, v.Run, n, [32]byte{})
		return v.CanJoin(who.Wallet(), m, n), err
	case "Leave":
		if rng.IntN(3) > 0 {
			return run.ErrArgument, run.ErrArgument // leaves seldom, or the run ends at once
		}
		_, err = who.Leave(ctx, v.Run)
		return v.CanLeave(m), err
	case "AddStake":
		_, err = who.AddStake(ctx, v.Run, n)
		return v.CanAddStake(m, n), err
	case "WithdrawStake":
		of := l.members[rng.IntN(len(l.members))]
		if m, err = of.Member(ctx, l.r.Address, of.Wallet()); err != nil {
			return nil, err
		}
		_, err = who.WithdrawStake(ctx, v.Run, of.Wallet(), n)
		return v.CanWithdrawStake(m, who.Wallet(), n), err
	case "Claim":
		n = 1 + n%200
		_, err = who.Claim(ctx, v.Run, n)
		return v.CanClaim(m, n), err
	case "Slash":
		of := l.members[rng.IntN(len(l.members))]
		if m, err = of.Member(ctx, l.r.Address, of.Wallet()); err != nil {
			return nil, err
		}
		_, err = who.Slash(ctx, v.Run, of.Wallet())
		return v.CanSlash(m, who.Wallet()), err
	default: // Prune
		if m.Slot < 0 {
			return run.ErrArgument, run.ErrArgument
		}
		_, err = l.Prune(ctx, v, m.Slot)
		return v.CanPrune(m), err
	}
}

// tryRound is try for what a member does in a round.
func (l *lab) tryRound(t *testing.T, name string, who *run.Client, m *run.Member, v *run.View, rng *rand.Rand) (rule, err error, ok bool) {
	ctx := t.Context()
	ballot, salt := run.Ballot{Digest: run.Digest{byte(v.Run.Round)}, Included: v.Ballots.Accepted, Score: int8(v.Run.Round%3) - 1}, [32]byte{}
	switch name {
	case "Ready":
		_, err = who.Ready(ctx, v.Run)
		return v.CanReady(m), err, true
	case "Submit":
		d := run.Digest{1, byte(m.Slot)}
		_, err = who.Submit(ctx, v.Run, d)
		return v.CanSubmit(m, d), err, true
	case "See":
		slots := v.Ballots.Submitted
		if rng.IntN(3) == 0 {
			slots.Add(200)
		}
		_, err = who.Seen(ctx, v.Run, slots)
		return v.CanSee(m, slots), err, true
	case "Commit":
		_, err = who.Commit(ctx, v.Run, ballot, salt)
		return v.CanCommit(m), err, true
	case "Reveal":
		if rng.IntN(3) == 0 {
			ballot.Accuracy = 1 // not what was committed to
		}
		_, err = who.Reveal(ctx, v.Run, ballot, salt)
		return v.CanReveal(m, ballot, salt), err, true
	}
	return nil, nil, false
}

package round_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// TestRulesMatchTheProgram walks through random rounds, from creation until
// everything is closed. In every state, and at the times at which a rule may
// change, a rule predicts every instruction that anybody may try, which is then
// tried on the real program: acceptance, the error's code and when it ends must
// agree, and the steps that workers follow must be those that the program accepts.
func TestRulesMatchTheProgram(t *testing.T) {
	counts, seeds := map[string]int{}, uint64(8)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 8))
			newLab(t, rng, randomOptions(rng)).walk(counts)
		})
	}
	if testing.Short() {
		return
	}
	for _, seen := range []string{"Prevalidate -1", "Prevalidate 6008", "Prevalidate 6016", "Prevalidate 6018", "Prevalidate 6020",
		"SubmitGradient -1", "SubmitGradient 6003", "SubmitGradient 6005", "SubmitGradient 6014", "SubmitGradient 6018", "SubmitGradient 6019",
		"Postvalidate -1", "Postvalidate 6016", "Postvalidate 6018", "CommitValidation -1", "CommitValidation 6021", "CommitValidation 6018",
		"RevealPrevalidation -1", "RevealPrevalidation 6031", "RevealPostvalidation -1", "RevealPostvalidation 6031",
		"FinalizeRound -1", "FinalizeRound 6005", "FinalizeRound 6006", "FinalizeRound 6007", "FinalizeRound 6012", "FinalizeRound 2001",
		"ForceFinalize -1", "ForceFinalize 6012", "CancelRound -1", "CancelRound 6004", "ConfigureRound -1", "ConfigureRound 6032",
		"ClaimTrainer -1", "ClaimTrainer 6009", "ClaimTrainer 6010", "ClaimTrainer 3012", "SettleRating -1", "SettleRating 6029",
		"ClaimValidatorPre -1", "ClaimValidatorPre 3012", "ClaimValidatorPost -1", "SlashValidator -1", "SlashValidator 6023",
		"SlashValidator 6018", "SlashValidator 6030", "WithdrawRemainder -1", "WithdrawRemainder 6025", "WithdrawRemainder 3012",
		"CloseGradient -1", "CloseGradient 6012", "SetSource -1", "SetSource 6003",
		"CloseSource -1", "CloseSource 6009", "CloseSource 6012",
		"CloseValidation -1", "CloseValidation 6012", "CloseCommitment -1", "CloseCommitment 6012",
		"CloseRound -1", "CloseRound 6012", "WithdrawStake -1", "WithdrawStake 6024"} {
		require.Contains(t, counts, "round."+seen, "the walks are to come by there: %v", counts)
	}
}

// randomOptions are the options of a round that is over within minutes.
func randomOptions(rng *rand.Rand) round.Options {
	o := round.Options{
		Deadline: labStart.Add(10 * time.Minute), BaseWindow: time.Duration(rng.IntN(3)) * time.Minute,
		ValidationWindow: time.Duration(rng.IntN(3)) * time.Minute, CommitWindow: time.Minute,
		MinPrevalidations: uint8(1 + rng.IntN(3)), MinPostvalidations: uint8(1 + rng.IntN(3)), CommitReveal: rng.IntN(2) == 0,
	}
	if rng.IntN(3) == 0 {
		o.MinPrevalidations, o.MinPostvalidations, o.RewardRule = 3, 3, reward.Rule(1+rng.IntN(2))
	}
	if rng.IntN(2) == 0 {
		o.MinValidatorStake = labStake
	}
	return o
}

// walk does what the program accepts until nothing is left, or for a bounded
// number of steps.
func (l *lab) walk(counts map[string]int) {
	for range 120 {
		accepts := l.compare(counts)
		l.checkSteps(accepts)
		for _, turn := range l.someTurns() {
			l.at(turn, func() { l.checkSteps(l.compare(counts)) })
		}
		accepts = slices.DeleteFunc(accepts, func(i round.Instruction) bool {
			_, again := i.(round.SetSource) // which anybody may do as often as they like
			return again && l.rng.IntN(20) != 0
		})
		patience := 4
		if r := l.round(); r != nil && r.Sealed() {
			patience = 16 // many scores are to fit a sitting
		}
		if turns := l.turns(); len(turns) > 0 && (l.rng.IntN(patience) == 0 || len(accepts) == 0) {
			l.bank.Warp(turns[0].Sub(l.now()))
			l.bank.WarpSlots(1)
			continue
		}
		if i, ok := l.choose(accepts); ok {
			l.accepts(i)
		}
	}
}

// choose draws what happens next, and makes unlikely what would end the round
// early.
func (l *lab) choose(accepts []round.Instruction) (round.Instruction, bool) {
	rare := func(i round.Instruction) bool {
		switch i.(type) {
		case round.CancelRound, round.ConfigureRound, round.FinalizeRound, round.RequestUnstake, round.CloseRound:
			return l.rng.IntN(8) != 0
		}
		return false
	}
	accepts = slices.DeleteFunc(accepts, rare)
	if sealed := slices.DeleteFunc(slices.Clone(accepts), isNoSealedScore); len(sealed) > 0 && l.round().Sealed() && l.rng.IntN(4) > 0 {
		accepts = sealed
	}
	if len(accepts) == 0 {
		return nil, false
	}
	return accepts[l.rng.IntN(len(accepts))], true
}

// isNoSealedScore reports whether an instruction does not lead to a score of a sealed round.
func isNoSealedScore(i round.Instruction) bool {
	switch i.(type) {
	case round.DrawCommittee, round.CommitValidation, round.RevealPrevalidation, round.RevealPostvalidation:
		return false
	}
	return true
}

// turns are the later times at which a rule may change, in order.
func (l *lab) turns() []time.Time {
	r := l.round()
	if r == nil {
		return nil
	}
	o := r.Options
	all := []time.Time{r.SubmissionsOpen(), r.SubmissionsClose(), o.Deadline, r.ForceFrom(), r.CreatedAt.Add(o.CommitWindow),
		r.CreatedAt.Add(2 * o.CommitWindow), r.CreatedAt.Add(r.ClaimPeriod)}
	if r.Status == round.Finalized {
		all = append(all, r.FinalizedAt.Add(round.CloseAfter), r.ClaimsEnd())
	}
	for _, g := range l.gradients() {
		all = append(all, r.CommitFrom(g).Add(o.CommitWindow), r.CommitFrom(g).Add(2*o.CommitWindow))
	}
	for _, v := range l.validators {
		if s := read(l, l.addr.Stake(v), round.DecodeStake); s != nil && s.Unlocking > 0 {
			all = append(all, s.UnlockAt)
		}
	}
	if r.Sealed() {
		for s := range round.Sittings + 1 {
			all = append(all, r.SittingStarts(s), r.SittingStarts(s).Add(o.CommitWindow))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.DeleteFunc(slices.Compact(all), func(t time.Time) bool { return !t.After(l.now()) })
}

// someTurns are the last second before one of the turns, and that turn.
func (l *lab) someTurns() []time.Time {
	turns := l.turns()
	if len(turns) == 0 || l.rng.IntN(3) != 0 {
		return nil
	}
	turn := turns[l.rng.IntN(len(turns))]
	return []time.Time{turn.Add(-time.Second), turn}
}

// checkSteps requires that the steps of every trainer and validator are what the
// program accepts from them.
func (l *lab) checkSteps(accepts []round.Instruction) {
	l.Helper()
	r, now := l.round(), l.now()
	for _, t := range append(slices.Clone(l.trainers), l.creator) {
		if profile := read(l, l.addr.Profile(t), round.DecodeProfile); r != nil && profile.Stars < r.MinRating {
			continue
		}
		next := round.TrainerNext(r, l.gradient(t), t, now)
		publish := slices.ContainsFunc(next, func(s round.Step) bool { return s.Kind == round.StepPublish })
		require.Equal(l, r != nil && l.gradient(t) != nil && r.Publishable(now), publish, "no instruction publishes")
		next = slices.DeleteFunc(next, func(s round.Step) bool { return s.Kind == round.StepPublish })
		require.ElementsMatch(l, l.trainerSteps(accepts, t), next, "%+v", r)
	}
	for _, v := range l.judges() {
		if r != nil && l.stake(v) < r.Options.MinValidatorStake {
			continue
		}
		next := slices.DeleteFunc(round.ValidatorNext(r, l.gradients(), l.work(v), v, now), func(s round.Step) bool {
			return s.Kind == round.StepCommit && r.Sealed() && l.inCommittee(r, v, now) != nil // which is for the worker to look at
		})
		require.ElementsMatch(l, l.validatorSteps(accepts, v), next, "%+v", r)
	}
}

// trainerSteps are the accepted instructions that a trainer takes by itself.
func (l *lab) trainerSteps(accepts []round.Instruction, t solana.PublicKey) (steps []round.Step) {
	g := l.gradient(t)
	for _, i := range accepts {
		switch i := i.(type) {
		case round.SubmitGradient:
			if i.Trainer == t {
				steps = append(steps, round.Step{Kind: round.StepSubmit, Subject: t})
			}
		case round.ClaimTrainer:
			if i.Trainer == t {
				steps = append(steps, round.Step{Kind: round.StepClaim, Subject: t})
			}
		case round.CloseGradient:
			if i.Trainer == t && i.Anyone == t && (l.round() == nil || g.RewardClaimed) {
				steps = append(steps, round.Step{Kind: round.StepClose, Subject: t})
			}
		}
	}
	if r := l.round(); g != nil && l.vault() == nil && r != nil && r.CanClaimTrainer(g, &round.Vault{}) == nil && len(steps) == 0 {
		steps = append(steps, round.Step{Kind: round.StepClaim, Subject: t}) // nobody told the worker that the vault is closed
	}
	return steps
}

func (l *lab) validatorSteps(accepts []round.Instruction, v solana.PublicKey) (steps []round.Step) {
	add := func(mine bool, kind round.StepKind, subject solana.PublicKey) {
		if mine {
			steps = append(steps, round.Step{Kind: kind, Subject: subject})
		}
	}
	for _, i := range accepts {
		switch i := i.(type) {
		case round.Prevalidate:
			add(i.Validator == v, round.StepScore, round.BaseModel)
		case round.Postvalidate:
			add(i.Validator == v, round.StepScore, i.Trainer)
		case round.CommitValidation:
			add(i.Validator == v, round.StepCommit, i.Subject)
		case round.RevealPrevalidation:
			add(i.Validator == v, round.StepReveal, round.BaseModel)
		case round.RevealPostvalidation:
			add(i.Validator == v, round.StepReveal, i.Trainer)
		case round.CloseCommitment:
			add(i.Validator == v, round.StepCloseCommitment, i.Subject)
		case round.CloseValidation:
			add(i.Validator == v && i.Anyone == v && (l.round() == nil || l.claimed(i.Trainer, v)), round.StepClose, i.Trainer)
		}
	}
	if r := l.round(); r != nil { // claims do not depend on the vault, of which the worker knows nothing
		for _, s := range l.scores() {
			add(s.validator == v && r.CanClaimValidator(s.score, &round.Vault{}) == nil, round.StepClaim, s.subject)
		}
	}
	return steps
}

// claimed reports whether a validator has claimed for its score of a subject.
func (l *lab) claimed(subject, v solana.PublicKey) bool {
	if subject == round.BaseModel {
		return read(l, l.addr.PreValidation(0, v), round.DecodePreValidation).RewardClaimed
	}
	return read(l, l.addr.PostValidation(0, subject, v), round.DecodePostValidation).RewardClaimed
}

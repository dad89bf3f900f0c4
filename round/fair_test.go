package round_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// The fair options of a round are read back as they were set, its terms can be asserted, and configure_round takes all of
// it back.
func TestConfigureFair(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator := w.actor()
	options := round.Options{Deadline: w.now().Add(time.Hour), ValidationWindow: time.Minute, MinPrevalidations: 1, MinPostvalidations: 1}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: sol, Options: &options})
	require.NoError(t, err)
	plain, err := creator.Round(ctx, id)
	require.NoError(t, err)
	require.Nil(t, plain.Fair)

	fair := round.FairOptions{OutlierTolerance: 56, Deadline: options.Deadline.Add(time.Hour)}
	receipt := w.ok(creator.ConfigureFair(ctx, id, fair))
	require.Equal(t, []round.Event{round.FairConfigured{RoundID: id, Options: fair}}, receipt.Events)
	r, err := creator.Round(ctx, id)
	require.NoError(t, err)
	require.Equal(t, &fair, r.Fair)
	require.Equal(t, fair.Deadline, r.Options.Deadline)
	require.EqualValues(t, 56, r.OutlierTolerance)
	require.NotEqual(t, plain.TermsHash(), r.TermsHash())
	w.ok(creator.Send(ctx, round.AssertTerms{RoundID: id, Hash: r.TermsHash()}))

	bad := fair
	bad.Committee = 16 // needs a sealed round
	w.refused(round.ErrInvalidParameter)(creator.ConfigureFair(ctx, id, bad))
	w.ok(creator.ConfigureRound(ctx, id, options))
	r, err = creator.Round(ctx, id)
	require.NoError(t, err)
	require.Equal(t, plain, r)
}

// TestSealedRulesMatchTheProgram is TestRulesMatchTheProgram in sealed rounds.
func TestSealedRulesMatchTheProgram(t *testing.T) {
	counts, seeds := map[string]int{}, uint64(11)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds { // the last two take submissions in a few slots
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 13))
			o := randomOptions(rng)
			o.CommitReveal, o.MinPrevalidations, o.MinPostvalidations = true, 3, 3
			committee := [2]uint8{0, 3}[seed%2]
			if committee > 0 {
				o.MinValidatorStake = labStake
			}
			l := newLab(t, rng, o)
			l.accepts(round.AddStake{Amount: 20 * labStake, Validator: l.outsider}) // most seats of a committee go to nobody
			holdout := [2][32]byte{{}, sha256.Sum256(labSalt[:])}[rng.IntN(2)]
			l.accepts(round.ConfigureFair{Creator: l.creator, Options: round.FairOptions{Sealed: true, OutlierTolerance: 20,
				Task: round.Task(seed % 2), SubmissionSlots: uint32(seed / 9 * 12), Committee: committee, PublishWindow: time.Minute, Bond: uint64(rng.IntN(2)) * 1_000_000, Holdout: holdout, Deadline: o.Deadline}})
			l.walk(counts)
		})
	}
	if testing.Short() {
		return
	}
	for _, seen := range []string{"SubmitGradient -1", "CommitValidation -1", "CommitValidation 6006", "CommitValidation 6021",
		"CommitValidation 6018", "RevealPrevalidation -1", "RevealPostvalidation -1", "RevealPostvalidation 6031", "ForceFinalize -1",
		"ForceFinalize 6012", "ClaimTrainer -1", "ClaimValidatorPost -1", "WithdrawRemainder -1", "RevealHoldout -1", "RevealHoldout 6037", "RevealHoldout 6038",
		"DrawCommittee -1", "DrawCommittee 6012", "DrawCommittee 6026", "DrawCommittee 6039", "CommitValidation 6035", "CommitValidation 6036",
		"SlashCommitment -1", "SlashCommitment 6009", "SlashCommitment 6018", "CloseUnopened 6012", "FinalizeRound 6005", "FinalizeRound 6007"} {
		require.Contains(t, counts, "round."+seen, "the walks are to come by there: %v", counts)
	}
}

// A sealed round with the client alone: what everybody is paid is what the statement says.
func TestSealedRoundPaysWhatItsStatementSays(t *testing.T) {
	for _, rule := range []reward.Rule{reward.Proportional, reward.Marginal, reward.WinRate} {
		t.Run(rule.String(), func(t *testing.T) { sealedRoundPays(t, rule) })
	}
}

func sealedRoundPays(t *testing.T, rule reward.Rule) {
	w := newWorld(t)
	ctx := t.Context()
	creator, good, bad := w.actor(), w.trainer(), w.trainer()
	judges := []*round.Client{w.actor(), w.actor(), w.actor()}
	options := round.Options{Deadline: w.now().Add(time.Hour), ValidationWindow: 10 * time.Minute, CommitWindow: time.Minute,
		MinPrevalidations: 3, MinPostvalidations: 3, CommitReveal: true, RewardRule: rule}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: sol, Options: &options})
	require.NoError(t, err)
	fair := round.FairOptions{Sealed: true, OutlierTolerance: 20, PublishWindow: time.Minute, Bond: 5_000_000, Deadline: options.Deadline}
	w.ok(creator.ConfigureFair(ctx, id, fair))
	w.ok(good.SubmitSealed(ctx, id, gradientCID(1)))
	w.ok(bad.SubmitSealed(ctx, id, gradientCID(2)))
	r, err := creator.Round(ctx, id)
	require.NoError(t, err)
	w.net.Warp(r.ScoringStarts().Sub(w.now()))
	subjects := map[solana.PublicKey]uint32{round.BaseModel: 5000, good.Wallet(): 6000, bad.Wallet(): 4000}
	for _, v := range judges {
		for subject, accuracy := range subjects {
			w.ok(v.CommitSealed(ctx, id, subject, accuracy))
		}
	}
	w.net.Warp(time.Minute)
	for _, v := range judges {
		for subject := range subjects {
			w.ok(v.Reveal(ctx, id, subject))
		}
	}
	w.net.Warp(time.Minute)
	w.ok(creator.FinalizeRound(ctx, id))

	statement, err := creator.Statement(ctx, id)
	require.NoError(t, err)
	require.EqualValues(t, 1, statement.Shares.BondsLost)
	require.Equal(t, sol+fair.Bond, statement.Paid()+statement.Fees+statement.Remainder)
	claimed := w.ok(good.ClaimTrainer(ctx, id))
	require.Contains(t, claimed.Events, round.TrainerRewardClaimed{RoundID: id, Trainer: good.Wallet(), Amount: statement.Net(good.Wallet()), Improvement: 1000})
	w.ok(bad.ClaimTrainer(ctx, id))
	for _, v := range judges {
		w.ok(v.ClaimValidatorPre(ctx, id))
		w.ok(v.ClaimValidatorPost(ctx, id, good.Wallet()))
		w.ok(v.ClaimValidatorPost(ctx, id, bad.Wallet()))
	}
	last := w.ok(creator.WithdrawRemainder(ctx, id))
	require.Equal(t, []round.Event{round.RemainderWithdrawn{RoundID: id, Amount: statement.Remainder, Closed: true}}, last.Events)
}

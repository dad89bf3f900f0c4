package round_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// quiet is a lab with a round that has no windows and no commit-reveal.
func quiet(t *testing.T) *lab {
	return newLab(t, rand.New(rand.NewPCG(1, 1)), round.Options{Deadline: labStart.Add(time.Hour), CommitWindow: time.Minute,
		MinPrevalidations: 1, MinPostvalidations: 1})
}

// TestFullRound: with 255 gradients the program takes no more, and the rule says
// so; the counter is set by hand, one below and at the limit.
func TestFullRound(t *testing.T) {
	l := quiet(t)
	l.accepts(round.Prevalidate{Accuracy: 5000, Validator: l.validators[0]})
	submit := round.SubmitGradient{GradientCID: gradientCID(1), Trainer: l.trainers[0]}
	for count, want := range map[byte]struct {
		code  int64
		phase round.Phase
	}{
		round.MaxGradients - 1: {accepted, round.PhaseTraining},
		round.MaxGradients:     {int64(round.ErrTrainerSlotsFull), round.PhaseFull},
	} {
		l.edit(l.addr.Round(0), 142, count)
		r := l.round()
		require.Equal(t, want.code, l.code(submit), count)
		require.Equal(t, want.code, l.want(r.CanSubmit(l.trainers[0], 500, l.now())), count)
		require.Equal(t, want.phase, r.Phase(l.now()), count)
	}
}

// TestFullModel: 24 validators may score a model, and no more.
func TestFullModel(t *testing.T) {
	l := quiet(t)
	scores := func(do func(i int) round.Instruction, rule func(i int) error) {
		for i := range round.MaxScores + 1 {
			want := int64(accepted)
			if i == round.MaxScores {
				want = int64(round.ErrValidatorSlotsFull)
			}
			require.Equal(t, want, l.code(do(i)), i)
			require.Equal(t, want, l.want(rule(i)), i)
			if want == accepted {
				l.accepts(do(i))
			}
		}
	}
	for i := range round.MaxScores + 1 {
		l.validators = append(l.validators[:i], l.wallet(fmt.Sprint("judge ", i)))
	}
	scores(func(i int) round.Instruction { return round.Prevalidate{Accuracy: 5000, Validator: l.validators[i]} },
		func(i int) error { return l.round().CanPrevalidate(l.validators[i], 0, l.now()) })
	l.accepts(round.SubmitGradient{GradientCID: gradientCID(1), Trainer: l.trainers[0]})
	scores(func(i int) round.Instruction {
		return round.Postvalidate{Trainer: l.trainers[0], Accuracy: 5000, Validator: l.validators[i]}
	}, func(i int) error { return l.round().CanPostvalidate(l.gradient(l.trainers[0]), l.validators[i], 0) })
}

// TestForeignRounds: rounds of another version, and of a status from the future,
// are refused by the program and by the rules.
func TestForeignRounds(t *testing.T) {
	l := quiet(t)
	force := round.ForceFinalize{Anyone: l.outsider}
	l.bank.Warp(2 * time.Hour)
	require.Equal(t, round.PhaseOverdue, l.round().Phase(l.now()))
	require.EqualValues(t, accepted, l.code(force))

	l.edit(l.addr.Round(0), 132, 9)
	require.EqualValues(t, round.ErrRoundNotActive, l.code(force))
	require.ErrorIs(t, l.round().CanForceFinalize(l.now()), round.ErrRoundNotActive)
	require.EqualValues(t, round.ErrRoundNotFinalized, l.code(round.CloseRound{Creator: l.creator, Anyone: l.outsider}))
	require.ErrorIs(t, l.round().CanClose(nil, l.now()), round.ErrRoundNotFinalized)
	require.Equal(t, round.PhaseUnknown, l.round().Phase(l.now()))

	l.edit(l.addr.Round(0), 163, 2)
	require.EqualValues(t, 3003, l.code(force))
	r, none := l.round(), new(round.Gradient)
	require.Equal(t, round.PhaseForeign, r.Phase(l.now()))
	for name, err := range map[string]error{
		"configure": r.CanConfigure(l.creator), "cancel": r.CanCancel(l.creator), "finalize": r.CanFinalize(l.creator, l.now()),
		"force": r.CanForceFinalize(l.now()), "submit": r.CanSubmit(l.trainers[0], 500, l.now()),
		"prevalidate": r.CanPrevalidate(l.validators[0], labStake, l.now()), "postvalidate": r.CanPostvalidate(none, l.validators[0], labStake),
		"commit": r.CanCommit(nil, l.validators[0], labStake, l.now()), "reveal": r.CanReveal(nil, l.validators[0], labStake, l.now()),
		"claim": r.CanClaimTrainer(none, nil), "settle": r.CanSettle(none), "claim a score": r.CanClaimValidator(&round.PreValidation{}, nil),
		"slash": r.CanSlash(&round.PreValidation{}, l.outsider), "withdraw": r.CanWithdraw(l.creator, nil, l.now()),
		"close": r.CanClose(nil, l.now()), "close gradient": r.CanCloseGradient(none, l.outsider, l.now()),
		"close score": r.CanCloseValidation(&round.PreValidation{}, l.outsider, l.now()),
	} {
		require.ErrorIs(t, err, round.ErrForeignProgram, name)
	}
}

// TestOutlierBoundary: a score exactly as far from the consensus as the tolerance
// is no outlier, one hundredth of a percent further is one, for the base and for a
// gradient.
func TestOutlierBoundary(t *testing.T) {
	for accuracy, want := range map[uint32]int64{5500: int64(round.ErrNotOutlier), 5501: accepted, 4500: int64(round.ErrNotOutlier), 4499: accepted} {
		l := quiet(t)
		score := func(do func(v solana.PublicKey, accuracy uint32) round.Instruction) {
			for i, a := range []uint32{5000, 5000, accuracy} {
				l.accepts(do(l.validators[i], a))
			}
		}
		score(func(v solana.PublicKey, a uint32) round.Instruction {
			return round.Prevalidate{Accuracy: a, Validator: v}
		})
		l.accepts(round.SubmitGradient{GradientCID: gradientCID(1), Trainer: l.trainers[0]})
		score(func(v solana.PublicKey, a uint32) round.Instruction {
			return round.Postvalidate{Trainer: l.trainers[0], Accuracy: a, Validator: v}
		})
		l.accepts(round.FinalizeRound{Creator: l.creator})
		for _, s := range l.scores() {
			if s.validator != l.validators[2] {
				continue
			}
			slash := round.SlashValidator{Trainer: s.subject, Validator: s.validator, Treasury: round.LocalTreasury, Reporter: l.outsider}
			require.Equal(t, want, l.code(slash), "%d", accuracy)
			require.Equal(t, want, l.want(l.round().CanSlash(s.score, l.outsider)), "%d", accuracy)
		}
	}
}

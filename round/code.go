package round

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Code is an error code of the round program. Every code is an error that
// errors.Is finds: errors.Is(err, round.ErrTooEarly). The codes that the program
// shares with others are those of package chain: [chain.AnchorCode] and
// [chain.SystemCode].
type Code uint32

// The round program's own codes. Their messages say what to do about each.
const (
	ErrInvalidRoundID       Code = 6000
	ErrInvalidCID           Code = 6001
	ErrZeroReward           Code = 6002
	ErrRoundNotActive       Code = 6003
	ErrRoundHasParticipants Code = 6004
	ErrNoPrevalidation      Code = 6005
	ErrNoGradients          Code = 6006
	ErrNoPostvalidation     Code = 6007
	ErrPrevalidationClosed  Code = 6008
	ErrRoundNotFinalized    Code = 6009
	ErrRewardAlreadyClaimed Code = 6010
	ErrNotValidated         Code = 6011
	ErrTooEarly             Code = 6012
	ErrInvalidRating        Code = 6013
	ErrRatingTooLow         Code = 6014
	ErrInvalidAccuracy      Code = 6015
	ErrInsufficientStake    Code = 6016
	ErrValidatorSlotsFull   Code = 6017
	ErrConflictOfInterest   Code = 6018
	ErrDeadlinePassed       Code = 6019
	ErrRevealRequired       Code = 6020
	ErrCommitClosed         Code = 6021
	ErrBadReveal            Code = 6022
	ErrNotOutlier           Code = 6023
	ErrStakeLocked          Code = 6024
	ErrNothingToWithdraw    Code = 6025
	ErrInvalidParameter     Code = 6026
	ErrMathOverflow         Code = 6027
	ErrTrainerSlotsFull     Code = 6028
	ErrAlreadySettled       Code = 6029
	ErrAlreadySlashed       Code = 6030
	ErrRevealClosed         Code = 6031
	ErrCommitmentsOpen      Code = 6032
	ErrTermsChanged         Code = 6033
	ErrSubmissionsClosed    Code = 6034
	ErrNotDrawn             Code = 6035
	ErrNotEligible          Code = 6036
	ErrBadHoldout           Code = 6037
	ErrHoldoutClosed        Code = 6038
	ErrAlreadyDrawn         Code = 6039
	ErrInvalidSource        Code = 6040
)

// meaning is a code's name in the IDL, what it means and what to do about it.
type meaning struct{ name, msg string }

var meanings = map[Code]meaning{
	ErrInvalidRoundID:       {"InvalidRoundId", "another round took this id: read the counter and try again"},
	ErrInvalidCID:           {"InvalidCid", "a CID has 46 to 64 ASCII characters, and a gradient's is not the base model's"},
	ErrZeroReward:           {"ZeroReward", "the reward is zero: offer one"},
	ErrRoundNotActive:       {"RoundNotActive", "the round is finalized or cancelled: only claims and the remainder are left"},
	ErrRoundHasParticipants: {"RoundHasParticipants", "somebody has already taken part: let the round go on, and finalize it"},
	ErrNoPrevalidation:      {"NoPrevalidation", "the base model has too few scores, or its validation time is not over: wait for validators"},
	ErrNoGradients:          {"NoGradients", "nobody has submitted a gradient: wait, or force the end at the deadline"},
	ErrNoPostvalidation:     {"NoPostvalidation", "a gradient has too few scores: wait for validators, or force the end at the deadline"},
	ErrPrevalidationClosed:  {"PrevalidationClosed", "the base model takes no more scores: the first gradient is in, or submissions are over"},
	ErrRoundNotFinalized:    {"RoundNotFinalized", "the round is not finalized: wait for its creator, or force the end at the deadline"},
	ErrRewardAlreadyClaimed: {"RewardAlreadyClaimed", "this was claimed already: nothing is left to do"},
	ErrNotValidated:         {"NotValidated", "there are no validations"},
	ErrTooEarly:             {"TooEarly", "it is too early: wait for the deadline, or the last reveal window"},
	ErrInvalidRating:        {"InvalidRating", "a minimum rating is 100 (excludes nobody) to 500"},
	ErrRatingTooLow:         {"RatingTooLow", "the trainer has fewer stars than the round asks for: look for another one"},
	ErrInvalidAccuracy:      {"InvalidAccuracy", "an accuracy is 0 to 10,000"},
	ErrInsufficientStake:    {"InsufficientStake", "the validator has less at stake than the round asks for: stake more"},
	ErrValidatorSlotsFull:   {"ValidatorSlotsFull", "24 validators scored this already: look for something else to score"},
	ErrConflictOfInterest:   {"ConflictOfInterest", "nobody may judge their own work, or train or validate in their own round: use a wallet for each role"},
	ErrDeadlinePassed:       {"DeadlinePassed", "the round takes no more of this: look for another one"},
	ErrRevealRequired:       {"RevealRequired", "the round takes only scores that are committed first and revealed later"},
	ErrCommitClosed:         {"CommitClosed", "the time for commitments has not begun or is over"},
	ErrBadReveal:            {"BadReveal", "accuracy and salt are not those that were committed to"},
	ErrNotOutlier:           {"NotOutlier", "the validation is no outlier: nothing can be slashed"},
	ErrStakeLocked:          {"StakeLocked", "the stake is still locked: request it, and wait for the cooldown"},
	ErrNothingToWithdraw:    {"NothingToWithdraw", "nothing can be withdrawn now: wait for claims, or the end of the claim period"},
	ErrInvalidParameter:     {"InvalidParameter", "a parameter or option is out of its range, the reward is below the protocol's minimum, or a stake would unlock before the round is over"},
	ErrMathOverflow:         {"MathOverflow", "a number is too large"},
	ErrTrainerSlotsFull:     {"TrainerSlotsFull", "the round has 255 gradients already: look for another one"},
	ErrAlreadySettled:       {"AlreadySettled", "the rating is already settled: nothing is left to do"},
	ErrAlreadySlashed:       {"AlreadySlashed", "the validation was already slashed: nothing is left to do"},
	ErrRevealClosed:         {"RevealClosed", "the time for revealing has not begun or is over"},
	ErrCommitmentsOpen:      {"CommitmentsOpen", "somebody has committed to a score in this round"},
	ErrTermsChanged:         {"TermsChanged", "the terms of the round are not those that were read: read the round again, and decide anew"},
	ErrSubmissionsClosed:    {"SubmissionsClosed", "the slots are over in which the round takes submissions: look for another one"},
	ErrNotDrawn:             {"NotDrawn", "the committee is not drawn yet: draw it, in two calls with a slot between them"},
	ErrNotEligible:          {"NotEligible", "the validator is not in the round's committee: wait for a later sitting, or look for another round"},
	ErrBadHoldout:           {"BadHoldout", "the key is not the one that the creator committed to"},
	ErrHoldoutClosed:        {"HoldoutClosed", "the key of a sealed test is taken once, after submissions closed and before scoring starts"},
	ErrAlreadyDrawn:         {"AlreadyDrawn", "the committee is drawn already: nothing is left to do"},
	ErrInvalidSource:        {"InvalidSource", "a source is 1 to 128 visible ASCII characters, without spaces: percent-encode others"},
}

// programError is the error that a code of the program stands for. Codes below
// 6000 are not its own: without logs, those of the system program, which it calls,
// look as if they were.
func programError(code uint32) error {
	if _, ok := meanings[Code(code)]; ok {
		return Code(code)
	}
	if err := chain.AnchorError(code); err != nil {
		return err
	}
	return chain.SystemError(code)
}

// Name is the code's name in the program's IDL, empty for an unknown one.
func (c Code) Name() string { return meanings[c].name }

// Error implements error.
func (c Code) Error() string {
	m, ok := meanings[c]
	if !ok {
		return fmt.Sprintf("round: program error %d", uint32(c))
	}
	return fmt.Sprintf("round: %s (%d): %s", m.name, uint32(c), m.msg)
}

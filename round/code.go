package round

import "fmt"

// Code is an error code of the program, of the framework whose rules it
// follows, or of the system program that it calls. Every code is an error to
// compare with: errors.Is(err, round.ErrTooEarly).
type Code uint32

// The system program's codes, as far as the round program runs into them.
const (
	ErrAccountInUse   Code = 0 // what was to be created exists already
	ErrTooFewLamports Code = 1 // the payer cannot pay for a new account, or the reward
)

// The framework's codes: the accounts or the data of an instruction are wrong.
const (
	ErrInstructionMissing    Code = 100
	ErrInstructionUnknown    Code = 101
	ErrInstructionData       Code = 102
	ErrConstraintMut         Code = 2000
	ErrConstraintHasOne      Code = 2001
	ErrConstraintRaw         Code = 2003
	ErrConstraintSeeds       Code = 2006
	ErrConstraintAddress     Code = 2012
	ErrConstraintDuplicate   Code = 2040
	ErrDiscriminatorNotFound Code = 3001
	ErrDiscriminatorMismatch Code = 3002
	ErrAccountData           Code = 3003
	ErrAccountNotEnoughKeys  Code = 3005
	ErrAccountOwner          Code = 3007
	ErrInvalidProgramID      Code = 3008
	ErrAccountNotSigner      Code = 3010
	ErrAccountNotSystemOwned Code = 3011
	ErrAccountNotInitialized Code = 3012
)

// The round program's own codes.
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
)

// meaning is a code's name in the IDL or the framework, what it means and what
// to do about it.
type meaning struct{ name, msg string }

var meanings = map[Code]meaning{
	ErrAccountInUse:   {"AccountAlreadyInUse", "it exists already: this wallet has done this before, nothing is left to do"},
	ErrTooFewLamports: {"ResultWithNegativeLamports", "the wallet has too few lamports for the reward or the rent: fund it and try again"},

	ErrInstructionMissing:    {"InstructionMissing", "the instruction has no discriminator"},
	ErrInstructionUnknown:    {"InstructionFallbackNotFound", "the program does not know the instruction: check the program id, an older program may stand there"},
	ErrInstructionData:       {"InstructionDidNotDeserialize", "the instruction's arguments are too short"},
	ErrConstraintMut:         {"ConstraintMut", "an account must be writable"},
	ErrConstraintHasOne:      {"ConstraintHasOne", "an account belongs to another wallet or round: check who signs"},
	ErrConstraintRaw:         {"ConstraintRaw", "an account does not fit the instruction"},
	ErrConstraintSeeds:       {"ConstraintSeeds", "an account is not the one derived for this round and wallet: check the program id"},
	ErrConstraintAddress:     {"ConstraintAddress", "an account is not the expected one: pass the treasury that the round names"},
	ErrConstraintDuplicate:   {"ConstraintDuplicateMutableAccount", "two accounts that must differ are the same"},
	ErrDiscriminatorNotFound: {"AccountDiscriminatorNotFound", "an account is too short to say what it is"},
	ErrDiscriminatorMismatch: {"AccountDiscriminatorMismatch", "an account is of another type than expected"},
	ErrAccountData:           {"AccountDidNotDeserialize", "an account is shorter than its type: an older program may have written it"},
	ErrAccountNotEnoughKeys:  {"AccountNotEnoughKeys", "the instruction has too few accounts"},
	ErrAccountOwner:          {"AccountOwnedByWrongProgram", "an account belongs to another program: check the program id"},
	ErrInvalidProgramID:      {"InvalidProgramId", "another program was passed than the one that is called"},
	ErrAccountNotSigner:      {"AccountNotSigner", "an account that must sign did not"},
	ErrAccountNotSystemOwned: {"AccountNotSystemOwned", "an account that must be a plain wallet is not"},
	ErrAccountNotInitialized: {"AccountNotInitialized", "an account does not exist: the round, profile, gradient or validation was never made or is closed, or the program was never initialized"},

	ErrInvalidRoundID:       {"InvalidRoundId", "another round took this id: read the counter and try again"},
	ErrInvalidCID:           {"InvalidCid", "a CID has 46 to 64 ASCII characters, and a gradient's is not the base model's"},
	ErrZeroReward:           {"ZeroReward", "the reward is zero: offer one"},
	ErrRoundNotActive:       {"RoundNotActive", "the round is finalized or cancelled: look for another one"},
	ErrRoundHasParticipants: {"RoundHasParticipants", "somebody took part already: let the round go on, and finalize it"},
	ErrNoPrevalidation:      {"NoPrevalidation", "the base model has too few scores, or its validation time is not over: wait for validators"},
	ErrNoGradients:          {"NoGradients", "nobody has submitted a gradient: wait, or force the end at the deadline"},
	ErrNoPostvalidation:     {"NoPostvalidation", "a gradient has too few scores: wait for validators, or force the end at the deadline"},
	ErrPrevalidationClosed:  {"PrevalidationClosed", "the base model takes no more scores: the first gradient is in, or submissions are over"},
	ErrRoundNotFinalized:    {"RoundNotFinalized", "the round is not finalized: wait for its creator, or force the end at the deadline"},
	ErrRewardAlreadyClaimed: {"RewardAlreadyClaimed", "this was claimed already: nothing is left to do"},
	ErrNotValidated:         {"NotValidated", "there are no validations"},
	ErrTooEarly:             {"TooEarly", "it is too early: wait for the deadline, or the last reveal window"},
	ErrInvalidRating:        {"InvalidRating", "a minimum rating is 100 (nobody is shut out) to 500"},
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
	ErrAlreadySettled:       {"AlreadySettled", "the rating was settled already: nothing is left to do"},
	ErrAlreadySlashed:       {"AlreadySlashed", "the validation was slashed already: nothing is left to do"},
	ErrRevealClosed:         {"RevealClosed", "the time for revealing has not begun or is over"},
	ErrCommitmentsOpen:      {"CommitmentsOpen", "somebody has committed to a score in this round"},
}

// Name is the code's name in the program's IDL or its framework, empty for an
// unknown one.
func (c Code) Name() string { return meanings[c].name }

// Msg says what the code means and what to do about it, empty for an unknown
// one.
func (c Code) Msg() string { return meanings[c].msg }

// Error implements error.
func (c Code) Error() string {
	m, ok := meanings[c]
	if !ok {
		return fmt.Sprintf("round: program error %d", uint32(c))
	}
	return fmt.Sprintf("round: %s (%d): %s", m.name, uint32(c), m.msg)
}

package run

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Code is an error code of the run program. Every code is an error that errors.Is
// finds: errors.Is(err, run.ErrStaleTerms). The codes that the program shares with
// others are those of package chain: [chain.AnchorCode], [chain.SystemCode] and
// [chain.TokenCode].
type Code uint32

// The run program's own codes. Their messages say what to do about each.
const (
	ErrInvalidRunID        Code = 6000
	ErrTextTooLong         Code = 6001
	ErrInvalidCID          Code = 6002
	ErrInvalidConfig       Code = 6003
	ErrInvalidParameter    Code = 6004
	ErrInvalidState        Code = 6005
	ErrRunHalted           Code = 6006
	ErrRunEnded            Code = 6007
	ErrNoConfig            Code = 6008
	ErrNoModel             Code = 6009
	ErrPoolTooSmall        Code = 6010
	ErrStaleTerms          Code = 6011
	ErrNotAuthorized       Code = 6012
	ErrAlreadyJoined       Code = 6013
	ErrRosterFull          Code = 6014
	ErrInsufficientStake   Code = 6015
	ErrNotAMember          Code = 6016
	ErrNotActive           Code = 6017
	ErrStakeLocked         Code = 6018
	ErrSlashDue            Code = 6019
	ErrStaleRound          Code = 6020
	ErrNotDrawn            Code = 6021
	ErrNotAVerifier        Code = 6022
	ErrNotAProposer        Code = 6023
	ErrAlreadyDone         Code = 6024
	ErrInvalidDigest       Code = 6025
	ErrInvalidBitmap       Code = 6026
	ErrNotCommitted        Code = 6027
	ErrBadReveal           Code = 6028
	ErrInvalidScore        Code = 6029
	ErrNothingToSlash      Code = 6030
	ErrConflictOfInterest  Code = 6031
	ErrNoTreasury          Code = 6032
	ErrInsufficientPoints  Code = 6033
	ErrInsufficientPool    Code = 6034
	ErrNotGone             Code = 6035
	ErrNotEmpty            Code = 6036
	ErrDelegatesFull       Code = 6037
	ErrInvalidParent       Code = 6038
	ErrInvalidTreasury     Code = 6039
	ErrInvalidTokenAccount Code = 6040
	ErrMathOverflow        Code = 6041
)

// meaning is a code's name in the IDL, what it means and what to do about it.
type meaning struct{ name, msg string }

var meanings = map[Code]meaning{
	ErrInvalidRunID:        {"InvalidRunId", "a run id has 1 to 32 of the characters a-z 0-9 - _ ."},
	ErrTextTooLong:         {"TextTooLong", "a name has at most 64 bytes, a description 280, a client version 96"},
	ErrInvalidCID:          {"InvalidCid", "a CID has 46 to 64 ASCII characters; a run with a parent takes the CID of its model"},
	ErrInvalidConfig:       {"InvalidConfig", "a field of the configuration is out of its range: the log names it, and run.Settings.Check says what it must be"},
	ErrInvalidParameter:    {"InvalidParameter", "a parameter is out of its range"},
	ErrInvalidState:        {"InvalidState", "the run's state does not allow this now: read the run again"},
	ErrRunHalted:           {"RunHalted", "the run is not begun, paused or finished: nothing moves it until its authority resumes it"},
	ErrRunEnded:            {"RunEnded", "the run's time is over"},
	ErrNoConfig:            {"NoConfig", "the run has no configuration: update-config first"},
	ErrNoModel:             {"NoModel", "the run has no model: set one with checkpoint --digest first"},
	ErrPoolTooSmall:        {"PoolTooSmall", "the pool is smaller than the share of the parent's reward: top it up first"},
	ErrStaleTerms:          {"StaleTerms", "the run was resumed since: read its terms and join again"},
	ErrNotAuthorized:       {"NotAuthorized", "no authorization lets this wallet join: ask the join authority for one"},
	ErrAlreadyJoined:       {"AlreadyJoined", "the wallet has a slot already"},
	ErrRosterFull:          {"RosterFull", "all 256 slots are taken: prune one first"},
	ErrInsufficientStake:   {"InsufficientStake", "the stake is less than that: to join takes min_stake, and no more than the stake can be withdrawn"},
	ErrNotAMember:          {"NotAMember", "the wallet has no slot in this run: join first"},
	ErrNotActive:           {"NotActive", "the member takes no part in this epoch: it does from the next warm-up on"},
	ErrStakeLocked:         {"StakeLocked", "the stake is locked while the member takes part: leave first, and wait for the end of the epoch"},
	ErrSlashDue:            {"SlashDue", "the member has to be slashed first: anybody may send slash"},
	ErrStaleRound:          {"StaleRound", "this is about another round: read the run again"},
	ErrNotDrawn:            {"NotDrawn", "the verifiers are not drawn yet: tick first"},
	ErrNotAVerifier:        {"NotAVerifier", "the wallet verifies nothing in this round"},
	ErrNotAProposer:        {"NotAProposer", "the wallet votes in this round and submits nothing"},
	ErrAlreadyDone:         {"AlreadyDone", "the wallet has done this already in this round"},
	ErrInvalidDigest:       {"InvalidDigest", "the digest is zero"},
	ErrInvalidBitmap:       {"InvalidBitmap", "the bitmap names slots that submitted nothing, or that no quorum saw"},
	ErrNotCommitted:        {"NotCommitted", "the wallet has not committed to a vote in this round"},
	ErrBadReveal:           {"BadReveal", "the vote is not the one that was committed to"},
	ErrInvalidScore:        {"InvalidScore", "a score is -1, 0 or 1, an accuracy at most 10,000"},
	ErrNothingToSlash:      {"NothingToSlash", "nothing of the stake is due to be slashed"},
	ErrConflictOfInterest:  {"ConflictOfInterest", "a member may not slash itself"},
	ErrNoTreasury:          {"NoTreasury", "the run has points only: nothing is paid in or out"},
	ErrInsufficientPoints:  {"InsufficientPoints", "so many points are not due"},
	ErrInsufficientPool:    {"InsufficientPool", "the pool holds less"},
	ErrNotGone:             {"NotGone", "the member is not gone, or not for long enough"},
	ErrNotEmpty:            {"NotEmpty", "somebody still has a slot, a stake or points here"},
	ErrDelegatesFull:       {"DelegatesFull", "an authorization has at most 16 delegates: clear some"},
	ErrInvalidParent:       {"InvalidParent", "a parent is a finalized round with the package of the run, and the run pays SOL"},
	ErrInvalidTreasury:     {"InvalidTreasury", "the treasury does not fit the accounts or the verification: vote needs SOL or tokens"},
	ErrInvalidTokenAccount: {"InvalidTokenAccount", "the token account has another mint or owner"},
	ErrMathOverflow:        {"MathOverflow", "a number is too large"},
}

// programError is the error that a code of the program stands for. Codes below
// 6000 are not its own: without logs, those of the programs that it calls look as
// if they were.
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
		return fmt.Sprintf("run: program error %d", uint32(c))
	}
	return fmt.Sprintf("run: %s (%d): %s", m.name, uint32(c), m.msg)
}

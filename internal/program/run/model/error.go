package model

import "fmt"

// Error is an error of the program: its code, from 6000 up.
type Error uint32

// The errors of the program, in the order of its IDL.
const (
	InvalidRunID        Error = iota + 6000 // a run id is 1 to 32 bytes of a-z 0-9 - _ .
	TextTooLong                             // a name is at most 64 bytes, a description 280, a client version 96
	InvalidCID                              // a CID is 46 to 64 ASCII bytes; with a parent it is the CID of its model
	InvalidConfig                           // a field of the configuration is out of range: the line before names it
	InvalidParameter                        // a parameter is out of range
	InvalidState                            // the state of the run does not allow this now
	RunHalted                               // the run is not begun, paused or finished: nothing moves it
	RunEnded                                // the time of the run is over
	NoConfig                                // the run has no configuration: update_config first
	NoModel                                 // the run has no model: update_model first
	PoolTooSmall                            // the pool is smaller than the share of the reward of the parent: top_up first
	StaleTerms                              // the run was resumed since: read its terms and join again
	NotAuthorized                           // the authorization does not let this wallet join the run
	AlreadyJoined                           // the wallet has a slot already
	RosterFull                              // all 256 slots are taken: prune one first
	InsufficientStake                       // the stake is too small
	NotAMember                              // the wallet has no slot in this run
	NotActive                               // the member is not active in this epoch
	StakeLocked                             // the stake is locked while the member takes part
	SlashDue                                // the member must be slashed first
	StaleRound                              // this is about another round
	NotDrawn                                // the verifiers of the round are not drawn yet: tick first
	NotAVerifier                            // the wallet is no verifier of this round
	NotAProposer                            // the wallet may not submit in this round
	AlreadyDone                             // the wallet has done this already in this round
	InvalidDigest                           // the digest is zero
	InvalidBitmap                           // the bitmap names slots that it may not name
	NotCommitted                            // the wallet has not committed to a vote in this round
	BadReveal                               // the vote does not match the commitment
	InvalidScore                            // a score is -1, 0 or 1, an accuracy at most 10000
	NothingToSlash                          // nothing of the stake is due to be slashed
	ConflictOfInterest                      // a member may not slash itself
	NoTreasury                              // the run has points only
	InsufficientPoints                      // so many points are not due
	InsufficientPool                        // the pool holds less
	NotGone                                 // the member is not gone, or not for long enough
	NotEmpty                                // somebody still has a slot, a stake or points here
	DelegatesFull                           // an authorization has at most 16 delegates
	InvalidParent                           // a parent is a finalized round, of a run with SOL
	InvalidTreasury                         // the treasury does not fit the accounts, the verification or the program
	InvalidTokenAccount                     // the token account has another mint or owner, or the mint is none
	MathOverflow                            // arithmetic overflow
)

var names = [...]string{
	"InvalidRunId",
	"TextTooLong",
	"InvalidCid",
	"InvalidConfig",
	"InvalidParameter",
	"InvalidState",
	"RunHalted",
	"RunEnded",
	"NoConfig",
	"NoModel",
	"PoolTooSmall",
	"StaleTerms",
	"NotAuthorized",
	"AlreadyJoined",
	"RosterFull",
	"InsufficientStake",
	"NotAMember",
	"NotActive",
	"StakeLocked",
	"SlashDue",
	"StaleRound",
	"NotDrawn",
	"NotAVerifier",
	"NotAProposer",
	"AlreadyDone",
	"InvalidDigest",
	"InvalidBitmap",
	"NotCommitted",
	"BadReveal",
	"InvalidScore",
	"NothingToSlash",
	"ConflictOfInterest",
	"NoTreasury",
	"InsufficientPoints",
	"InsufficientPool",
	"NotGone",
	"NotEmpty",
	"DelegatesFull",
	"InvalidParent",
	"InvalidTreasury",
	"InvalidTokenAccount",
	"MathOverflow",
}

// Error returns name and code.
func (e Error) Error() string {
	if i := int(e) - int(InvalidRunID); i >= 0 && i < len(names) {
		return fmt.Sprintf("%s (%d)", names[i], uint32(e))
	}
	return fmt.Sprintf("error %d", uint32(e))
}

//! The errors of the rules of runs.

sdk::errors! {
    INVALID_RUN_ID 6000 "InvalidRunId" "A run id is 1 to 32 bytes of a-z 0-9 - _ .";
    TEXT_TOO_LONG 6001 "TextTooLong" "A name is at most 64 bytes, a description 280, a client version 96";
    INVALID_CID 6002 "InvalidCid" "A CID is 46 to 64 ASCII bytes; with a parent it is the CID of its model";
    INVALID_CONFIG 6003 "InvalidConfig" "A field of the configuration is out of range: the line before names it";
    INVALID_PARAMETER 6004 "InvalidParameter" "A parameter is out of range";
    INVALID_STATE 6005 "InvalidState" "The state of the run does not allow this now";
    RUN_HALTED 6006 "RunHalted" "The run is not begun, paused or finished: nothing moves it";
    RUN_ENDED 6007 "RunEnded" "The time of the run is over";
    NO_CONFIG 6008 "NoConfig" "The run has no configuration: update_config first";
    NO_MODEL 6009 "NoModel" "The run has no model: update_model first";
    POOL_TOO_SMALL 6010 "PoolTooSmall" "The pool is smaller than the share of the reward of the parent: top_up first";
    STALE_TERMS 6011 "StaleTerms" "The run was resumed since: read its terms and join again";
    NOT_AUTHORIZED 6012 "NotAuthorized" "The authorization does not let this wallet join the run";
    ALREADY_JOINED 6013 "AlreadyJoined" "The wallet has a slot already";
    ROSTER_FULL 6014 "RosterFull" "All 256 slots are taken: prune one first";
    INSUFFICIENT_STAKE 6015 "InsufficientStake" "The stake is too small";
    NOT_A_MEMBER 6016 "NotAMember" "The wallet has no slot in this run";
    NOT_ACTIVE 6017 "NotActive" "The member is not active in this epoch";
    STAKE_LOCKED 6018 "StakeLocked" "The stake is locked while the member takes part";
    SLASH_DUE 6019 "SlashDue" "The member must be slashed first";
    STALE_ROUND 6020 "StaleRound" "This is about another round";
    NOT_DRAWN 6021 "NotDrawn" "The verifiers of the round are not drawn yet: tick first";
    NOT_A_VERIFIER 6022 "NotAVerifier" "The wallet is no verifier of this round";
    NOT_A_PROPOSER 6023 "NotAProposer" "The wallet may not submit in this round";
    ALREADY_DONE 6024 "AlreadyDone" "The wallet has done this already in this round";
    INVALID_DIGEST 6025 "InvalidDigest" "The digest is zero";
    INVALID_BITMAP 6026 "InvalidBitmap" "The bitmap names slots that it may not name";
    NOT_COMMITTED 6027 "NotCommitted" "The wallet has not committed to a vote in this round";
    BAD_REVEAL 6028 "BadReveal" "The vote does not match the commitment";
    INVALID_SCORE 6029 "InvalidScore" "A score is -1, 0 or 1, an accuracy at most 10000";
    NOTHING_TO_SLASH 6030 "NothingToSlash" "Nothing of the stake is due to be slashed";
    CONFLICT_OF_INTEREST 6031 "ConflictOfInterest" "A member may not slash itself";
    NO_TREASURY 6032 "NoTreasury" "The run has points only";
    INSUFFICIENT_POINTS 6033 "InsufficientPoints" "So many points are not due";
    INSUFFICIENT_POOL 6034 "InsufficientPool" "The pool holds less";
    NOT_GONE 6035 "NotGone" "The member is not gone, or not for long enough";
    NOT_EMPTY 6036 "NotEmpty" "Somebody still has a slot, a stake or points here";
    DELEGATES_FULL 6037 "DelegatesFull" "An authorization has at most 16 delegates";
    INVALID_PARENT 6038 "InvalidParent" "A parent is a finalized round, of a run with SOL";
    INVALID_TREASURY 6039 "InvalidTreasury" "The treasury does not fit the accounts, the verification or the program";
    INVALID_TOKEN_ACCOUNT 6040 "InvalidTokenAccount" "The token account has another mint or owner, or the mint is none";
    MATH_OVERFLOW 6041 "MathOverflow" "Arithmetic overflow";
}

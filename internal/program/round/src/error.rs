//! The errors of the rules of rounds.

sdk::errors! {
    INVALID_ROUND_ID 6000 "InvalidRoundId" "The round id is not the next one: read the counter and try again";
    INVALID_CID 6001 "InvalidCid" "A CID is 46 to 64 ASCII bytes, and a gradient's is not the base model's";
    ZERO_REWARD 6002 "ZeroReward" "The reward is zero";
    ROUND_NOT_ACTIVE 6003 "RoundNotActive" "The round is not active";
    ROUND_HAS_PARTICIPANTS 6004 "RoundHasParticipants" "Somebody took part in the round already";
    NO_PREVALIDATION 6005 "NoPrevalidation" "The base model has too few validations, or its validation time is not over";
    NO_GRADIENTS 6006 "NoGradients" "The round has no gradients";
    NO_POSTVALIDATION 6007 "NoPostvalidation" "A gradient has too few validations";
    PREVALIDATION_CLOSED 6008 "PrevalidationClosed" "Pre-validation is closed";
    ROUND_NOT_FINALIZED 6009 "RoundNotFinalized" "The round is not finalized";
    REWARD_ALREADY_CLAIMED 6010 "RewardAlreadyClaimed" "The reward was claimed already";
    NOT_VALIDATED 6011 "NotValidated" "Not validated";
    TOO_EARLY 6012 "TooEarly" "Too early";
    INVALID_RATING 6013 "InvalidRating" "A rating is 100 to 500";
    RATING_TOO_LOW 6014 "RatingTooLow" "The trainer's rating is below the round's minimum";
    INVALID_ACCURACY 6015 "InvalidAccuracy" "An accuracy is at most 10000";
    INSUFFICIENT_STAKE 6016 "InsufficientStake" "The validator's stake is below the minimum";
    VALIDATOR_SLOTS_FULL 6017 "ValidatorSlotsFull" "24 validators scored this already";
    CONFLICT_OF_INTEREST 6018 "ConflictOfInterest" "The signer may not act in this role here";
    DEADLINE_PASSED 6019 "DeadlinePassed" "The deadline has passed";
    REVEAL_REQUIRED 6020 "RevealRequired" "The round takes only committed and revealed scores";
    COMMIT_CLOSED 6021 "CommitClosed" "The commit window is closed";
    BAD_REVEAL 6022 "BadReveal" "The revealed score does not match the commitment";
    NOT_OUTLIER 6023 "NotOutlier" "The validation is not an outlier";
    STAKE_LOCKED 6024 "StakeLocked" "The stake is locked";
    NOTHING_TO_WITHDRAW 6025 "NothingToWithdraw" "There is nothing to withdraw";
    INVALID_PARAMETER 6026 "InvalidParameter" "A parameter is out of range";
    MATH_OVERFLOW 6027 "MathOverflow" "Arithmetic overflow";
    TRAINER_SLOTS_FULL 6028 "TrainerSlotsFull" "The round has 255 gradients already";
    ALREADY_SETTLED 6029 "AlreadySettled" "The rating was settled already";
    ALREADY_SLASHED 6030 "AlreadySlashed" "The validation was slashed already";
    REVEAL_CLOSED 6031 "RevealClosed" "The reveal window is closed";
    COMMITMENTS_OPEN 6032 "CommitmentsOpen" "Somebody has committed to a score in this round";
    TERMS_CHANGED 6033 "TermsChanged" "The round's terms are not those that were named: read the round again";
    SUBMISSIONS_CLOSED 6034 "SubmissionsClosed" "The round takes no more submissions";
    NOT_DRAWN 6035 "NotDrawn" "The committee is not drawn yet";
    NOT_ELIGIBLE 6036 "NotEligible" "The validator is not in the committee of this sitting";
    BAD_HOLDOUT 6037 "BadHoldout" "The key is not that of the sealed test";
    HOLDOUT_CLOSED 6038 "HoldoutClosed" "The key of the sealed test is not taken now";
    ALREADY_DRAWN 6039 "AlreadyDrawn" "The committee is drawn already";
    INVALID_SOURCE 6040 "InvalidSource" "A source is 1 to 128 visible ASCII characters";
}

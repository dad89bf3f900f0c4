//! The accounts by their names in the IDL: what errors are about.

sdk::account_names! {
    ROUND_COUNTER "round_counter";
    ROUND "round";
    VAULT "vault";
    GRADIENT "gradient";
    PRE_VALIDATION "pre_validation";
    POST_VALIDATION "post_validation";
    VALIDATION "validation";
    TRAINER_PROFILE "trainer_profile";
    VALIDATOR_STAKE "validator_stake";
    COMMITMENT "commitment";
    AUTHORITY "authority";
    CREATOR "creator";
    TRAINER "trainer";
    VALIDATOR "validator";
    REPORTER "reporter";
    ANYONE "anyone";
    TREASURY "treasury";
    PROGRAM_DATA "program_data";
    UNOPENED "unopened";
    SOURCE "source";
    SCORE "score";
}

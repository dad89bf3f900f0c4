//! The accounts. Their offsets are the interface: see idl.json, and the test that compares both.

use sdk::account_type;
use sdk::key::Key;

account_type! {
    /// Round ids and the protocol's parameters, which start at 113 in the order of update_protocol.
    RoundCounter 256 {
        8 count u64;
        16 bump u8;
        17 authority Key;
        49 pending_authority Key;
        81 treasury Key;
        113 params [u8; 76];
        189 total_stake u64;
    }
}

account_type! {
    Round 992 {
        8 id u64;
        16 creator Key;
        48 model_cid [u8; 64];
        112 model_cid_len u8;
        113 dataset u8;
        114 reward_amount u64;
        122 min_trainer_rating u16;
        124 created_at i64;
        132 status u8;
        133 pre_count u8;
        134 pre_accuracy_sum u64;
        142 gradients_count u8;
        143 total_validations u16;
        145 total_improvement u64;
        153 consensus_accuracy u64;
        161 bump u8;
        162 vault_bump u8;
        163 version u8;
        164 treasury Key;
        196 fee_bps u16;
        198 validator_share_bps u16;
        200 validation_window i64;
        208 base_window i64;
        216 commit_window i64;
        224 min_prevalidations u8;
        225 min_postvalidations u8;
        226 min_validator_stake u64;
        234 unstake_cooldown i64;
        242 outlier_tolerance u16;
        244 slash_bps u16;
        246 reporter_share_bps u16;
        248 claim_period i64;
        256 deadline i64;
        264 finalized_at i64;
        272 commit_reveal bool;
        273 reward_rule u8;
        274 earliest_finalize i64;
        282 commitments u16;
        284 unvalidated_gradients u8;
        285 improving_gradients u8;
        286 pre_accuracies [u16; 24];
        334 gradient_consensus [u16; 255];
        844 protocol_min_stake u64;
        852 fair_flags u8;
        853 task u8;
        854 committee u8;
        855 bonds_lost u8;
        856 bond u64;
        864 publish_window u32;
        868 submission_slots u32;
        872 first_slot u64;
        880 total_stake u64;
        888 seed_slot u64;
        896 seed Key;
        928 holdout Key;
        960 base_commitments u8;
        961 base_sitting u8;
        962 protocol_tolerance u16;
    }
}

account_type! {
    Vault 60 {
        8 round_id u64;
        16 paid_trainers u64;
        24 paid_validators u64;
        32 fees u64;
        40 forfeited u64;
        48 withdrawn u64;
        56 trainer_claims u8;
        57 validator_claims u16;
        59 bump u8;
    }
}

account_type! {
    Gradient 200 {
        8 round_id u64;
        16 trainer Key;
        48 cid [u8; 64];
        112 cid_len u8;
        113 post_count u8;
        114 post_accuracy_sum u64;
        122 improvement u64;
        130 reward_claimed bool;
        131 rating_settled bool;
        132 bump u8;
        133 index u8;
        134 submitted_at i64;
        142 consensus_accuracy u16;
        144 post_accuracies [u16; 24];
        192 commitments u8;
        193 sitting u8;
    }
}

account_type! {
    PreValidation 55 {
        8 round_id u64;
        16 validator Key;
        48 accuracy u32;
        52 reward_claimed bool;
        53 bump u8;
        54 slashed bool;
    }
}

account_type! {
    PostValidation 88 {
        8 round_id u64;
        16 trainer Key;
        48 validator Key;
        80 accuracy u32;
        84 reward_claimed bool;
        85 bump u8;
        86 gradient_index u8;
        87 slashed bool;
    }
}

account_type! {
    TrainerProfile 53 {
        8 trainer Key;
        40 rating u16;
        42 total_submissions u32;
        46 successful_submissions u32;
        50 slashed_count u16;
        52 bump u8;
    }
}

account_type! {
    /// Holds the staked lamports besides its rent. Accounts from before there were committees end at `since`: see stakes.rs.
    ValidatorStake 81 {
        8 validator Key;
        40 amount u64;
        48 unlocking u64;
        56 unlock_at i64;
        64 slashed u64;
        72 bump u8;
        73 since i64;
    }
}

account_type! {
    /// In plain rounds it ends at `sealed`.
    Commitment 130 {
        8 round_id u64;
        16 subject Key;
        48 validator Key;
        80 hash Key;
        112 committed_at i64;
        120 bump u8;
        121 reveal_ends i64;
        129 sealed bool;
    }
}

account_type! {
    /// Where a trainer keeps what it submitted.
    Source 178 {
        8 round_id u64;
        16 trainer Key;
        48 source [u8; 128];
        176 source_len u8;
        177 bump u8;
    }
}

account_type! {
    /// Says that a validator was slashed for what it never revealed in a round.
    Unopened 89 {
        8 round_id u64;
        16 validator Key;
        48 reporter Key;
        80 bump u8;
        81 slashed u64;
    }
}

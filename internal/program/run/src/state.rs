//! The accounts. Their offsets are the interface: see idl.json, and the test that compares both.

use sdk::key::Key;
use sdk::{account_type, record_type};

account_type! {
    /// The protocol: who may change it, and the program of parents.
    Protocol 105 {
        8 bump u8;
        9 authority Key;
        41 pending_authority Key;
        73 round_program Key;
    }
}

account_type! {
    /// A run.
    Run 1264 {
        8 version u8;
        9 bump u8;
        10 vault_bump u8;
        11 run_id_len u8;
        12 run_id [u8; 32];
        44 created_slot u64;
        52 payer Key;
        84 name_len u8;
        85 name [u8; 64];
        149 description_len u16;
        151 description [u8; 280];
        431 num_parameters u64;
        439 vocab_size u64;
        447 client_version_len u8;
        448 client_version [u8; 96];
        544 authority Key;
        576 pending_authority Key;
        608 join_authority Key;
        640 package_cid_len u8;
        641 package_cid [u8; 64];
        705 treasury u8;
        706 mint Key;
        738 vault Key;
        770 roster Key;
        802 parent Key;
        834 parent_reward_bps u16;
        836 parent_pool u64;
        844 verification u8;
        845 config [u8; 106];
        951 config_digest [u8; 32];
        983 state u8;
        984 phase u8;
        985 generation u32;
        989 epoch u32;
        993 round u32;
        997 step u32;
        1001 epoch_first_round u32;
        1005 epoch_started_at i64;
        1013 state_started_at i64;
        1021 phase_started_at i64;
        1029 ends_at i64;
        1037 seed_slot u64;
        1045 seed [u8; 32];
        1077 drawn u8;
        1078 drawn_from [u8; 32];
        1110 model [u8; 32];
        1142 previous_model [u8; 32];
        1174 failed_rounds u32;
        1178 earning_rate u64;
        1186 slashing_rate u64;
        1194 rate_shared bool;
        1195 future_earning_rate u64;
        1203 future_slashing_rate u64;
        1211 future_rate_shared bool;
        1212 pool u64;
        1220 reserved u64;
        1228 owed u64;
        1236 stakes u64;
        1244 paid u64;
        1252 withdrawn u64;
        1260 members u16;
        1262 pause_pending bool;
        1263 treasury_low bool;
    }
}

account_type! {
    /// The members of a run: 256 slots. 22,056 bytes, at createWithSeed(authority, run_id, program).
    Roster 22056 {
        8 run Key;
        40 slots [u8; 22016];
    }
}

account_type! {
    /// A round's submissions and verifiers.
    Ballots 4631 {
        8 bump u8;
        9 run Key;
        41 created_slot u64;
        49 round u32;
        53 submitted [u8; 32];
        85 accepted [u8; 32];
        117 submissions u16;
        119 verifiers [u8; 4512];
    }
}

account_type! {
    /// A wallet in a run.
    Member 225 {
        8 bump u8;
        9 run Key;
        41 wallet Key;
        73 created_slot u64;
        81 payer Key;
        113 transport_key [u8; 32];
        145 slot u16;
        147 generation u32;
        151 joined_epoch u32;
        155 update_round u32;
        159 update_digest [u8; 32];
        191 update_order u16;
        193 stake u64;
        201 earned u64;
        209 slashed u64;
        217 claimed u64;
    }
}

account_type! {
    /// Who may do what scope says.
    Authorization 651 {
        8 bump u8;
        9 grantor Key;
        41 grantee Key;
        73 scope [u8; 32];
        105 payer Key;
        137 active bool;
        138 delegates_len u8;
        139 delegates [Key; 16];
    }
}

account_type! {
    /// The SOL of a run.
    Vault 41 {
        8 run Key;
        40 bump u8;
    }
}

record_type! {
    /// What the program needs of the config file.
    RunConfig 106 {
        0 warmup_time i64;
        8 cooldown_time i64;
        16 rounds_per_epoch u32;
        20 epoch_time i64;
        28 max_round_train_time i64;
        36 round_witness_time i64;
        44 min_clients u16;
        46 init_min_clients u16;
        48 witness_nodes u8;
        49 verification_percent u8;
        50 global_batch_size_start u32;
        54 global_batch_size_end u32;
        58 global_batch_size_warmup_tokens u64;
        66 total_steps u32;
        70 waiting_for_members_extra_time i64;
        78 voters u8;
        79 min_stake u64;
        87 slash_bps u16;
        89 max_missed u8;
        90 prune_after i64;
        98 run_time i64;
    }
}

record_type! {
    /// 86 bytes.
    Slot 86 {
        0 wallet Key;
        32 status u8;
        33 missed u8;
        34 included u16;
        36 rejected u16;
        38 stake u64;
        46 earned u64;
        54 slashed u64;
        62 claimed u64;
        70 slash_due u64;
        78 left_at i64;
    }
}

record_type! {
    /// 141 bytes.
    Verifier 141 {
        0 slot u8;
        1 weight u64;
        9 seen [u8; 32];
        41 committed [u8; 32];
        73 digest [u8; 32];
        105 included [u8; 32];
        137 score i8;
        138 accuracy u16;
        140 status u8;
    }
}

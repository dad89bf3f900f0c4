//! The accounts by their names in the IDL: what errors are about.

sdk::account_names! {
    PROTOCOL "protocol";
    RUN "run";
    ROSTER "roster";
    BALLOTS "ballots";
    MEMBER "member";
    AUTHORIZATION "authorization";
    VAULT "vault";
    AUTHORITY "authority";
    PAYER "payer";
    WALLET "wallet";
    ANYONE "anyone";
    GRANTOR "grantor";
    GRANTEE "grantee";
    MINT "mint";
    PARENT "parent";
    TOKEN_ACCOUNT "token_account";
    TOKEN_PROGRAM "token_program";
    PROGRAM_DATA "program_data";
}

package chain

import "github.com/gagliardetto/solana-go"

// TokenCode is an error code of the SPL Token program. Every code is an error for
// errors.Is.
type TokenCode uint32

// The SPL Token program's codes.
const (
	ErrTokenNotRentExempt    TokenCode = 0  // too few lamports in the new account
	ErrTooFewTokens          TokenCode = 1  // the account has fewer tokens than that
	ErrInvalidMint           TokenCode = 2  // the account given as the mint is no mint
	ErrMintMismatch          TokenCode = 3  // the account holds tokens of another mint
	ErrTokenOwnerMismatch    TokenCode = 4  // the signer is not the owner, delegate or authority
	ErrFixedSupply           TokenCode = 5  // the mint has no authority: nothing more is minted
	ErrTokenAlreadyInUse     TokenCode = 6  // the account to initialize is initialized already
	ErrTokenSigners          TokenCode = 7  // more signers than a multisig has
	ErrTokenRequiredSigners  TokenCode = 8  // a multisig cannot need that many
	ErrTokenUninitialized    TokenCode = 9  // the account or the mint is not initialized
	ErrNativeNotSupported    TokenCode = 10 // not for wrapped SOL
	ErrTokensLeft            TokenCode = 11 // an account that holds tokens cannot be closed
	ErrTokenInstruction      TokenCode = 12 // the program knows no such instruction
	ErrTokenState            TokenCode = 13 // not in this state, such as to freeze what is frozen
	ErrTokenOverflow         TokenCode = 14 // more tokens than 2^64 − 1
	ErrTokenAuthorityType    TokenCode = 15 // accounts have no such authority
	ErrMintCannotFreeze      TokenCode = 16 // the mint has no authority to freeze accounts
	ErrTokenAccountFrozen    TokenCode = 17 // the account is frozen
	ErrMintDecimalsMismatch  TokenCode = 18 // the mint has another number of decimals
	ErrNonNativeNotSupported TokenCode = 19 // for wrapped SOL only
)

var tokenCodes = meanings{
	{"NotRentExempt", "the account needs more SOL for its rent"},
	{"InsufficientFunds", "the account holds fewer tokens than that"},
	{"InvalidMint", "the account given as the mint is no mint"},
	{"MintMismatch", "the account holds tokens of another mint"},
	{"OwnerMismatch", "the signer is neither the account's owner or delegate nor the mint's authority"},
	{"FixedSupply", "the mint has no authority any more: its supply is fixed"},
	{"AlreadyInUse", "it is initialized already: nothing is left to do"},
	{"InvalidNumberOfProvidedSigners", "too many signers for a multisig"},
	{"InvalidNumberOfRequiredSigners", "a multisig cannot ask for that many signers"},
	{"UninitializedState", "the account or the mint is not initialized: create it first"},
	{"NativeNotSupported", "that is not possible with wrapped SOL"},
	{"NonNativeHasBalance", "the account still holds tokens: move or burn them before you close it"},
	{"InvalidInstruction", "the program knows no such instruction"},
	{"InvalidState", "the account is in another state, such as frozen already"},
	{"Overflow", "the sum would be more than 2^64 − 1"},
	{"AuthorityTypeNotSupported", "the account has no authority of that kind"},
	{"MintCannotFreeze", "the mint has no authority to freeze accounts"},
	{"AccountFrozen", "the account is frozen: the mint's freeze authority can thaw it"},
	{"MintDecimalsMismatch", "the mint has another number of decimals: read it with Client.Mint"},
	{"NonNativeNotSupported", "that is possible with wrapped SOL only"},
}

// TokenError is the error of a code of the SPL Token program, nil for an unknown
// code.
func TokenError(code uint32) error {
	if tokenCodes.has(code) {
		return TokenCode(code)
	}
	return nil
}

// Name is the code's name in the SPL Token program, empty for an unknown one.
func (c TokenCode) Name() string { return tokenCodes.name(uint32(c)) }

// Error implements error.
func (c TokenCode) Error() string { return tokenCodes.text("token program", uint32(c)) }

var tokenProgram = Program{ID: solana.TokenProgramID, Name: "token program", Errors: TokenError}

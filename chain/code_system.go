package chain

import "github.com/gagliardetto/solana-go"

// SystemCode is an error code of the system program, which creates accounts and
// moves lamports. Every code is an error for errors.Is.
type SystemCode uint32

// The system program's codes.
const (
	ErrAccountInUse         SystemCode = 0 // the account to create exists already
	ErrTooFewLamports       SystemCode = 1 // the payer cannot pay for a new account, or the transfer
	ErrInvalidProgramOwner  SystemCode = 2 // an account cannot be given to that program
	ErrInvalidDataLength    SystemCode = 3 // more bytes than an account can have
	ErrSeedTooLong          SystemCode = 4 // a seed of more than 32 bytes
	ErrAddressSeedMismatch  SystemCode = 5 // the address does not follow from the seed
	ErrNonceNoBlockhash     SystemCode = 6 // there are no recent blockhashes
	ErrNonceBlockhashTooNew SystemCode = 7 // the nonce was advanced in this block already
	ErrNonceUnexpectedValue SystemCode = 8 // the nonce to advance has another value
)

var systemCodes = meanings{
	{"AccountAlreadyInUse", "it exists already: this wallet has done this before, nothing is left to do"},
	{"ResultWithNegativeLamports", "the wallet has too little SOL for the transfer or the rent: fund it and try again"},
	{"InvalidProgramId", "an account cannot be given to that program"},
	{"InvalidAccountDataLength", "an account cannot have that many bytes"},
	{"MaxSeedLengthExceeded", "a seed has at most 32 bytes"},
	{"AddressWithSeedMismatch", "the address is not the one that follows from the seed"},
	{"NonceNoRecentBlockhashes", "the chain knows no recent blockhash: try again"},
	{"NonceBlockhashNotExpired", "the nonce was advanced a moment ago: try again in the next block"},
	{"NonceUnexpectedBlockhashValue", "the nonce holds another value: read it again"},
}

// SystemError is the error of a code of the system program, nil for an unknown
// code.
func SystemError(code uint32) error {
	if systemCodes.has(code) {
		return SystemCode(code)
	}
	return nil
}

// Name is the code's name in the system program, empty for an unknown one.
func (c SystemCode) Name() string { return systemCodes.name(uint32(c)) }

// Error implements error.
func (c SystemCode) Error() string { return systemCodes.text("system program", uint32(c)) }

// Is reports whether target is [ErrInsufficientFunds] and the code says that.
func (c SystemCode) Is(target error) bool {
	return target == ErrInsufficientFunds && c == ErrTooFewLamports
}

var systemProgram = Program{ID: solana.SystemProgramID, Name: "system program", Errors: SystemError}

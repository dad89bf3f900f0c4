package chain

import "fmt"

// AnchorCode is an error code that is common to all programs following the
// conventions of the Anchor framework: the accounts or the data of an instruction
// are wrong. Every code is an error for errors.Is. A program's own codes begin at
// 6000.
type AnchorCode uint32

// The framework's codes.
const (
	ErrInstructionMissing    AnchorCode = 100
	ErrInstructionUnknown    AnchorCode = 101
	ErrInstructionData       AnchorCode = 102
	ErrConstraintMut         AnchorCode = 2000
	ErrConstraintHasOne      AnchorCode = 2001
	ErrConstraintSigner      AnchorCode = 2002
	ErrConstraintRaw         AnchorCode = 2003
	ErrConstraintOwner       AnchorCode = 2004
	ErrConstraintSeeds       AnchorCode = 2006
	ErrConstraintAddress     AnchorCode = 2012
	ErrConstraintTokenMint   AnchorCode = 2014
	ErrConstraintTokenOwner  AnchorCode = 2015
	ErrConstraintDuplicate   AnchorCode = 2040
	ErrDiscriminatorSet      AnchorCode = 3000
	ErrDiscriminatorNotFound AnchorCode = 3001
	ErrDiscriminatorMismatch AnchorCode = 3002
	ErrAccountData           AnchorCode = 3003
	ErrAccountDataTooLarge   AnchorCode = 3004
	ErrAccountNotEnoughKeys  AnchorCode = 3005
	ErrAccountNotMutable     AnchorCode = 3006
	ErrAccountOwner          AnchorCode = 3007
	ErrInvalidProgramID      AnchorCode = 3008
	ErrProgramNotExecutable  AnchorCode = 3009
	ErrAccountNotSigner      AnchorCode = 3010
	ErrAccountNotSystemOwned AnchorCode = 3011
	ErrAccountNotInitialized AnchorCode = 3012
)

var anchorCodes = map[AnchorCode]meaning{
	ErrInstructionMissing:    {"InstructionMissing", "the instruction has no discriminator"},
	ErrInstructionUnknown:    {"InstructionFallbackNotFound", "the program does not know the instruction: check the program id, an older program may stand there"},
	ErrInstructionData:       {"InstructionDidNotDeserialize", "the instruction's arguments are too short"},
	ErrConstraintMut:         {"ConstraintMut", "an account must be writable"},
	ErrConstraintHasOne:      {"ConstraintHasOne", "an account belongs to somebody else: check who signs"},
	ErrConstraintSigner:      {"ConstraintSigner", "an account that must sign did not"},
	ErrConstraintRaw:         {"ConstraintRaw", "an account does not fit the instruction"},
	ErrConstraintOwner:       {"ConstraintOwner", "an account belongs to another program than expected"},
	ErrConstraintSeeds:       {"ConstraintSeeds", "an account is not at the address that is derived for it: check the program id"},
	ErrConstraintAddress:     {"ConstraintAddress", "an account is not the expected one: read its address from the chain again"},
	ErrConstraintTokenMint:   {"ConstraintTokenMint", "a token account is of another mint"},
	ErrConstraintTokenOwner:  {"ConstraintTokenOwner", "a token account has another owner"},
	ErrConstraintDuplicate:   {"ConstraintDuplicateMutableAccount", "two accounts that must differ are the same"},
	ErrDiscriminatorSet:      {"AccountDiscriminatorAlreadySet", "the account is in use already"},
	ErrDiscriminatorNotFound: {"AccountDiscriminatorNotFound", "an account is too short to say what it is"},
	ErrDiscriminatorMismatch: {"AccountDiscriminatorMismatch", "an account is of another type than expected"},
	ErrAccountData:           {"AccountDidNotDeserialize", "an account is shorter than its type: an older program may have written it"},
	ErrAccountDataTooLarge:   {"AccountDidNotSerialize", "an account is too small for what is to be written to it"},
	ErrAccountNotEnoughKeys:  {"AccountNotEnoughKeys", "the instruction has too few accounts"},
	ErrAccountNotMutable:     {"AccountNotMutable", "an account must be writable"},
	ErrAccountOwner:          {"AccountOwnedByWrongProgram", "an account belongs to another program: check the program id"},
	ErrInvalidProgramID:      {"InvalidProgramId", "another program was passed than the one that is called"},
	ErrProgramNotExecutable:  {"InvalidProgramExecutable", "an account that must be a program is none"},
	ErrAccountNotSigner:      {"AccountNotSigner", "an account that must sign did not"},
	ErrAccountNotSystemOwned: {"AccountNotSystemOwned", "an account that must be a plain wallet is not"},
	ErrAccountNotInitialized: {"AccountNotInitialized", "an account does not exist: it was never made or is closed, or the program was never initialized"},
}

// AnchorError is the error of a code of the framework, nil for other codes. Use it
// in [Program].Errors of programs that follow its conventions.
func AnchorError(code uint32) error {
	if _, ok := anchorCodes[AnchorCode(code)]; ok {
		return AnchorCode(code)
	}
	return nil
}

// Name is the code's name in the framework, empty for an unknown one.
func (c AnchorCode) Name() string { return anchorCodes[c].name }

// Error implements error.
func (c AnchorCode) Error() string {
	m, ok := anchorCodes[c]
	if !ok {
		return fmt.Sprintf("program error %d", uint32(c))
	}
	return fmt.Sprintf("%s (%d): %s", m.name, uint32(c), m.msg)
}

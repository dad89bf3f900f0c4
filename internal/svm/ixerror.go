package svm

import (
	"encoding/json"
	"fmt"
)

// InstructionError is the failure of one instruction. Kind is the variant's name in Solana's InstructionError; Code is
// set if Kind is "Custom".
type InstructionError struct {
	Kind string
	Code uint32
}

// Custom returns the error for a program's own error code.
func Custom(code uint32) *InstructionError { return &InstructionError{Kind: "Custom", Code: code} }

func ixErr(kind string) *InstructionError { return &InstructionError{Kind: kind} }

// The instruction errors that this package returns.
var (
	errInvalidArgument                = ixErr("InvalidArgument")
	errInvalidInstructionData         = ixErr("InvalidInstructionData")
	errInvalidAccountData             = ixErr("InvalidAccountData")
	errAccountDataTooSmall            = ixErr("AccountDataTooSmall")
	errInsufficientFunds              = ixErr("InsufficientFunds")
	errIncorrectProgramID             = ixErr("IncorrectProgramId")
	errMissingRequiredSignature       = ixErr("MissingRequiredSignature")
	errUnbalancedInstruction          = ixErr("UnbalancedInstruction")
	errModifiedProgramID              = ixErr("ModifiedProgramId")
	errExternalAccountLamportSpend    = ixErr("ExternalAccountLamportSpend")
	errExternalAccountDataModified    = ixErr("ExternalAccountDataModified")
	errReadonlyLamportChange          = ixErr("ReadonlyLamportChange")
	errReadonlyDataModified           = ixErr("ReadonlyDataModified")
	errNotEnoughAccountKeys           = ixErr("NotEnoughAccountKeys")
	errMissingAccount                 = ixErr("MissingAccount")
	errAccountBorrowFailed            = ixErr("AccountBorrowFailed")
	errUnsupportedProgramID           = ixErr("UnsupportedProgramId")
	errCallDepth                      = ixErr("CallDepth")
	errReentrancyNotAllowed           = ixErr("ReentrancyNotAllowed")
	errMaxSeedLengthExceeded          = ixErr("MaxSeedLengthExceeded")
	errInvalidRealloc                 = ixErr("InvalidRealloc")
	errComputationalBudgetExceeded    = ixErr("ComputationalBudgetExceeded")
	errPrivilegeEscalation            = ixErr("PrivilegeEscalation")
	errProgramFailedToComplete        = ixErr("ProgramFailedToComplete")
	errArithmeticOverflow             = ixErr("ArithmeticOverflow")
	errInvalidAccountOwner            = ixErr("InvalidAccountOwner")
	errMaxAccountsDataAllocations     = ixErr("MaxAccountsDataAllocationsExceeded")
	errMaxAccountsExceeded            = ixErr("MaxAccountsExceeded")
	errMaxInstructionTraceLengthLimit = ixErr("MaxInstructionTraceLengthExceeded")
)

// instructionErrorText is Solana's message for each variant.
var instructionErrorText = map[string]string{
	"GenericError":                       "generic instruction error",
	"InvalidArgument":                    "invalid program argument",
	"InvalidInstructionData":             "invalid instruction data",
	"InvalidAccountData":                 "invalid account data for instruction",
	"AccountDataTooSmall":                "account data too small for instruction",
	"InsufficientFunds":                  "insufficient funds for instruction",
	"IncorrectProgramId":                 "incorrect program id for instruction",
	"MissingRequiredSignature":           "missing required signature for instruction",
	"AccountAlreadyInitialized":          "instruction requires an uninitialized account",
	"UninitializedAccount":               "instruction requires an initialized account",
	"UnbalancedInstruction":              "sum of account balances before and after instruction do not match",
	"ModifiedProgramId":                  "instruction illegally modified the program id of an account",
	"ExternalAccountLamportSpend":        "instruction spent from the balance of an account it does not own",
	"ExternalAccountDataModified":        "instruction modified data of an account it does not own",
	"ReadonlyLamportChange":              "instruction changed the balance of a read-only account",
	"ReadonlyDataModified":               "instruction modified data of a read-only account",
	"NotEnoughAccountKeys":               "insufficient account keys for instruction",
	"AccountDataSizeChanged":             "program other than the account's owner changed the size of the account data",
	"AccountNotExecutable":               "instruction expected an executable account",
	"AccountBorrowFailed":                "instruction tries to borrow reference for an account which is already borrowed",
	"InvalidError":                       "program returned invalid error code",
	"UnsupportedProgramId":               "Unsupported program id",
	"CallDepth":                          "Cross-program invocation call depth too deep",
	"MissingAccount":                     "An account required by the instruction is missing",
	"ReentrancyNotAllowed":               "Cross-program invocation reentrancy not allowed for this instruction",
	"MaxSeedLengthExceeded":              "Length of the seed is too long for address generation",
	"InvalidSeeds":                       "Provided seeds do not result in a valid address",
	"InvalidRealloc":                     "Failed to reallocate account data",
	"ComputationalBudgetExceeded":        "Computational budget exceeded",
	"PrivilegeEscalation":                "Cross-program invocation with unauthorized signer or writable account",
	"ProgramEnvironmentSetupFailure":     "Failed to create program execution environment",
	"ProgramFailedToComplete":            "Program failed to complete",
	"ProgramFailedToCompile":             "Program failed to compile",
	"Immutable":                          "Account is immutable",
	"IncorrectAuthority":                 "Incorrect authority provided",
	"BorshIoError":                       "Failed to serialize or deserialize account data",
	"AccountNotRentExempt":               "An account does not have enough lamports to be rent-exempt",
	"InvalidAccountOwner":                "Invalid account owner",
	"ArithmeticOverflow":                 "Program arithmetic overflowed",
	"UnsupportedSysvar":                  "Unsupported sysvar",
	"IllegalOwner":                       "Provided owner is not allowed",
	"MaxAccountsDataAllocationsExceeded": "Accounts data allocations exceeded the maximum allowed per transaction",
	"MaxAccountsExceeded":                "Max accounts exceeded",
	"MaxInstructionTraceLengthExceeded":  "Max instruction trace length exceeded",
}

// Error returns Solana's message.
func (e *InstructionError) Error() string {
	if e.Kind == "Custom" {
		return fmt.Sprintf("custom program error: %#x", e.Code)
	}
	if s, ok := instructionErrorText[e.Kind]; ok {
		return s
	}
	return e.Kind
}

// MarshalJSON encodes the error as Solana's JSON-RPC does.
func (e *InstructionError) MarshalJSON() ([]byte, error) {
	if e.Kind == "Custom" {
		return json.Marshal(map[string]uint32{e.Kind: e.Code})
	}
	return json.Marshal(e.Kind)
}

// builtinErrors are the runtime errors that a program can return, by code; it returns code << 32.
var builtinErrors = [...]string{
	2: "InvalidArgument", 3: "InvalidInstructionData", 4: "InvalidAccountData", 5: "AccountDataTooSmall",
	6: "InsufficientFunds", 7: "IncorrectProgramId", 8: "MissingRequiredSignature", 9: "AccountAlreadyInitialized",
	10: "UninitializedAccount", 11: "NotEnoughAccountKeys", 12: "AccountBorrowFailed", 13: "MaxSeedLengthExceeded",
	14: "InvalidSeeds", 15: "BorshIoError", 16: "AccountNotRentExempt", 17: "UnsupportedSysvar", 18: "IllegalOwner",
	19: "MaxAccountsDataAllocationsExceeded", 20: "InvalidRealloc", 21: "MaxInstructionTraceLengthExceeded",
	22: "BuiltinProgramsMustConsumeComputeUnits", 23: "InvalidAccountOwner", 24: "ArithmeticOverflow",
	25: "Immutable", 26: "IncorrectAuthority",
}

// programResult converts a program's non-zero exit value to an error.
func programResult(code uint64) *InstructionError {
	hi := code >> 32
	switch {
	case hi == 0:
		return Custom(uint32(code))
	case uint32(code) != 0:
		return ixErr("InvalidError")
	case hi == 1:
		return Custom(0)
	case hi < uint64(len(builtinErrors)):
		return ixErr(builtinErrors[hi])
	}
	return ixErr("InvalidError")
}

package svm

import (
	"encoding/json"
	"fmt"
)

// TransactionError says why a transaction was refused or failed. It marshals to JSON exactly as Solana's RPC does, for
// example "BlockhashNotFound" or {"InstructionError":[0,{"Custom":6000}]}.
type TransactionError struct {
	Kind        string            // the variant's name in Solana's TransactionError, such as "BlockhashNotFound"
	Index       uint8             // instruction index (InstructionError, DuplicateInstruction) or account index
	Instruction *InstructionError // set if Kind is "InstructionError"
}

// The transaction errors without payload that this package returns.
var (
	ErrAccountLoadedTwice                 = &TransactionError{Kind: "AccountLoadedTwice"}
	ErrAccountNotFound                    = &TransactionError{Kind: "AccountNotFound"}
	ErrInsufficientFundsForFee            = &TransactionError{Kind: "InsufficientFundsForFee"}
	ErrInvalidAccountForFee               = &TransactionError{Kind: "InvalidAccountForFee"}
	ErrAlreadyProcessed                   = &TransactionError{Kind: "AlreadyProcessed"}
	ErrBlockhashNotFound                  = &TransactionError{Kind: "BlockhashNotFound"}
	ErrSignatureFailure                   = &TransactionError{Kind: "SignatureFailure"}
	ErrInvalidProgramForExecution         = &TransactionError{Kind: "InvalidProgramForExecution"}
	ErrSanitizeFailure                    = &TransactionError{Kind: "SanitizeFailure"}
	ErrUnsupportedVersion                 = &TransactionError{Kind: "UnsupportedVersion"}
	ErrTooManyAccountLocks                = &TransactionError{Kind: "TooManyAccountLocks"}
	ErrAddressLookupTableNotFound         = &TransactionError{Kind: "AddressLookupTableNotFound"}
	ErrInvalidAddressLookupTableOwner     = &TransactionError{Kind: "InvalidAddressLookupTableOwner"}
	ErrInvalidAddressLookupTableData      = &TransactionError{Kind: "InvalidAddressLookupTableData"}
	ErrInvalidAddressLookupTableIndex     = &TransactionError{Kind: "InvalidAddressLookupTableIndex"}
	ErrMaxLoadedAccountsDataSizeExceeded  = &TransactionError{Kind: "MaxLoadedAccountsDataSizeExceeded"}
	ErrClusterMaintenance                 = &TransactionError{Kind: "ClusterMaintenance"} // the journal cannot be written
	ErrInvalidLoadedAccountsDataSizeLimit = &TransactionError{Kind: "InvalidLoadedAccountsDataSizeLimit"}
)

// transactionErrorText is Solana's message for each variant.
var transactionErrorText = map[string]string{
	"AccountLoadedTwice":                 "Account loaded twice",
	"AccountNotFound":                    "Attempt to debit an account but found no record of a prior credit.",
	"ProgramAccountNotFound":             "Attempt to load a program that does not exist",
	"InsufficientFundsForFee":            "Insufficient funds for fee",
	"InvalidAccountForFee":               "This account may not be used to pay transaction fees",
	"AlreadyProcessed":                   "This transaction has already been processed",
	"BlockhashNotFound":                  "Blockhash not found",
	"SignatureFailure":                   "Transaction did not pass signature verification",
	"InvalidProgramForExecution":         "This program may not be used for executing instructions",
	"SanitizeFailure":                    "Transaction failed to sanitize accounts offsets correctly",
	"UnsupportedVersion":                 "Transaction version is unsupported",
	"TooManyAccountLocks":                "Transaction locked too many accounts",
	"AddressLookupTableNotFound":         "Transaction loads an address table account that doesn't exist",
	"InvalidAddressLookupTableOwner":     "Transaction loads an address table account with an invalid owner",
	"InvalidAddressLookupTableData":      "Transaction loads an address table account with invalid data",
	"InvalidAddressLookupTableIndex":     "Transaction address table lookup uses an invalid index",
	"MaxLoadedAccountsDataSizeExceeded":  "Transaction exceeded max loaded accounts data size cap",
	"InvalidLoadedAccountsDataSizeLimit": "LoadedAccountsDataSizeLimit set for transaction must be greater than 0.",
	"ClusterMaintenance":                 "Transactions are currently disabled due to cluster maintenance",
	"UnbalancedTransaction":              "Sum of account balances before and after transaction do not match",
}

// instructionErr wraps an instruction's error as the transaction's.
func instructionErr(index int, err *InstructionError) *TransactionError {
	return &TransactionError{Kind: "InstructionError", Index: uint8(index), Instruction: err}
}

// Error returns Solana's message.
func (e *TransactionError) Error() string {
	switch e.Kind {
	case "InstructionError":
		return fmt.Sprintf("Error processing Instruction %d: %v", e.Index, e.Instruction)
	case "DuplicateInstruction":
		return fmt.Sprintf("Transaction contains a duplicate instruction (%d) that is not allowed", e.Index)
	case "InsufficientFundsForRent":
		return fmt.Sprintf("Transaction results in an account (%d) with insufficient funds for rent", e.Index)
	}
	if s, ok := transactionErrorText[e.Kind]; ok {
		return s
	}
	return e.Kind
}

// Is makes errors.Is compare by value, so that the Err variables above match.
func (e *TransactionError) Is(target error) bool {
	t, ok := target.(*TransactionError)
	return ok && t.Kind == e.Kind && (t.Instruction == nil || (e.Instruction != nil && *t.Instruction == *e.Instruction))
}

// Unwrap returns the instruction's error, if any.
func (e *TransactionError) Unwrap() error {
	if e.Instruction == nil {
		return nil
	}
	return e.Instruction
}

// MarshalJSON encodes the error as Solana's JSON-RPC does.
func (e *TransactionError) MarshalJSON() ([]byte, error) {
	switch e.Kind {
	case "InstructionError":
		return json.Marshal(map[string]any{e.Kind: []any{e.Index, e.Instruction}})
	case "DuplicateInstruction":
		return json.Marshal(map[string]any{e.Kind: e.Index})
	case "InsufficientFundsForRent":
		return json.Marshal(map[string]any{e.Kind: map[string]any{"account_index": e.Index}})
	}
	return json.Marshal(e.Kind)
}

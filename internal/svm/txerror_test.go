package svm

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err        *TransactionError
		json, text string
	}{
		{ErrBlockhashNotFound, `"BlockhashNotFound"`, "Blockhash not found"},
		{ErrAlreadyProcessed, `"AlreadyProcessed"`, "This transaction has already been processed"},
		{instructionErr(0, Custom(6000)), `{"InstructionError":[0,{"Custom":6000}]}`, "Error processing Instruction 0: custom program error: 0x1770"},
		{instructionErr(2, errMissingRequiredSignature), `{"InstructionError":[2,"MissingRequiredSignature"]}`,
			"Error processing Instruction 2: missing required signature for instruction"},
		{&TransactionError{Kind: "InsufficientFundsForRent", Index: 1}, `{"InsufficientFundsForRent":{"account_index":1}}`,
			"Transaction results in an account (1) with insufficient funds for rent"},
		{&TransactionError{Kind: "DuplicateInstruction", Index: 3}, `{"DuplicateInstruction":3}`,
			"Transaction contains a duplicate instruction (3) that is not allowed"},
	} {
		got, err := json.Marshal(c.err)
		require.NoError(t, err)
		require.JSONEq(t, c.json, string(got))
		require.EqualError(t, c.err, c.text)
	}
	var err error = instructionErr(1, Custom(7))
	var ix *InstructionError
	require.True(t, errors.As(err, &ix))
	require.EqualValues(t, 7, ix.Code)
	require.ErrorIs(t, err, instructionErr(9, Custom(7)), "the index does not matter")
	require.NotErrorIs(t, err, instructionErr(1, Custom(8)))
}

// TestProgramResult converts exit values of programs to errors.
func TestProgramResult(t *testing.T) {
	for code, want := range map[uint64]*InstructionError{
		1: Custom(1), 6000: Custom(6000), 1 << 32: Custom(0), 2 << 32: errInvalidArgument, 11 << 32: errNotEnoughAccountKeys,
		26 << 32: ixErr("IncorrectAuthority"), 27 << 32: ixErr("InvalidError"), 2<<32 | 1: ixErr("InvalidError"), 1 << 63: ixErr("InvalidError"),
	} {
		require.Equal(t, want, programResult(code), "%#x", code)
	}
}

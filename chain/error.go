package chain

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gagliardetto/solana-go"
)

// Errors of sending, for errors.Is.
var (
	// ErrArgument: the call cannot work with these arguments, whatever the state
	// of the chain.
	ErrArgument = errors.New("chain: argument")
	// ErrInsufficientFunds: the wallet cannot pay the fee, the rent or what the
	// instructions move. Fund it and try again.
	ErrInsufficientFunds = errors.New("too little SOL: fund the wallet and try again")
	// ErrExpired: the transaction did not land before its blockhash expired, each
	// time that it was signed. It had no effect and never will have one: it is safe
	// to try again, perhaps with a higher priority fee.
	ErrExpired = errors.New("the transaction expired before it landed: try again, perhaps with a higher priority fee")
	// ErrUnconfirmed: it is not known whether the transaction has landed, because
	// waiting for it was cut short. Look its signature up before you send it
	// again: [Client.Transaction].
	ErrUnconfirmed = errors.New("it is unknown whether the transaction landed: look its signature up before you send it again")
	// ErrNoSigner: the client was made without a Signer and can only read.
	ErrNoSigner = errors.New("chain: the client has no Signer: set Config.Signer to send transactions")
)

// ProgramError is a program's refusal of an instruction, with one of the program's
// own error codes. [errors.Is] finds what the code means if the program was passed
// to [Client.Register].
type ProgramError struct {
	// Program raised the code. If an instruction calls further programs, the
	// transaction's logs say which one it was; without logs it is assumed to be
	// the instruction's own program.
	Program solana.PublicKey
	// Name is the program's, empty if it was not registered.
	Name string
	// Code is only meaningful together with Program.
	Code uint32
	// Instruction is the index of the refused instruction in the transaction,
	// from 0. Instructions that set the fee come first.
	Instruction int
	// Signature is that of the transaction, zero if it was refused before it was
	// processed: then it cost no fee.
	Signature solana.Signature
	Logs      []string // of the transaction, nil if they are not known
	// Err is the error that the code means, nil if that is not known.
	Err error
}

// Error implements error.
func (e *ProgramError) Error() string {
	var text string
	switch {
	case e.Err != nil:
		text = e.Err.Error()
	case e.Name != "":
		text = fmt.Sprintf("%s: program error %d", e.Name, e.Code)
	default:
		text = fmt.Sprintf("chain: program %s: error %d", e.Program, e.Code)
	}
	return text + inTransaction(e.Signature)
}

// Unwrap returns the error that the code means.
func (e *ProgramError) Unwrap() error { return e.Err }

// TransactionError is a refusal by the chain itself: of a transaction as a whole,
// or of an instruction for another reason than a program's own code.
type TransactionError struct {
	// Reason is the chain's name for it, such as "BlockhashNotFound" or
	// "InsufficientFundsForFee"; for an instruction, the kind of its error.
	Reason      string
	Instruction int              // index in the transaction, from 0; −1: the transaction as a whole
	Signature   solana.Signature // zero: refused before it was processed
	Logs        []string         // of the transaction, nil if they are not known
}

// Error implements error.
func (e *TransactionError) Error() string {
	text := "chain: the transaction was refused: " + e.Reason
	if e.Instruction >= 0 {
		text += " in instruction " + strconv.Itoa(e.Instruction)
	}
	if e.Is(ErrInsufficientFunds) {
		text += ": " + ErrInsufficientFunds.Error()
	}
	return text + inTransaction(e.Signature)
}

// Is reports whether target is [ErrInsufficientFunds] and the refusal one of the
// chain's various ways to say so.
func (e *TransactionError) Is(target error) bool {
	if target != ErrInsufficientFunds {
		return false
	}
	switch e.Reason {
	case "InsufficientFundsForFee", "InsufficientFundsForRent", "AccountNotFound", "InsufficientFunds":
		return true
	}
	return false
}

func inTransaction(sig solana.Signature) string {
	if sig.IsZero() {
		return ""
	}
	return " (transaction " + sig.String() + ")"
}

// withSignature adds the signature to an error about a processed transaction.
func withSignature(err error, sig solana.Signature) error {
	var program *ProgramError
	if errors.As(err, &program) {
		program.Signature = sig
	}
	var transaction *TransactionError
	if errors.As(err, &transaction) {
		transaction.Signature = sig
	}
	return err
}

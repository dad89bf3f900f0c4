package round

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// Faults of sending, to compare with by errors.Is.
var (
	// ErrInsufficientFunds: the wallet cannot pay the fee, the rent or the
	// reward. Fund it and try again.
	ErrInsufficientFunds = errors.New("too few lamports: fund the wallet and try again")
	// ErrExpired: the transaction did not land before its blockhash expired,
	// several times over. Nothing of it happened and nothing of it ever will:
	// it is safe to try again, perhaps with a higher priority fee.
	ErrExpired = errors.New("the transaction expired before it landed: try again, perhaps with a higher priority fee")
	// ErrUnconfirmed: nobody knows whether the transaction has landed, because
	// waiting for it was cut short. Look its signature up before you send it
	// again: [Client.Transaction].
	ErrUnconfirmed = errors.New("it is unknown whether the transaction landed: look its signature up before you send it again")
	// ErrNoSigner: the client was made without a Signer and can only read.
	ErrNoSigner = errors.New("round: the client has no Signer: set Config.Signer to send transactions")
)

// Error is the round program's refusal of an instruction. Compare its code by
// errors.Is with the constants of [Code], or take it out by errors.As.
type Error struct {
	Code Code
	Name string // of the code
	Msg  string // what it means and what to do
	// Instruction is the place of the refused one in the transaction.
	Instruction int
	// Signature is that of the transaction, zero if it was refused before it
	// was processed: then it cost no fee.
	Signature solana.Signature
	Logs      []string // of the transaction, where they are known
}

// Error implements error.
func (e *Error) Error() string {
	text := e.Code.Error()
	if !e.Signature.IsZero() {
		text += " (transaction " + e.Signature.String() + ")"
	}
	return text
}

// Is tells whether the target is the error's code. Too few lamports are
// [ErrInsufficientFunds], whichever program noticed.
func (e *Error) Is(target error) bool {
	if code, ok := target.(Code); ok {
		return e.Code == code
	}
	return target == ErrInsufficientFunds && e.Code == ErrTooFewLamports
}

// TransactionError is a refusal by the chain itself, or by another program.
type TransactionError struct {
	// Reason is the chain's name for it, such as "BlockhashNotFound" or
	// "InsufficientFundsForFee"; for one of an instruction, its kind.
	Reason      string
	Instruction int              // place in the transaction, −1: the transaction as a whole
	Signature   solana.Signature // zero: refused before it was processed
	Logs        []string
}

// Error implements error.
func (e *TransactionError) Error() string {
	text := "round: the transaction was refused: " + e.Reason
	if e.Instruction >= 0 {
		text += " in instruction " + strconv.Itoa(e.Instruction)
	}
	if e.Is(ErrInsufficientFunds) {
		text += ": " + ErrInsufficientFunds.Error()
	}
	if !e.Signature.IsZero() {
		text += " (transaction " + e.Signature.String() + ")"
	}
	return text
}

// Is makes the various ways to be short of lamports one.
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

// transactionError makes an error of what the chain gives as one: null, a name,
// or {"InstructionError": [place, name or {"Custom": code}]} and the like. Only
// codes of instructions of the program itself are its errors; programs has the
// program of each instruction.
func transactionError(raw any, program solana.PublicKey, programs []solana.PublicKey, logs []string) error {
	if raw == nil {
		return nil
	}
	if name, ok := raw.(string); ok {
		return &TransactionError{Reason: name, Instruction: -1, Logs: logs}
	}
	object, _ := raw.(map[string]any)
	pair, _ := object["InstructionError"].([]any)
	if len(pair) != 2 {
		for name := range object {
			return &TransactionError{Reason: name, Instruction: -1, Logs: logs}
		}
		return &TransactionError{Reason: fmt.Sprint(raw), Instruction: -1, Logs: logs}
	}
	place, ok := number(pair[0])
	if !ok {
		return &TransactionError{Reason: fmt.Sprint(raw), Instruction: -1, Logs: logs}
	}
	if custom, ok := pair[1].(map[string]any); ok {
		code, ok := number(custom["Custom"])
		if ok && place < uint64(len(programs)) && programs[place] == program {
			c := Code(code)
			return &Error{Code: c, Name: c.Name(), Msg: c.Msg(), Instruction: int(place), Logs: logs}
		}
	}
	reason := fmt.Sprint(pair[1])
	if text, err := json.Marshal(pair[1]); err == nil {
		reason = string(text)
	}
	if name, ok := pair[1].(string); ok {
		reason = name
	}
	return &TransactionError{Reason: reason, Instruction: int(place), Logs: logs}
}

// number reads a whole number as the various JSON readers leave it.
func number(v any) (uint64, bool) {
	switch n := v.(type) {
	case float64:
		return uint64(n), n >= 0 && n < 1<<32 && n == float64(uint64(n))
	case interface{ Int64() (int64, error) }: // json.Number
		i, err := n.Int64()
		return uint64(i), err == nil && i >= 0 && i < 1<<32
	}
	return 0, false
}

// withSignature adds the signature to an error about a processed transaction.
func withSignature(err error, sig solana.Signature) error {
	var own *Error
	if errors.As(err, &own) {
		own.Signature = sig
	}
	var chain *TransactionError
	if errors.As(err, &chain) {
		chain.Signature = sig
	}
	return err
}

// preflightError is what a node's check of a transaction found before it sent
// it on, nil where err is about something else.
func preflightError(err error, program solana.PublicKey, programs []solana.PublicKey) error {
	const preflightFailed = -32002
	var refusal *jsonrpc.RPCError
	if !errors.As(err, &refusal) || refusal.Code != preflightFailed {
		return nil
	}
	data, _ := refusal.Data.(map[string]any)
	var logs []string
	lines, _ := data["logs"].([]any)
	for _, l := range lines {
		if line, ok := l.(string); ok {
			logs = append(logs, line)
		}
	}
	if data["err"] == nil {
		return &TransactionError{Reason: refusal.Message, Instruction: -1, Logs: logs}
	}
	return transactionError(data["err"], program, programs, logs)
}

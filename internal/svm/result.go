package svm

import (
	"time"

	"github.com/gagliardetto/solana-go"
)

// Result is the outcome of Process or Simulate.
type Result struct {
	Signature solana.Signature // the first signature; zero where the transaction could not be parsed
	Slot      uint64
	BlockTime int64             // unix seconds of the chain's clock
	Err       *TransactionError // nil on success
	// Detail explains Err where Solana's error says too little, such as which rule of the wire format was broken.
	Detail string
	// Processed reports whether the transaction entered the ledger: it succeeded, or it failed and paid its fee. False
	// where it was refused (bad signature, unknown blockhash, no money for the fee, ...) and always in Simulate.
	Processed    bool
	Logs         []string
	ComputeUnits uint64
	ReturnData   *ReturnData // nil where no program set any
	Fee          uint64      // lamports: 5,000 a signature and the priority fee
	// Keys are the accounts of the message in its order, those from lookup tables last (writable, then read-only).
	Keys              []solana.PublicKey
	PreBalances       []uint64 // lamports, by index of Keys; nil where nothing was loaded
	PostBalances      []uint64
	InnerInstructions []InnerInstructions
	Version           int                          // -1 for a legacy message, otherwise its version
	PostAccounts      map[solana.PublicKey]Account // Simulate only: writable accounts afterwards
}

// ReturnData is what the last program to call sol_set_return_data left.
type ReturnData struct {
	ProgramID solana.PublicKey
	Data      []byte
}

// InnerInstructions are the cross-program invocations of one top-level instruction, in order.
type InnerInstructions struct {
	Index        uint8 // of the top-level instruction
	Instructions []InnerInstruction
}

// InnerInstruction is one cross-program invocation. Numbers are indices of Result.Keys.
type InnerInstruction struct {
	ProgramIDIndex uint16
	Accounts       []uint16
	Data           []byte
	StackHeight    uint8 // 2 for one called by a top-level instruction
}

// Record is a transaction of the ledger.
type Record struct {
	Result
	Wire []byte // the transaction as it came; must not be modified
}

// Event is what a subscriber learns after each change of the ledger.
type Event struct {
	Slot     uint64
	Result   *Result         // nil where the change was made by SetAccount, AddProgram or Restore
	Accounts []AccountChange // every account written, in the order of the transaction's keys
}

// AccountChange is an account after a change; zero lamports: it is gone. Account.Data must not be modified.
type AccountChange struct {
	Key     solana.PublicKey
	Account Account
}

// SimulateOptions are the choices of Simulate.
type SimulateOptions struct {
	SigVerify        bool // verify signatures
	ReplaceBlockhash bool // ignore the transaction's blockhash
}

// Clock is the Clock sysvar.
type Clock struct {
	Slot                uint64
	EpochStartTimestamp int64
	Epoch               uint64
	LeaderScheduleEpoch uint64
	UnixTimestamp       int64
}

// Config are the choices of NewBank; the zero value is useful.
type Config struct {
	// Clock tells the time; default time.Now. Warp adds to it.
	Clock func() time.Time
	// SlotTime is how much idle time advances the slot by one; default 400 ms. Negative: only transactions advance it.
	SlotTime time.Duration
	// SlotTransactions is how many transactions share a slot; default 1. Blockhashes last for 150 slots, so that a test
	// which signs many transactions beforehand needs more.
	SlotTransactions int
	// StartSlot is the first slot; default 1.
	StartSlot uint64
	// MaxRecords is how many transactions are kept for Transaction and Status; default 20,000. Never fewer than the
	// last 1,000, which the check for duplicates needs.
	MaxRecords int
}

package svm

import (
	"time"

	"github.com/gagliardetto/solana-go"
)

// Result is the outcome of Process or Simulate.
type Result struct {
	Signature solana.Signature // the first signature; zero if the transaction could not be parsed
	Slot      uint64
	BlockTime int64             // unix seconds of the chain's clock
	Err       *TransactionError // nil on success
	// Detail explains Err if Solana's error says too little, such as which rule of the wire format was violated.
	Detail string
	// Processed reports whether the transaction is in the ledger: it succeeded, or it failed and paid its fee. It is
	// false if the transaction was refused (bad signature, unknown blockhash, insufficient funds for the fee, …) and
	// always in Simulate.
	Processed    bool
	Logs         []string
	ComputeUnits uint64
	ReturnData   *ReturnData // nil if no program set any
	Fee          uint64      // lamports: 5,000 per signature plus the priority fee
	// Keys are the accounts of the message in its order, those from lookup tables last (writable, then read-only).
	Keys              []solana.PublicKey
	PreBalances       []uint64 // lamports, by index of Keys; nil if no accounts were loaded
	PostBalances      []uint64
	PreTokens         []TokenBalance // of the token accounts in Keys; nil if Keys has no token program
	PostTokens        []TokenBalance
	InnerInstructions []InnerInstructions
	Version           int                          // -1 for a legacy message, otherwise its version
	PostAccounts      map[solana.PublicKey]Account // Simulate only: writable accounts afterwards
}

// ReturnData is the data of the last call of sol_set_return_data.
type ReturnData struct {
	ProgramID solana.PublicKey
	Data      []byte
}

// InnerInstructions are the cross-program invocations of one top-level instruction, in order.
type InnerInstructions struct {
	Index        uint8 // of the top-level instruction
	Instructions []InnerInstruction
}

// InnerInstruction is one cross-program invocation. ProgramIDIndex and Accounts are indices of Result.Keys.
type InnerInstruction struct {
	ProgramIDIndex uint16
	Accounts       []uint16
	Data           []byte
	StackHeight    uint8 // 2 if a top-level instruction invoked it
}

// Record is a transaction of the ledger.
type Record struct {
	Result
	Wire []byte // the transaction in wire format; must not be modified
}

// Event describes a change of the ledger to subscribers.
type Event struct {
	Slot     uint64
	Parent   uint64          // the slot of the block before
	Ended    bool            // Slot has ended, and with it every slot before
	Result   *Result         // nil if the change was made by SetAccount, Fund, AddProgram, Restore or time
	Accounts []AccountChange // every account that was written, in the order of the transaction's keys
}

// AccountChange is an account after a change; with zero lamports it was removed. Account.Data must not be modified.
type AccountChange struct {
	Key     solana.PublicKey
	Account Account
}

// SimulateOptions configures Simulate.
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

// Config configures NewBank; the zero value is useful.
type Config struct {
	// Clock is the source of time; default time.Now. Warp adds to it.
	Clock func() time.Time
	// SlotTime is how much time passes per slot; default 400 ms. Negative: only transactions advance the slot.
	SlotTime time.Duration
	// SlotTransactions is how many transactions share a slot; default 1; negative: any number, until time or EndSlot ends it.
	// Blockhashes are valid for 150 slots, so a test that signs many transactions in advance needs more.
	SlotTransactions int
	// StartSlot is the first slot; default 1.
	StartSlot uint64
	// MaxRecords is how many transactions are kept for Transaction and Status; default 20,000, and at least 1,000,
	// which the check for duplicates needs.
	MaxRecords int
}

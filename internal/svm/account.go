package svm

import (
	"bytes"

	"github.com/gagliardetto/solana-go"
)

// Well-known program and sysvar addresses.
var (
	SystemProgramID     = solana.SystemProgramID
	NativeLoaderID      = solana.MustPublicKeyFromBase58("NativeLoader1111111111111111111111111111111")
	ComputeBudgetID     = solana.MustPublicKeyFromBase58("ComputeBudget111111111111111111111111111111")
	LoaderV2ID          = solana.MustPublicKeyFromBase58("BPFLoader2111111111111111111111111111111111")
	UpgradeableLoaderID = solana.MustPublicKeyFromBase58("BPFLoaderUpgradeab1e11111111111111111111111")
	SysvarOwnerID       = solana.MustPublicKeyFromBase58("Sysvar1111111111111111111111111111111111111")
)

// Account is the state of one address. An account without lamports does not exist.
type Account struct {
	Lamports   uint64           // balance; 1 SOL is 1e9 lamports
	Data       []byte           // at most MaxAccountData bytes
	Owner      solana.PublicKey // the only program that may change Data or spend Lamports
	Executable bool             // Data is a program
	RentEpoch  uint64           // math.MaxUint64 for rent-exempt accounts
}

// MaxAccountData is the largest data length of an account, in bytes (10 MiB).
const MaxAccountData = 10 * 1024 * 1024

// Clone returns a copy that shares no memory with a.
func (a Account) Clone() Account {
	a.Data = bytes.Clone(a.Data)
	return a
}

// equal reports whether two accounts hold the same state.
func (a *Account) equal(b *Account) bool {
	return a.Lamports == b.Lamports && a.Owner == b.Owner && a.Executable == b.Executable &&
		a.RentEpoch == b.RentEpoch && bytes.Equal(a.Data, b.Data)
}

package svm

import (
	"encoding/binary"
	"slices"

	"github.com/gagliardetto/solana-go"
)

// Sizes and offsets in the accounts of the SPL Token programs. The ledger reads them only for the balances that a
// transaction's record holds, as Agave does.
const (
	mintSize          = 82
	mintDecimals      = 44
	mintInitialized   = 45
	tokenAccountSize  = 165
	tokenAmount       = 64
	tokenAccountState = 108
	multisigSize      = 355 // of Token-2022, whose other accounts have a type after the first 165 bytes
	typeTokenAccount  = 2
)

// TokenBalance is how many tokens an account holds.
type TokenBalance struct {
	Index    int              // of the account in Result.Keys
	Mint     solana.PublicKey // of the tokens
	Owner    solana.PublicKey // whose tokens they are
	Program  solana.PublicKey // SPL Token or Token-2022
	Amount   uint64           // in the mint's smallest unit
	Decimals uint8            // of the mint
}

func isTokenProgram(id solana.PublicKey) bool {
	return id == solana.TokenProgramID || id == solana.Token2022ProgramID
}

// tokenBalances returns the balances of the transaction's token accounts as they are now, by index; nil if the
// transaction names no token program.
func (x *execution) tokenBalances() []TokenBalance {
	if !slices.ContainsFunc(x.msg.keys, isTokenProgram) {
		return nil
	}
	var out []TokenBalance
	for i := range x.accts {
		if a := &x.accts[i].Account; isTokenAccount(a) {
			if balance, ok := x.tokenBalance(i, a); ok {
				out = append(out, balance)
			}
		}
	}
	return out
}

func isTokenAccount(a *Account) bool {
	n := len(a.Data)
	switch {
	case !isTokenProgram(a.Owner) || n < tokenAccountSize || a.Data[tokenAccountState] == 0:
		return false
	case n == tokenAccountSize:
		return true
	}
	return a.Owner == solana.Token2022ProgramID && n != multisigSize && a.Data[tokenAccountSize] == typeTokenAccount
}

// tokenBalance reports false if there is no mint that says the decimals.
func (x *execution) tokenBalance(index int, a *Account) (TokenBalance, bool) {
	b := TokenBalance{
		Index: index, Program: a.Owner, Mint: solana.PublicKey(a.Data[:32]), Owner: solana.PublicKey(a.Data[32:64]),
		Amount: binary.LittleEndian.Uint64(a.Data[tokenAmount:]),
	}
	mint := x.current(b.Mint)
	if mint == nil || mint.Owner != a.Owner || len(mint.Data) < mintSize || mint.Data[mintInitialized] == 0 {
		return b, false
	}
	b.Decimals = mint.Data[mintDecimals]
	return b, true
}

// current returns an account as the transaction has left it so far; nil if there is none.
func (x *execution) current(key solana.PublicKey) *Account {
	if i := slices.Index(x.msg.keys, key); i >= 0 {
		return &x.accts[i].Account
	}
	return x.bank.lookup(key)
}

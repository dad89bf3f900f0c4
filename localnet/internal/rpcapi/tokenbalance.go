package rpcapi

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// uiTokenBalance is what a token account held before or after a transaction.
type uiTokenBalance struct {
	AccountIndex int              `json:"accountIndex"` // in the transaction's keys
	Mint         solana.PublicKey `json:"mint"`
	Amount       uiAmount         `json:"uiTokenAmount"`
	Owner        solana.PublicKey `json:"owner"`
	ProgramID    solana.PublicKey `json:"programId"`
}

func showTokenBalances(balances []svm.TokenBalance) []uiTokenBalance {
	shown := make([]uiTokenBalance, len(balances))
	for i, b := range balances {
		shown[i] = uiTokenBalance{b.Index, b.Mint, showAmount(b.Amount, b.Decimals), b.Owner, b.Program}
	}
	return shown
}

package rpcapi

import (
	"errors"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// BlockView says how a subscriber wants to see blocks.
type BlockView struct {
	Commitment  *string `json:"commitment"`
	Encoding    string  `json:"encoding"`
	Details     string  `json:"transactionDetails"`
	MaxVersion  *uint64 `json:"maxSupportedTransactionVersion"`
	ShowRewards bool    `json:"showRewards"`
}

type uiBlockUpdate struct {
	Slot  uint64   `json:"slot"`
	Block *uiBlock `json:"block"`
	Err   any      `json:"err"`
}

// Check refuses what no block can be shown as.
func (v BlockView) Check() error {
	if err := atLeastConfirmed(v.Commitment); err != nil {
		return err
	}
	if err := checkEncoding(v.Encoding); err != nil {
		return err
	}
	_, err := showBlock(v.config(), svm.Block{})
	return err
}

func (v BlockView) config() blockConfig {
	return blockConfig{
		transactionConfig{Encoding: v.Encoding, MaxVersion: v.MaxVersion},
		blockParts{v.Details, &v.ShowRewards},
	}
}

// Show returns what a notification says of a block: all of it, or the transactions
// that mention a key; nil if there are none.
func (v BlockView) Show(b svm.Block, mentions *solana.PublicKey) any {
	if mentions != nil {
		b.Transactions = slices.DeleteFunc(b.Transactions, func(r svm.Record) bool { return !slices.Contains(r.Keys, *mentions) })
		if len(b.Transactions) == 0 {
			return nil
		}
	}
	shown, err := showBlock(v.config(), b)
	if e := (*jsonrpc.Error)(nil); errors.As(err, &e) && e.Code == codeUnsupportedVersion {
		return uiBlockUpdate{b.Slot, nil, map[string]int{"UnsupportedTransactionVersion": 0}}
	}
	if err != nil {
		return uiBlockUpdate{b.Slot, nil, "BlockStoreError"}
	}
	return uiBlockUpdate{b.Slot, &shown, nil}
}

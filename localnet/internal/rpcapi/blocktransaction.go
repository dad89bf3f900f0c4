package rpcapi

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// uiBlockTransaction is a transaction in a block, which says slot and time.
type uiBlockTransaction struct {
	Transaction any `json:"transaction"`
	Meta        any `json:"meta"`
	Version     any `json:"version,omitempty"`
}

func inBlock(tx uiTransaction, _ svm.Record) (any, error) {
	return uiBlockTransaction{tx.Transaction, tx.Meta, tx.Version}, nil
}

// uiAccountKeys is a transaction of which only the accounts are shown.
type uiAccountKeys struct {
	Signatures  []solana.Signature `json:"signatures"`
	AccountKeys []uiParsedKey      `json:"accountKeys"`
}

// uiAccountsMeta is what uiMeta says about accounts.
type uiAccountsMeta struct {
	Err               *svm.TransactionError `json:"err"`
	Status            map[string]any        `json:"status"`
	Fee               uint64                `json:"fee"`
	PreBalances       []uint64              `json:"preBalances"`
	PostBalances      []uint64              `json:"postBalances"`
	PreTokenBalances  any                   `json:"preTokenBalances"`
	PostTokenBalances any                   `json:"postTokenBalances"`
}

func accountsOnly(tx uiTransaction, r svm.Record) (any, error) {
	signed, err := solana.TransactionFromBytes(r.Wire)
	if err != nil {
		return nil, err
	}
	keys := make([]uiParsedKey, len(r.Keys))
	for i, key := range r.Keys {
		keys[i] = parsedKey(&signed.Message, i, key)
	}
	m := tx.Meta
	return uiBlockTransaction{
		uiAccountKeys{signed.Signatures, keys},
		uiAccountsMeta{m.Err, m.Status, m.Fee, m.PreBalances, m.PostBalances, m.PreTokenBalances, m.PostTokenBalances},
		tx.Version,
	}, nil
}

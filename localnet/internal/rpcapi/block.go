package rpcapi

import (
	"context"
	"encoding/json"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

type uiBlock struct {
	PreviousBlockhash solana.Hash         `json:"previousBlockhash"`
	Blockhash         solana.Hash         `json:"blockhash"`
	ParentSlot        uint64              `json:"parentSlot"`
	Transactions      *[]any              `json:"transactions,omitempty"` // details full and accounts
	Signatures        *[]solana.Signature `json:"signatures,omitempty"`   // details signatures
	Rewards           *[]any              `json:"rewards,omitempty"`      // unless the request asks for none
	BlockTime         int64               `json:"blockTime"`
	BlockHeight       uint64              `json:"blockHeight"`
}

// blockConfig is the configuration object, or the encoding alone.
type blockConfig struct {
	transactionConfig
	blockParts
}

type blockParts struct {
	Details string `json:"transactionDetails"`
	Rewards *bool  `json:"rewards"`
}

func (c *blockConfig) UnmarshalJSON(raw []byte) error {
	if err := c.transactionConfig.UnmarshalJSON(raw); err != nil || raw[0] == '"' {
		return err
	}
	return json.Unmarshal(raw, &c.blockParts)
}

func (a *API) getBlock(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var slot uint64
	if err := p.Require(0, &slot); err != nil {
		return nil, err
	}
	var cfg blockConfig
	if err := p.Decode(1, &cfg); err != nil {
		return nil, err
	}
	if err := atLeastConfirmed(cfg.Commitment); err != nil {
		return nil, err
	}
	if err := checkEncoding(cfg.Encoding); err != nil {
		return nil, err
	}
	block, ok := a.Bank.Block(slot)
	if !ok {
		return nil, a.noBlock(slot)
	}
	return showBlock(cfg, block)
}

func showBlock(cfg blockConfig, b svm.Block) (out uiBlock, err error) {
	out = uiBlock{
		PreviousBlockhash: b.Parent,
		Blockhash:         b.Hash,
		ParentSlot:        b.ParentSlot,
		BlockTime:         b.Time,
		BlockHeight:       b.Height,
	}
	if cfg.Rewards == nil || *cfg.Rewards {
		out.Rewards = &[]any{}
	}
	switch cfg.Details {
	case "", "full":
		out.Transactions, err = showEach(cfg.transactionConfig, b.Transactions, inBlock)
	case "accounts":
		out.Transactions, err = showEach(cfg.transactionConfig, b.Transactions, accountsOnly)
	case "signatures":
		out.Signatures = signaturesIn(b.Transactions)
	case "none":
	default:
		err = jsonrpc.InvalidParams("Invalid params: unknown variant `%.20s`, expected one of `full`, `signatures`, `none`, `accounts`", cfg.Details)
	}
	return out, err
}

func showEach(cfg transactionConfig, records []svm.Record, show func(uiTransaction, svm.Record) (any, error)) (*[]any, error) {
	list := make([]any, len(records))
	for i, r := range records {
		tx, err := showTransaction(cfg, r)
		if err != nil {
			return nil, err
		}
		if list[i], err = show(tx, r); err != nil {
			return nil, err
		}
	}
	return &list, nil
}

func signaturesIn(records []svm.Record) *[]solana.Signature {
	list := make([]solana.Signature, len(records))
	for i, r := range records {
		list[i] = r.Signature
	}
	return &list
}

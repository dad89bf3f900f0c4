package pubsub

import (
	"context"
	"encoding/json"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
	"github.com/decloud-sdk/decloud-go/localnet/internal/rpcapi"
)

// blockFilter is "all" or {"mentionsAccountOrProgram":key}.
type blockFilter struct {
	all      bool
	Mentions *string `json:"mentionsAccountOrProgram"`
}

func (f *blockFilter) UnmarshalJSON(raw []byte) error {
	if raw[0] != '"' {
		type plain blockFilter
		return json.Unmarshal(raw, (*plain)(f))
	}
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		return err
	}
	if f.all = name == "all"; !f.all {
		return jsonrpc.InvalidParams("unknown variant `%.20s`, expected `all` or `mentionsAccountOrProgram`", name)
	}
	return nil
}

// key is what the transactions must mention; nil: nothing.
func (f blockFilter) key() (*solana.PublicKey, error) {
	switch {
	case f.all:
		return nil, nil
	case f.Mentions == nil:
		return nil, jsonrpc.InvalidParams("expected `all` or `mentionsAccountOrProgram`")
	}
	key, err := rpcapi.ParseKey(*f.Mentions)
	return &key, err
}

func (c *conn) blockSubscribe(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var filter blockFilter
	if err := p.Require(0, &filter); err != nil {
		return nil, err
	}
	mentions, err := filter.key()
	if err != nil {
		return nil, err
	}
	var view rpcapi.BlockView
	if err := p.Decode(1, &view); err != nil {
		return nil, err
	}
	if err := view.Check(); err != nil {
		return nil, err
	}
	return c.subscribe(&subscription{kind: "block", slots: true, results: c.hub.blockResults(view, mentions)})
}

// blockResults notifies of blocks, when their slot has ended. Of empty ones that
// ended at once, as after a warp, the last one stands for all.
func (h *Hub) blockResults(view rpcapi.BlockView, mentions *solana.PublicKey) func(svm.Event) []any {
	return func(ev svm.Event) []any {
		if !ev.Ended {
			return nil
		}
		block, ok := h.bank.Block(ev.Slot)
		if !ok {
			return nil // a burst of transactions has dropped it already
		}
		update := view.Show(block, mentions)
		if update == nil {
			return nil
		}
		return []any{at(ev.Slot, update)}
	}
}

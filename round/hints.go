package round

import (
	"context"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Hints calls hint whenever the websocket reports a change of a round that the
// filter selects, and whenever the websocket begins or stops to report, until ctx
// ends. It is for callers that poll the chain and would rather not wait for the
// next poll. The filter's Status is ignored, since leaving that status is a change
// too. Without a websocket it only waits for ctx. Nothing is left running when it
// returns.
func (c *Client) Hints(ctx context.Context, f Filter, hint func()) {
	f.Status = nil
	c.chain.Subscribe(ctx, c.query(bindings.Account_Round, f.fixed()...), func(n chain.Notice) {
		if n.Account == nil || f.concerns(*n.Account) {
			hint()
		}
	})
}

// concerns reports whether the filter selects a new state of a round: the node
// applies only a part of the filter. A state that cannot be decoded counts as
// selected.
func (f Filter) concerns(a chain.Account) bool {
	r, err := DecodeRound(a.Address, a.Data)
	return err != nil || f.Match(r)
}

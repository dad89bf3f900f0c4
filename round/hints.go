package round

import (
	"context"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Hints calls hint whenever a websocket reports that a round which the filter
// chooses has changed, and whenever the websocket begins or ceases to report,
// until ctx ends. It is for those who read the chain at intervals and would
// rather not wait for the next one. The filter's status does not count: that a
// round ceases to have it is a change, too. Without a websocket it waits for
// ctx. Nothing runs on once it returns.
func (c *Client) Hints(ctx context.Context, f Filter, hint func()) {
	f.Status = nil
	c.chain.Subscribe(ctx, c.query(bindings.Account_Round, f.fixed()...), func(n chain.Notice) {
		if n.Account == nil || f.concerns(*n.Account) {
			hint()
		}
	})
}

// concerns reports whether a new state of a round is of interest: the node goes
// by a part of the filter only. What cannot be read is.
func (f Filter) concerns(a chain.Account) bool {
	r, err := DecodeRound(a.Address, a.Data)
	return err != nil || f.Match(r)
}

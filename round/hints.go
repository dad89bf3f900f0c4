package round

import (
	"context"

	"github.com/gagliardetto/solana-go"
)

// Hints calls hint whenever a websocket reports that a round which the filter
// chooses has changed, and whenever the websocket begins or ceases to report,
// until ctx ends. It is for those who read the chain at intervals and would
// rather not wait for the next one. The filter's status does not count: that a
// round ceases to have it is a change, too. Without a websocket it waits for
// ctx. Nothing runs on once it returns.
func (c *Client) Hints(ctx context.Context, f Filter, hint func()) {
	ctx, cancel := context.WithCancel(ctx)
	f.Status = nil
	notes, wait := c.follow(ctx, f)
	defer wait()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-notes:
			if n.state != nil || f.concerns(n.address, n.data) {
				hint()
			}
		}
	}
}

// concerns tells whether a new state of a round is of interest: the node goes
// by a part of the filter only. What cannot be read is.
func (f Filter) concerns(address solana.PublicKey, data []byte) bool {
	r, err := DecodeRound(address, data)
	return err != nil || f.Match(r)
}

package round

import "context"

// Hints calls hint whenever a websocket reports that some round has changed, and
// whenever the websocket begins or ceases to report, until ctx ends. It is for
// those who read the chain at intervals and would rather not wait for the next
// one. Without a websocket it waits for ctx. Nothing runs on once it returns.
func (c *Client) Hints(ctx context.Context, hint func()) {
	ctx, cancel := context.WithCancel(ctx)
	notes, wait := c.follow(ctx, Filter{})
	defer wait()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case <-notes:
			hint()
		}
	}
}

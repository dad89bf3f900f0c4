package round

import (
	"context"
	"iter"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
)

// Events yields what the program reported about a round in the past, the newest
// transaction first, with the events of each in their order: see
// [chain.Client.History] for what the bounds and the errors mean. Transactions
// without such events are left out, and so are events of other rounds; those that name
// no round, such as [StakeChanged], are reported if their transaction named this one.
//
// Events are hints. A node keeps transactions for a time only, and logs are cut at
// 10 kB: what counts is in the accounts.
func (c *Client) Events(ctx context.Context, roundID uint64, h chain.History) iter.Seq2[Receipt, error] {
	return anchor.Past(c.chain.History(ctx, c.addr.Round(roundID), h), func(r chain.Receipt) (Receipt, bool) {
		events := anchor.About(Events(c.addr.Program, r.Logs), "RoundID", roundID)
		return Receipt{r, events}, len(events) > 0
	})
}

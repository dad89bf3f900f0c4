package run

import (
	"context"
	"fmt"
	"iter"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
)

// Events yields what the program reported about a run in the past, the newest
// transaction first, with the events of each in their order: see
// [chain.Client.History] for what the bounds and the errors mean. Transactions
// without such events are left out, and so are events of other runs; those that name
// no run, such as [AuthorizationChanged], are reported if their transaction named this one.
//
// Events are hints. A node keeps transactions for a time only, and logs are cut at
// 10 kB: what counts is in the accounts.
func (c *Client) Events(ctx context.Context, runID string, h chain.History) iter.Seq2[Receipt, error] {
	if !checkRunID(runID) {
		return func(yield func(Receipt, error) bool) { yield(Receipt{}, badRunID(runID)) }
	}
	address := c.addr.Run(runID)
	return anchor.Past(c.chain.History(ctx, address, h), func(r chain.Receipt) (Receipt, bool) {
		events := anchor.About(Events(c.addr.Program, r.Logs), "Run", address)
		return Receipt{r, events}, len(events) > 0
	})
}

func badRunID(id string) error {
	return fmt.Errorf("%w: a run id has 1 to 32 of the characters a-z 0-9 - _ ., not %.60q", ErrArgument, id)
}

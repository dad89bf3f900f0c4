package chain

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain/internal/pubsub"
)

const (
	redialFirst      = 500 * time.Millisecond
	redialMost       = 30 * time.Second
	subscribeTimeout = 10 * time.Second
)

// Notice is what a websocket reports.
type Notice struct {
	// Account is a new state of an account, nil where the notice is about the
	// websocket itself.
	Account *Account
	// Connected says that the websocket reports from now on; otherwise it no
	// longer does, and what happens meanwhile is missed. It has no meaning where
	// there is an account.
	Connected bool
}

// Subscribe calls notify with each new state of the accounts that a query
// chooses, as a websocket reports it, and with each beginning and end of its
// reports, one call at a time, until ctx ends. Without a websocket it waits for
// ctx. Nothing runs on once it returns.
//
// Notices may come late, twice, out of order or never: they are for those who
// read the chain at intervals and would rather not wait for the next one. An
// account that ceases to fit the query is not reported. [Client.Watch] puts
// notices and reading together.
func (c *Client) Subscribe(ctx context.Context, q Query, notify func(Notice)) {
	ctx, cancel := context.WithCancel(ctx)
	notices, wait := c.follow(ctx, q)
	defer wait()
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-notices:
			notify(n)
		}
	}
}

// follow dials, again and again, and sends what comes until the context ends;
// wait returns once nothing of it runs any more. Without a websocket nothing
// comes.
func (c *Client) follow(ctx context.Context, q Query) (notices <-chan Notice, wait func()) {
	out := make(chan Notice)
	if c.socket == nil {
		return out, func() {}
	}
	var group sync.WaitGroup
	group.Go(func() {
		for pause := redialFirst; ; pause = min(2*pause, redialMost) {
			began := time.Now()
			c.stream(ctx, q, out)
			if time.Since(began) > redialMost {
				pause = redialFirst // it worked for a while
			}
			if sleep(ctx, pause) != nil {
				return
			}
		}
	})
	return out, group.Wait
}

// stream sends what comes until the connection ends.
func (c *Client) stream(ctx context.Context, q Query, out chan<- Notice) {
	conn, err := pubsub.Dial(ctx, c.cfg.Network.WS, c.pubsub())
	if err != nil {
		return
	}
	defer conn.Close()
	asking, cancel := context.WithTimeout(ctx, subscribeTimeout)
	defer cancel()
	s, err := conn.Subscribe(asking, "programSubscribe", q.Program.String(), map[string]any{
		"encoding": "base64", "commitment": c.cfg.Commitment, "filters": q.wire(),
	})
	if err != nil || !send(ctx, out, Notice{Connected: true}) {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-conn.Done():
			send(ctx, out, Notice{})
			return
		case raw := <-s.C:
			if a, ok := parseNotification(raw, q); ok && !send(ctx, out, Notice{Account: a}) {
				return
			}
		}
	}
}

// send reports whether the notice was taken before the context ended.
func send(ctx context.Context, out chan<- Notice, n Notice) bool {
	select {
	case <-ctx.Done():
		return false
	case out <- n:
		return true
	}
}

// parseNotification reads what a websocket reports of an account. What makes no
// sense is left to the next look at all accounts.
func parseNotification(raw json.RawMessage, q Query) (*Account, bool) {
	var m struct {
		Context struct {
			Slot uint64 `json:"slot"`
		} `json:"context"`
		Value wireAccount `json:"value"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return nil, false
	}
	a, err := m.Value.account()
	if err != nil || a.Owner != q.Program {
		return nil, false
	}
	a.Slot = m.Context.Slot
	return &a, true
}

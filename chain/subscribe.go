package chain

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

const (
	minRedialPause   = 500 * time.Millisecond
	maxRedialPause   = 30 * time.Second
	subscribeTimeout = 10 * time.Second
)

// Notice is what a websocket reports.
type Notice struct {
	// Account is a new state of an account, nil if the notice is about the
	// websocket itself.
	Account *Account
	// Connected says that the websocket reports from now on; otherwise it no
	// longer does, and changes are missed until it does again. It has no meaning
	// if Account is set.
	Connected bool
}

// Subscribe calls notify with each new state of the accounts that a query selects,
// as a websocket reports it, and whenever the websocket connects or disconnects,
// one call at a time, until ctx ends. Without a websocket it only waits for ctx.
// Nothing is left running when it returns.
//
// Notices may come late, twice, out of order or never: they are for callers that
// poll the chain and would rather not wait for the next poll. An account that no
// longer matches the query is not reported. [Client.Watch] combines notices and
// polling.
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

// follow dials, again and again, and sends notices until the context ends; wait
// returns when its goroutine has ended. Without a websocket there are no notices.
func (c *Client) follow(ctx context.Context, q Query) (notices <-chan Notice, wait func()) {
	out := make(chan Notice)
	if c.socket == nil {
		return out, func() {}
	}
	var group sync.WaitGroup
	group.Go(func() {
		node := 0
		for pause := minRedialPause; ; pause = min(2*pause, maxRedialPause) {
			began := time.Now()
			c.stream(ctx, node, q, out)
			if node++; time.Since(began) > maxRedialPause {
				pause, node = minRedialPause, 0 // it worked for a while
			}
			if sleep(ctx, pause) != nil {
				return
			}
		}
	})
	return out, group.Wait
}

// stream sends notices until the connection ends. It begins with the websocket of
// that node.
func (c *Client) stream(ctx context.Context, node int, q Query, out chan<- Notice) {
	conn, err := c.socket.dial(ctx, node)
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

// send reports whether the notice was received before the context ended.
func send(ctx context.Context, out chan<- Notice, n Notice) bool {
	select {
	case <-ctx.Done():
		return false
	case out <- n:
		return true
	}
}

// parseNotification reads what a websocket reports about an account. Malformed
// reports are ignored: polling finds what they missed.
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

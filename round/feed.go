package round

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/pubsub"
)

// dialPause is how long a websocket that could not be reached is left alone.
// Nothing waits for it: without one, polling does the work.
const dialPause = 5 * time.Second

var errFeedDown = errors.New("the websocket was not to be reached a moment ago")

// feed is a websocket that is dialled when it is first needed, and anew when it
// has ended.
type feed struct {
	url  string
	opts pubsub.Options
	turn chan struct{} // holds one token: who has it may dial

	mu      sync.Mutex
	conn    *pubsub.Conn
	retryAt time.Time
}

func newFeed(url string, opts pubsub.Options) *feed {
	f := &feed{url: url, opts: opts, turn: make(chan struct{}, 1)}
	f.turn <- struct{}{}
	return f
}

// get is a connection that lived a moment ago.
func (f *feed) get(ctx context.Context) (*pubsub.Conn, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-f.turn:
		defer func() { f.turn <- struct{}{} }()
	}
	f.mu.Lock()
	conn, retryAt := f.conn, f.retryAt
	f.mu.Unlock()
	if conn != nil && conn.Err() == nil {
		return conn, nil
	}
	if conn != nil {
		conn.Close()
	}
	if time.Now().Before(retryAt) {
		return nil, errFeedDown
	}
	conn, err := pubsub.Dial(ctx, f.url, f.opts)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conn = conn
	if err != nil && ctx.Err() == nil {
		f.retryAt = time.Now().Add(dialPause)
	}
	return conn, err
}

func (f *feed) close() {
	<-f.turn
	defer func() { f.turn <- struct{}{} }()
	f.mu.Lock()
	conn := f.conn
	f.conn = nil
	f.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

// hint gives a channel that is sent to when it is worth looking for the
// signature, and a function that ends it. The websocket is never believed: some
// of its notifications come late or never, so looking goes on without it.
func (c *Client) hint(ctx context.Context, sig solana.Signature) (<-chan struct{}, func()) {
	if c.feed == nil {
		return nil, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	wake := make(chan struct{}, 1)
	var group sync.WaitGroup
	group.Go(func() {
		conn, err := c.feed.get(ctx)
		if err != nil {
			return
		}
		s, err := conn.Subscribe(ctx, "signatureSubscribe", sig.String(), map[string]any{"commitment": c.cfg.Commitment})
		if err != nil {
			return
		}
		select {
		case <-s.C:
			wake <- struct{}{}
			conn.Unsubscribe(s, "") // the server has ended it
		case <-ctx.Done():
			conn.Unsubscribe(s, "signatureUnsubscribe")
		case <-conn.Done():
		}
	})
	return wake, func() { cancel(); group.Wait() }
}

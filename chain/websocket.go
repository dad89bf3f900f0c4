package chain

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain/internal/pubsub"
)

// dialPause is how long to wait after a websocket could not be reached. Nothing
// else waits for it: without one, polling does the work.
const dialPause = 5 * time.Second

var errSocketDown = errors.New("the websocket could not be reached a moment ago")

// socket is a websocket that is dialled when it is first needed, and again when it
// has ended.
type socket struct {
	dialers []dialer
	turn    chan struct{} // holds one token: whoever has it may dial

	mu      sync.Mutex
	conn    *pubsub.Conn
	retryAt time.Time
}

func newSocket(dialers []dialer) *socket {
	s := &socket{dialers: dialers, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// dialer dials the websocket of one node.
type dialer struct {
	target func() (url string, header http.Header)
	opts   pubsub.Options
}

func (d dialer) dial(ctx context.Context) (*pubsub.Conn, error) {
	url, header := d.target()
	opts := d.opts
	opts.Header = header
	return pubsub.Dial(ctx, url, opts)
}

// dial connects to the first node whose websocket can be reached, and begins with
// the one at start.
func (s *socket) dial(ctx context.Context, start int) (conn *pubsub.Conn, err error) {
	for i := range s.dialers {
		if conn, err = s.dialers[(start+i)%len(s.dialers)].dial(ctx); err == nil || ctx.Err() != nil {
			return conn, err
		}
	}
	return nil, err
}

// get returns a connection that was alive a moment ago.
func (s *socket) get(ctx context.Context) (*pubsub.Conn, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	}
	s.mu.Lock()
	conn, retryAt := s.conn, s.retryAt
	s.mu.Unlock()
	if conn != nil && conn.Err() == nil {
		return conn, nil
	}
	if conn != nil {
		conn.Close()
	}
	if time.Now().Before(retryAt) {
		return nil, errSocketDown
	}
	conn, err := s.dial(ctx, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	if err != nil && ctx.Err() == nil {
		s.retryAt = time.Now().Add(dialPause)
	}
	return conn, err
}

func (s *socket) close() {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	s.mu.Lock()
	conn := s.conn
	s.conn = nil
	s.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

// notified returns a channel that receives when the websocket reports the
// signature, and a function that ends it. The report only triggers a query: some
// come late or never, so polling goes on beside it.
func (c *Client) notified(ctx context.Context, sig solana.Signature) (<-chan struct{}, func()) {
	if c.socket == nil {
		return nil, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	wake := make(chan struct{}, 1)
	var group sync.WaitGroup
	group.Go(func() {
		conn, err := c.socket.get(ctx)
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

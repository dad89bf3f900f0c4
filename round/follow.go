package round

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
	"github.com/decloud-sdk/decloud-go/round/internal/pubsub"
)

const (
	redialFirst = 500 * time.Millisecond
	redialMost  = 30 * time.Second
	subscribing = 10 * time.Second
)

// note is what a websocket reports: a new state of an account, or that from now
// on it reports (true) or no longer does (false).
type note struct {
	address solana.PublicKey
	data    []byte
	slot    uint64
	state   *bool
}

// follow reports changes of rounds until the context ends; wait returns once
// nothing of it runs any more. Without a websocket it reports nothing.
func (c *Client) follow(ctx context.Context, f Filter) (notes <-chan note, wait func()) {
	out := make(chan note)
	if c.feed == nil {
		return out, func() {}
	}
	var group sync.WaitGroup
	group.Go(func() {
		for pause := redialFirst; ; pause = min(2*pause, redialMost) {
			began := time.Now()
			c.stream(ctx, f, out)
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

// stream reports until the connection ends.
func (c *Client) stream(ctx context.Context, f Filter, out chan<- note) {
	conn, err := pubsub.Dial(ctx, c.cfg.Network.WS, c.pubsub())
	if err != nil {
		return
	}
	defer conn.Close()
	asking, cancel := context.WithTimeout(ctx, subscribing)
	defer cancel()
	s, err := conn.Subscribe(asking, "programSubscribe", c.addr.Program.String(), map[string]any{
		"encoding": "base64", "commitment": c.cfg.Commitment, "filters": f.wire(),
	})
	if err != nil || !report(ctx, out, true) {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-conn.Done():
			report(ctx, out, false)
			return
		case raw := <-s.C:
			n, ok := parseNote(raw, c.addr.Program)
			if !ok {
				continue // polling will tell
			}
			select {
			case <-ctx.Done():
				return
			case out <- n:
			}
		}
	}
}

func report(ctx context.Context, out chan<- note, state bool) bool {
	select {
	case <-ctx.Done():
		return false
	case out <- note{state: &state}:
		return true
	}
}

// wire is the filter as programSubscribe takes it. The status is left out: that
// a round no longer has the one it was chosen for is to be reported, too.
func (f Filter) wire() []any {
	f.Status = nil
	return wireFilters(append([]rpc.RPCFilter{compare(0, bindings.Account_Round[:])}, f.memcmp()...))
}

func parseNote(raw json.RawMessage, program solana.PublicKey) (note, bool) {
	var m struct {
		Context struct {
			Slot uint64 `json:"slot"`
		} `json:"context"`
		Value wireAccount `json:"value"`
	}
	if json.Unmarshal(raw, &m) != nil || m.Value.Account.Data[1] != "base64" {
		return note{}, false
	}
	address, err := solana.PublicKeyFromBase58(m.Value.Pubkey)
	if err != nil || m.Value.Account.Owner != program.String() {
		return note{}, false
	}
	data, err := base64.StdEncoding.DecodeString(m.Value.Account.Data[0])
	return note{address: address, data: data, slot: m.Context.Slot}, err == nil
}

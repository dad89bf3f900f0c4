package chain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// genesisTimeout bounds the wait for a node that may hang: the others do without it.
const genesisTimeout = 2 * time.Second

// unnamed stands for the genesis of a node that does not tell it.
const unnamed = "-"

// oneNetwork fails where two nodes are of different networks, such as the network for
// development and the one where lamports are money: what one of them says is no reason
// to pay on the other. It asks each node that works once, before the first transaction
// that is signed since; a single node is not asked.
func (p *pool) oneNetwork(ctx context.Context) error {
	if len(p.members) < 2 {
		return nil
	}
	var group sync.WaitGroup
	for _, m := range p.members {
		if m.origin() == "" && !m.restUntil().After(time.Now()) {
			group.Go(func() { m.learnOrigin(ctx, min(genesisTimeout, p.timeout)) })
		}
	}
	group.Wait()
	var first *member
	for _, m := range p.members {
		switch is := m.origin(); {
		case is == "" || is == unnamed:
		case first == nil:
			first = m
		case is != first.origin():
			return fmt.Errorf("%w: the nodes %s and %s are of different networks (their genesis hashes are %s and %s), and nothing was sent: name nodes of one network",
				ErrConfig, first.host, m.host, first.origin(), is)
		}
	}
	return nil
}

// origin is the node's genesis hash, empty while it is not known.
func (m *member) origin() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.genesis
}

// learnOrigin asks the node for its genesis hash.
func (m *member) learnOrigin(ctx context.Context, timeout time.Duration) {
	genesis := ""
	err := m.call(ctx, timeout, func(ctx context.Context, node rpc.JSONRPCClient) error {
		err := node.CallForInto(ctx, &genesis, "getGenesisHash", nil)
		if errors.As(err, new(*jsonrpc.RPCError)) {
			genesis, err = unnamed, nil
		}
		return err
	})
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.genesis = genesis
}

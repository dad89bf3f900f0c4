package view

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// A run whose past the node is slow to tell keeps nobody from looking at another.
func TestRunsDoNotWaitForEachOther(t *testing.T) {
	asked, held := make(chan struct{}, 100), make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	node := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-held:
		case <-r.Context().Done():
		}
	}))
	defer node.Close()
	defer release() // before the node closes, which waits for its handlers
	c, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "slow", RPC: node.URL}})
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	runs, err := run.NewClient(run.Config{Chain: c, Program: run.LocalProgram})
	require.NoError(t, err)
	var all curves
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		all.of(ctx, runs, &run.Run{ID: "slow", Address: solana.PublicKey{1}})
	}()
	<-asked
	ended, end := context.WithCancel(t.Context())
	end()
	require.Empty(t, all.of(ended, runs, &run.Run{ID: "other", Address: solana.PublicKey{2}}))
	select {
	case <-done:
		require.Fail(t, "the other run waited for the slow one")
	default:
	}
	cancel()
	release()
	<-done
}

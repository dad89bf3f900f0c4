package round_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// deploying deploys a new program through a node with faults.
func deploying(t *testing.T, fault func(*world, call) (*http.Response, error), check func(w *world, n *node, c *round.Client, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		owner, program := keypair(t), keypair(t)
		require.NoError(t, w.net.Fund(owner.PublicKey(), 5*sol))
		c, err := round.NewClient(w.over(round.Config{Network: round.Network{Name: "test", Program: program.PublicKey()}, Signer: owner}))
		require.NoError(t, err)
		defer c.Close()
		n.inject(func(c call) (*http.Response, error) { return fault(w, c) })
		err = c.Deploy(t.Context(), round.Deployment{Key: program})
		n.inject(nil)
		check(w, n, c, err)
	})
}

func deployed(w *world, _ *node, c *round.Client, err error) {
	w.Helper()
	require.NoError(w, err)
	found, err := c.Deployed(w.Context())
	require.NoError(w, err)
	require.True(w, found.Known)
}

// The node takes every third transaction and forgets it.
func TestDeployPiecesAreLost(t *testing.T) {
	var mu sync.Mutex
	dropped := map[string]bool{}
	deploying(t, func(w *world, c call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.n%3 != 0 {
			return nil, nil
		}
		mu.Lock()
		defer mu.Unlock()
		sig := signatureOf(w, c)
		if dropped[sig] {
			return nil, nil
		}
		dropped[sig] = true
		return c.result("%q", sig)
	}, deployed)
	require.Greater(t, len(dropped), 20)
}

// The node forgets all of them until their blockhash expires.
func TestDeployPiecesExpire(t *testing.T) {
	deploying(t, func(w *world, c call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.n == 1 || time.Since(epoch) > 90*time.Second {
			return nil, nil // the buffer is made
		}
		return c.result("%q", signatureOf(w, c))
	}, deployed)
}

// The node never passes on a piece: the deployment ends, and says how to go on.
func TestDeployPiecesNeverArrive(t *testing.T) {
	deploying(t, func(w *world, c call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.n == 1 {
			return nil, nil
		}
		return c.result("%q", signatureOf(w, c))
	}, func(w *world, _ *node, c *round.Client, err error) {
		require.ErrorIs(w, err, round.ErrDeploy)
		require.ErrorIs(w, err, round.ErrExpired)
		require.ErrorContains(w, err, "run it again to go on")
		buffers, err := c.Buffers(w.Context())
		require.NoError(w, err)
		require.Len(w, buffers, 1)
	})
}

// Every transaction lands, and every second answer is lost.
func TestDeployRepliesAreLost(t *testing.T) {
	deploying(t, func(_ *world, c call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.n%2 != 0 {
			return nil, nil
		}
		if _, err := c.pass(); err != nil {
			return nil, err
		}
		return nil, errLine
	}, deployed)
}

// The node has had enough, again and again.
func TestDeployTooManyRequests(t *testing.T) {
	deploying(t, func(_ *world, c call) (*http.Response, error) {
		if c.n%2 == 0 {
			return respond(429, "slow down", "Retry-After", "1"), nil
		}
		return nil, nil
	}, deployed)
}

// What is refused for good is not sent again and again.
func TestDeployPieceIsRefused(t *testing.T) {
	deploying(t, func(_ *world, c call) (*http.Response, error) {
		if c.Method == "sendTransaction" && c.n == 20 {
			return c.fail(-32002, `{"err":{"InstructionError":[0,"InvalidAccountOwner"]},"logs":[]}`)
		}
		return nil, nil
	}, func(w *world, _ *node, _ *round.Client, err error) {
		require.ErrorIs(w, err, round.ErrDeploy)
		require.ErrorContains(w, err, "InvalidAccountOwner")
	})
}

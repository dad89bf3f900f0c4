package chain_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// largeELF is the echo program as code of a usual size, for which many pieces are
// needed.
func largeELF() []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	out := echoELF()
	for len(out) < 100_000 {
		out = binary.LittleEndian.AppendUint64(out, rng.Uint64())
	}
	return out
}

// deploying deploys a new program through a node with faults.
func deploying(t *testing.T, fault func(chaintest.Call) (*http.Response, error), check func(w *world, c *chain.Client, program solana.PublicKey, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		owner, program := chaintest.Keypair(t), chaintest.Keypair(t)
		require.NoError(t, w.net.Fund(owner.PublicKey(), 5*sol))
		c := w.client(owner)
		n.Inject(fault)
		err := c.Deploy(t.Context(), chain.Deployment{Key: program, ELF: largeELF()})
		n.Inject(nil)
		check(w, c, program.PublicKey(), err)
	})
}

func deployed(w *world, c *chain.Client, program solana.PublicKey, err error) {
	w.Helper()
	require.NoError(w, err)
	found, err := c.Deployed(w.Context(), program)
	require.NoError(w, err)
	require.True(w, found.Runs(largeELF()))
}

// The node takes every third transaction and forgets it.
func TestDeployPiecesAreLost(t *testing.T) {
	var mu sync.Mutex
	dropped := map[string]bool{}
	deploying(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.Number%3 != 0 {
			return nil, nil
		}
		mu.Lock()
		defer mu.Unlock()
		sig := c.Signature()
		if dropped[sig] {
			return nil, nil
		}
		dropped[sig] = true
		return c.Result("%q", sig)
	}, deployed)
	require.Greater(t, len(dropped), 20)
}

// The node forgets all of them until their blockhash expires.
func TestDeployPiecesExpire(t *testing.T) {
	deploying(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.Number == 1 || time.Since(epoch) > 90*time.Second {
			return nil, nil // the buffer is made
		}
		return c.Result("%q", c.Signature())
	}, deployed)
}

// The node never passes on a piece: the deployment ends, and says how to go on.
func TestDeployPiecesNeverArrive(t *testing.T) {
	deploying(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.Number == 1 {
			return nil, nil
		}
		return c.Result("%q", c.Signature())
	}, func(w *world, c *chain.Client, _ solana.PublicKey, err error) {
		require.ErrorIs(w, err, chain.ErrDeploy)
		require.ErrorIs(w, err, chain.ErrExpired)
		require.ErrorContains(w, err, "run it again to go on")
		buffers, err := c.Buffers(w.Context())
		require.NoError(w, err)
		require.Len(w, buffers, 1)
	})
}

// Every transaction lands, and every second answer is lost.
func TestDeployRepliesAreLost(t *testing.T) {
	deploying(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "sendTransaction" || c.Number%2 != 0 {
			return nil, nil
		}
		if _, err := c.Pass(); err != nil {
			return nil, err
		}
		return nil, chaintest.ErrLine
	}, deployed)
}

// The node limits the rate, again and again.
func TestDeployTooManyRequests(t *testing.T) {
	deploying(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Number%2 == 0 {
			return chaintest.Respond(429, "slow down", "Retry-After", "1"), nil
		}
		return nil, nil
	}, deployed)
}

// A piece that is refused for good is not sent again.
func TestDeployPieceIsRefused(t *testing.T) {
	deploying(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" && c.Number == 20 {
			return c.Fail(-32002, `{"err":{"InstructionError":[0,"InvalidAccountOwner"]},"logs":[]}`)
		}
		return nil, nil
	}, func(w *world, _ *chain.Client, _ solana.PublicKey, err error) {
		require.ErrorIs(w, err, chain.ErrDeploy)
		require.ErrorContains(w, err, "InvalidAccountOwner")
	})
}

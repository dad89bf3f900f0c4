// Package surfpool runs Surfpool, an Agave runtime with JSON-RPC and WebSocket ports, for tests that need an
// independent chain: deploying through the upgradeable loader, a whole launch. It needs Linux x86-64, Node 20 and the
// package that `npm ci` installs here; DECLOUD_SURFPOOL_MODULES names another node_modules directory. For tests only.
package surfpool

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/sourcedir"
)

//go:embed launch.js
var launcher []byte // in a binary built with -trimpath, nobody knows where the source is

// Chain is a running Surfpool.
type Chain struct {
	RPC string `json:"rpc"` // URL of JSON-RPC over HTTP
	WS  string `json:"ws"`  // URL of the WebSocket
	PID int    `json:"-"`   // of its process
}

// Start runs a new chain until the test ends. If Surfpool is not installed the test is skipped, or fails in CI.
func Start(t testing.TB) *Chain {
	t.Helper()
	dir := sourcedir.Find("internal/surfpool")
	modules := os.Getenv("DECLOUD_SURFPOOL_MODULES")
	if modules == "" {
		modules = filepath.Join(dir, "node_modules")
	}
	if _, err := os.Stat(filepath.Join(modules, "@solana", "surfpool-linux-x64-gnu", "package.json")); err != nil {
		missing(t, "Surfpool is not installed: run `npm ci` in internal/surfpool, on Linux x86-64 (%v)", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node 20 or newer is not installed: %v", err)
	}
	script := filepath.Join(t.TempDir(), "launch.js")
	require.NoError(t, os.WriteFile(script, launcher, 0o600))
	cmd := exec.Command(node, script)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		stuck := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer stuck.Stop()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err, "Surfpool did not start")
	c := new(Chain)
	require.NoError(t, json.Unmarshal(line, c))
	c.PID = cmd.Process.Pid
	return c
}

func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Fund requests an airdrop and waits for it.
func (c *Chain) Fund(t testing.TB, wallet solana.PublicKey, lamports uint64) {
	t.Helper()
	client := rpc.New(c.RPC)
	defer client.Close()
	_, err := client.RequestAirdrop(context.Background(), wallet, lamports, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		out, err := client.GetBalance(context.Background(), wallet, rpc.CommitmentConfirmed)
		return err == nil && out.Value >= lamports
	}, 10*time.Second, 20*time.Millisecond, "the airdrop to %s did not arrive", wallet)
}

// Travel moves the chain's clock forward to a time.
func (c *Chain) Travel(t testing.TB, to time.Time) {
	t.Helper()
	client := rpc.New(c.RPC)
	defer client.Close()
	var out any
	require.NoError(t, client.RPCCallForInto(context.Background(), &out, "surfnet_timeTravel",
		[]any{map[string]any{"absoluteTimestamp": to.UnixMilli()}}))
}

package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// An error says what to do next, in words that the app's user knows.
func TestHints(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for want, err := range map[string]error{
		"kubo_url, gateways, car_dir": &storage.Error{Op: "push", Err: refused},
		"Nobody listens there":        refused,
		"HTTP_PROXY":                  &net.OpError{Op: "proxyconnect", Err: refused},
		"config --set cache_gb=":      storage.ErrNoRoom,
		"config --set max_spending=":  trainer.ErrSpending,
		"config --set min_balance=":   trainer.ErrFloor,
		"--test-embeddings":           packagefmt.ErrNoEncoder,
		"setup --keypair-path FILE":   chain.ErrNoSigner,
		"decloud-test balance":        chain.ErrInsufficientFunds,
	} {
		require.Contains(t, testCall().hint(fmt.Errorf("of a step: %w", err)), want)
	}
	require.Empty(t, testCall().hint(errors.New("anything else")))
}

func testCall() *Call { return &Call{App: testApp()} }

// With --json a failure is one JSON object on the standard error, and the exit status.
func TestFailuresAsJSON(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
		code int
	}{
		{errors.New("no <such> file"), `{"error":"no <such> file","code":1}`, 1},
		{Usagef("--n: what?"), `{"error":"--n: what?","code":2}`, 2},
		{chain.ErrInsufficientFunds, `"hint":"  See what there is: decloud-test balance","code":1}`, 1},
	} {
		var errs bytes.Buffer
		call := &Call{App: testApp(), Err: &errs, JSON: true}
		require.Equal(t, c.code, call.exit(t.Context(), c.err))
		require.Contains(t, errs.String(), c.want+"\n")
		require.True(t, json.Valid(errs.Bytes()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs bytes.Buffer
	call := &Call{App: testApp(), Err: &errs, JSON: true}
	require.Equal(t, 130, call.exit(ctx, ctx.Err()))
	require.JSONEq(t, `{"error":"stopped","code":130}`, errs.String())
}

package app

import (
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
	require.Equal(t, "raise the setting memory, or set the setting plain_http", message(errors.New("raise Config.Memory, or set Options.PlainHTTP")))
}

func testCall() *Call { return &Call{App: testApp()} }

package app

import (
	"bytes"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// A daemon says what to do about a failure, but not how to start a node that is away for a while.
func TestFailed(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, c := range map[string]struct {
		err   error
		retry time.Duration
		want  string
	}{
		"a bound":                  {trainer.ErrSpending, time.Minute, "\n         Allow more SOL a day: decloud-test config --set max_spending=SOL\n         trying again in 1m0s\n"},
		"a node that is away":      {refused, time.Second, "connection refused\n         trying again in 1s\n"},
		"a node that never was":    {refused, 0, "localnet\n         For another network: decloud-test network devnet"},
		"nothing that is known of": {chain.ErrTooLarge, 0, "Config.MaxResponse\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			call := &Call{App: testApp(), Out: &out}
			call.Teller().Failed(Event{Kind: "failed"}, c.err, c.retry)
			require.Contains(t, out.String(), c.want)
		})
	}
}

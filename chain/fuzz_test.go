package chain_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// answering is a node that answers everything with the same text.
type answering string

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	return chaintest.Respond(200, string(a)), nil
}

// Any answer of a node gives a value or an error, never a panic, and the value is
// one that was asked for.
func FuzzNodeAnswers(f *testing.F) {
	good := listed(echoID, recordData(100, 0))
	for _, result := range []string{`null`, `[]`, `[` + good + `]`, `{"context":{"slot":1},"value":[` + good + `]}`, `{"context":{"slot":1},"value":5}`,
		`{"context":{"slot":1},"value":[{"data":["","base64"],"owner":"` + echoID.String() + `","lamports":1}]}`,
		`{"context":{"slot":1},"value":{"data":["","base64"],"owner":"` + echoID.String() + `","lamports":1}}`,
		`{"slot":1,"meta":{"err":{"InstructionError":[0,{"Custom":6000}]},"logMessages":["x"]},"transaction":["AA==","base64"]}`,
		`{"context":{"slot":1},"value":{"err":{"InstructionError":[255,"x"]},"logs":null}}`} {
		f.Add(`{"jsonrpc":"2.0","id":1,"result":` + result + `}`)
	}
	f.Add(`{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"m","data":{"err":{"InstructionError":[0,{"Custom":1e9}]},"logs":[1]}}}`)
	key := keypair(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: chaintest.NodeURL}, Transport: answering(text), Signer: key, Attempts: 1})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = c.Balance(ctx, key.PublicKey())
		_, _ = c.Slot(ctx)
		_, _ = c.Now(ctx)
		_, _ = c.Deployed(ctx, echoID)
		_, _ = c.Transaction(ctx, solana.Signature{})
		_, _ = c.Simulate(ctx, echo(0))
		if a, err := c.Account(ctx, shop, echoID); err == nil {
			require.Equal(t, echoID, a.Owner)
		}
		if all, err := c.Accounts(ctx, shop); err == nil {
			require.Len(t, all, 1)
			require.Equal(t, shop, all[0].Address)
		}
		found, _, err := chain.Scan(ctx, c, records, func(a chain.Account) (chain.Account, error) { return a, nil })
		if err != nil {
			require.Empty(t, found)
		}
		for _, a := range found {
			require.True(t, records.Match(a))
		}
	})
}

package round_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// answering is a node that answers everything with the same text.
type answering string

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	return chaintest.Respond(200, string(a)), nil
}

// Any answer of a node gives a value or an error, never a panic, and the value is
// one that was asked for.
func FuzzNodeAnswers(f *testing.F) {
	good := listed(round.LocalProgram, roundData(1200, 0))
	for _, result := range []string{`null`, `[]`, `[` + good + `]`, `{"context":{"slot":1},"value":[` + good + `]}`, `{"context":{"slot":1},"value":5}`,
		`{"context":{"slot":1},"value":{"data":["","base64"],"owner":"` + round.LocalProgram.String() + `","lamports":1}}`,
		`{"slot":1,"meta":{"err":{"InstructionError":[0,{"Custom":6000}]},"logMessages":["x"]},"transaction":["AA==","base64"]}`,
		`{"context":{"slot":1},"value":{"err":{"InstructionError":[255,"x"]},"logs":null}}`} {
		f.Add(`{"jsonrpc":"2.0","id":1,"result":` + result + `}`)
	}
	f.Add(`{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"m","data":{"err":{"InstructionError":[0,{"Custom":1e9}]},"logs":[1]}}}`)
	key, err := chain.NewKeypair()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		onChain, err := chain.NewClient(chain.Config{Network: chain.Network{RPC: chaintest.NodeURL}, Transport: answering(text), Signer: key, Attempts: 1})
		require.NoError(t, err)
		c, err := round.NewClient(round.Config{Chain: onChain, Program: round.LocalProgram})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = c.Chain().Balance(ctx, key.PublicKey())
		_, _ = c.Round(ctx, 1)
		_, _ = c.Chain().Now(ctx)
		_, _ = onChain.Deployed(ctx, round.LocalProgram)
		_, _ = c.Transaction(ctx, solana.Signature{})
		_, _ = c.Simulate(ctx, round.CreateTrainerProfile{Trainer: key.PublicKey()})
		rounds, err := c.Rounds(ctx, round.Filter{Status: []round.Status{round.Active}})
		if err != nil {
			require.Empty(t, rounds)
		}
		for _, r := range rounds {
			require.Equal(t, round.Active, r.Status)
		}
	})
}

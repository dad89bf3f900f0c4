package round_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// The same over real sockets: HTTP for calls, a websocket for changes.
func TestOverHTTPAndWebsocket(t *testing.T) {
	net := localnet.New(t, localnet.Empty(), localnet.WithProgram(round.LocalProgram, round.Program()))
	w := &world{T: t, net: net, via: func(c chain.Config) chain.Config {
		c.Network.RPC, c.Network.WS = net.URL(), net.WSURL()
		return c
	}}
	w.ok(w.actor().Initialize(t.Context()))
	creator, trainer := w.actor(), w.trainer()
	id, _, err := creator.CreateRound(t.Context(), aRound)
	require.NoError(t, err)

	// Polling once an hour, so that changes come from the websocket.
	seen := watch(t, w.actor(), round.Watch{Gradients: true, Poll: time.Hour})
	require.EqualValues(t, id, seen.next().Round.ID)
	w.score()
	require.EqualValues(t, 1, seen.next().Round.Validations)
	w.ok(trainer.SubmitGradient(t.Context(), id, gradientCID(1)))
	require.EqualValues(t, 1, seen.next().Round.Gradients)
	require.Equal(t, trainer.Wallet(), seen.next().Gradient.Trainer)
	w.ok(w.actor().Postvalidate(t.Context(), id, trainer.Wallet(), 6000))
	w.ok(creator.FinalizeRound(t.Context(), id))
	claimed := w.ok(trainer.ClaimTrainer(t.Context(), id))
	require.Len(t, claimed.Events, 2)
}

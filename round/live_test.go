package round_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// The same over real sockets: HTTP for calls, a websocket for changes.
func TestOverHTTPAndWebsocket(t *testing.T) {
	net := localnet.New(t, localnet.Empty(), localnet.WithProgram(round.LocalProgram, round.Program()))
	w := &world{T: t, net: net, route: chaintest.Route{Config: chain.Config{Network: chain.Network{RPC: net.URL(), WS: net.WSURL()}}}}
	w.ok(w.actor().Initialize(t.Context()))
	creator, trainer := w.actor(), w.trainer()
	id, _, err := creator.CreateRound(t.Context(), aRound)
	require.NoError(t, err)

	// Polling once an hour, so that changes come from the websocket.
	seen := chaintest.Watch(t, w.actor().Watch, round.Watch{Gradients: true, Poll: time.Hour})
	require.EqualValues(t, id, seen.Next().Round.ID)
	w.score()
	require.EqualValues(t, 1, seen.Next().Round.Validations)
	w.ok(trainer.SubmitGradient(t.Context(), id, gradientCID(1)))
	require.EqualValues(t, 1, seen.Next().Round.Gradients)
	require.Equal(t, trainer.Wallet(), seen.Next().Gradient.Trainer)
	w.ok(w.actor().Postvalidate(t.Context(), id, trainer.Wallet(), 6000))
	w.ok(creator.FinalizeRound(t.Context(), id))
	claimed := w.ok(trainer.ClaimTrainer(t.Context(), id))
	require.Len(t, claimed.Events, 2)
}

package round_test

import (
	"net/http"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/round"
)

// Two programs and the system program over one client and one wallet: each refusal
// is attributed to its program, and reads of one see what the other has written.
func TestTwoProgramsOverOneClient(t *testing.T) {
	w, n := viaNode(t)
	ctx := t.Context()
	second := solana.PublicKey{2}
	require.NoError(t, w.net.AddProgram(second, round.Program()))
	one := w.actor()
	two, err := round.NewClient(round.Config{Chain: one.Chain(), Program: second})
	require.NoError(t, err)
	_, err = two.CreateTrainerProfile(ctx)
	require.ErrorContains(t, err, "was not initialized")
	w.ok(two.Initialize(ctx))

	id, _, err := one.CreateRound(ctx, aRound)
	require.NoError(t, err)
	again, _, err := two.CreateRound(ctx, aRound)
	require.NoError(t, err)
	require.Equal(t, id, again, "each program counts for itself")
	for _, c := range []*round.Client{one, two} {
		_, err = c.ForceFinalize(ctx, id)
		require.ErrorIs(t, err, round.ErrTooEarly)
		require.Equal(t, c.Addresses().Program, programOf(t, err))
	}

	paid, err := one.Chain().Send(ctx, []solana.Instruction{system.NewTransferInstruction(sol, one.Wallet(), wallet).Build()})
	require.NoError(t, err)
	var least float64
	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getAccountInfo" {
			least, _ = c.Params[1].(map[string]any)["minContextSlot"].(float64)
		}
		return nil, nil
	})
	_, err = two.Round(ctx, id)
	require.NoError(t, err)
	require.EqualValues(t, paid.Slot, least)
}

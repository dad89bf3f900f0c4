package view_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

// A run with as many members as there can be is what its roster says, and its money adds up with all their stakes.
func TestLargestRun(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	ctx, runs := t.Context(), s.Creator.Runs
	one, err := runs.Run(ctx, scene.RunID)
	require.NoError(t, err)
	stakes := uint64(0)
	for i := 1; i < run.MaxMembers; i++ {
		_, err := s.Player(t, fmt.Sprint("member", i)).Runs.Join(ctx, one, uint64(1000+i), [32]byte{1})
		require.NoError(t, err)
		stakes += uint64(1000 + i)
	}
	v, err := s.Reader.Run(ctx, scene.RunID)
	require.NoError(t, err)
	seen, err := runs.View(ctx, scene.RunID)
	require.NoError(t, err)
	require.Len(t, v.Slots, run.MaxMembers)
	for i, slot := range seen.Roster.Slots {
		require.Equal(t, view.Slot{Slot: i, Wallet: slot.Wallet.String(), Status: slot.Status.String(), Stake: view.Amount(slot.Stake)}, v.Slots[i])
	}
	require.Equal(t, view.Amount(stakes), part(t, v.Money.Out, "stakes"))
	require.True(t, v.Money.Holds)
	require.Equal(t, total(v.Money.In), total(v.Money.Out))
	text, err := json.Marshal(v)
	require.NoError(t, err)
	require.Less(t, len(text), 100_000)
}

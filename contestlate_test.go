package decloud_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/round"
)

// A transaction of before a kill arrives between the look at the chain and the next one's: the epoch is opened once.
func TestContestOpensUnderTheIDThatWasFree(t *testing.T) {
	h := newHost(t, 1)
	calls := 0
	h.cfg.Change = func(terms *decloud.Terms) {
		if calls++; calls != 2 { // the first look is before anything is opened
			return
		}
		late := *terms
		fair := *terms.Fair
		fair.Task, fair.Bond = round.TaskData, fair.Bond+1
		late.Fair = &fair
		_, _, err := h.creator.Rounds.CreateRound(t.Context(), late.Spec(round.Spec{ModelCID: h.pkg.String(), Reward: epochReward, Dataset: 0}))
		require.NoError(t, err)
	}
	done := h.start(t)
	h.play(t, h.active(t, 1).ID, [3]uint32{9000, 8000, 4000})
	require.NoError(t, <-done)
	require.Len(t, h.rounds(t), 1)
	require.Zero(t, h.count(decloud.ContestOpened)+h.count(decloud.ContestCancelled))
	h.everythingIsPaid(t)
}

// Who submitted what is known from events once the accounts of the submissions are closed. A reader remembers it, and reads a
// part of the round's history in each call.
func TestStandingsOfClosedSubmissions(t *testing.T) {
	h := newHost(t, 1)
	done := h.start(t)
	r := h.active(t, 1)
	h.play(t, r.ID, [3]uint32{9000, 8000, 4000})
	require.NoError(t, <-done)
	h.everythingIsPaid(t)
	before, err := h.creator.Standings(t.Context(), h.creator.Wallet.PublicKey(), h.pkg)
	require.NoError(t, err)
	read := func(r *decloud.StandingsReader) decloud.Standings {
		t.Helper()
		s, err := r.Read(t.Context(), h.creator.Wallet.PublicKey(), h.pkg)
		require.NoError(t, err)
		return s
	}
	early := &decloud.StandingsReader{Client: h.creator.Client, MaxHistory: 1}
	require.Equal(t, before, read(early))
	h.Net.Warp(25 * time.Hour)
	for _, m := range h.miners {
		_, err := m.Rounds.CloseGradient(t.Context(), r.ID, m.Wallet.PublicKey())
		require.NoError(t, err)
	}
	left, err := h.creator.Rounds.Gradients(t.Context(), r.ID)
	require.NoError(t, err)
	require.Empty(t, left)
	after, err := h.creator.Standings(t.Context(), h.creator.Wallet.PublicKey(), h.pkg)
	require.NoError(t, err)
	require.Equal(t, before.Miners, after.Miners)
	for i := range before.Epochs[0].Entries {
		require.Equal(t, before.Epochs[0].Entries[i], after.Epochs[0].Entries[i])
	}
	require.Equal(t, before.Miners, read(early).Miners)
	late := &decloud.StandingsReader{Client: h.creator.Client, MaxHistory: 1}
	require.Empty(t, read(late).Miners, "the newest transaction closes an account")
	calls := 1
	for ; len(read(late).Miners) < len(before.Miners); calls++ {
		require.Less(t, calls, 1000)
	}
	require.Greater(t, calls, 10)
	require.Equal(t, before.Miners, read(late).Miners)
}

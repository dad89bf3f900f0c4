package run_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// A refusal that time alone lifts says when: a slot is kept for prune_after, and a
// run with unclaimed points for 180 days.
func TestRuleSaysWhen(t *testing.T) {
	now := time.Unix(1_800_000_000, 0).UTC()
	v := &run.View{
		Run:    &run.Run{State: run.Paused, Authority: solana.PublicKey{1}, CreatedSlot: 5, Settings: run.Settings{PruneAfter: time.Hour}},
		Roster: &run.Roster{}, Ballots: &run.Ballots{}, Now: now, Slot: 9,
	}
	v.Roster.Slots[3] = run.Slot{Wallet: solana.PublicKey{2}, Status: run.Dropped, LeftAt: now.Add(-time.Minute)}
	m := &run.Member{Wallet: solana.PublicKey{2}, CreatedSlot: 5, Slot: 3}
	for name, err := range map[string]error{"prune": v.CanPrune(m), "join": v.CanJoin(m.Wallet, m, 0)} {
		var e *run.RuleError
		require.ErrorAs(t, err, &e, name)
		require.ErrorIs(t, err, run.ErrNotGone, name)
		require.Equal(t, now.Add(59*time.Minute), e.From, name)
		require.Contains(t, err.Error(), e.From.Format(time.RFC3339))
	}
	v.Now = now.Add(59 * time.Minute)
	require.NoError(t, v.CanPrune(m))
	v.Run.State, v.Run.Owed, v.Run.StateStartedAt = run.Finished, 1, now
	var e *run.RuleError
	require.ErrorAs(t, v.CanClose(solana.PublicKey{1}), &e)
	require.Equal(t, now.Add(run.ClaimPeriod), e.From)
	v.Run.Stakes = 1
	require.ErrorAs(t, v.CanClose(solana.PublicKey{1}), &e)
	require.Zero(t, e.From, "time alone pays no stake back")
	require.ErrorIs(t, v.CanClose(solana.PublicKey{7}), chain.ErrConstraintHasOne)
	require.ErrorIs(t, v.CanReady(nil), chain.ErrAccountNotInitialized)
	require.ErrorIs(t, v.CanTick(), run.ErrRunHalted)
}

// The protocol's authority changes the program of parents and hands the protocol on.
func TestProtocolAuthority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, 1, run.Spec{}, nil)
		ctx, first, next := t.Context(), l.clientOf(t, l.net.Authority()), l.members[0]
		_, err := next.UpdateProtocol(ctx, solana.PublicKey{3})
		require.ErrorIs(t, err, chain.ErrConstraintHasOne)
		_, err = first.UpdateProtocol(ctx, solana.PublicKey{})
		require.ErrorIs(t, err, run.ErrArgument)
		_, err = first.UpdateProtocol(ctx, solana.PublicKey{3})
		require.NoError(t, err)
		_, err = next.AcceptProtocolAuthority(ctx)
		require.ErrorIs(t, err, chain.ErrConstraintHasOne)
		_, err = first.ProposeProtocolAuthority(ctx, next.Wallet())
		require.NoError(t, err)
		_, err = next.AcceptProtocolAuthority(ctx)
		require.NoError(t, err)
		p, err := l.Protocol(ctx)
		require.NoError(t, err)
		require.Equal(t, next.Wallet(), p.Authority)
		require.Zero(t, p.PendingAuthority)
		require.Equal(t, solana.PublicKey{3}, p.RoundProgram)
	})
}

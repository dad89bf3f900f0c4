package run_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// conserved requires that the vault holds what is due, to the lamport.
func (l *lab) conserved(t testing.TB) {
	t.Helper()
	v := l.view(t)
	due := uint64(0)
	for _, s := range v.Roster.Slots {
		due += s.Due()
	}
	members, err := l.Members(t.Context(), l.r.Address)
	require.NoError(t, err)
	for _, m := range members {
		if m.Slot < 0 && m.Of(v.Run) {
			due += m.Totals.Due()
		}
	}
	require.Equal(t, v.Run.Owed, due)
	acc, ok := l.net.Account(v.Run.Vault)
	require.True(t, ok)
	rent := uint64((128 + len(acc.Data)) * 6_960)
	require.Equal(t, v.Run.Liabilities(), acc.Lamports-rent)
}

// An epoch of a run that pays SOL, from creation to the claims, through every verb.
func TestEpochWithWitnesses(t *testing.T) {
	l := newLab(t, 3, run.Spec{Name: "a name", Treasury: run.SOL}, nil)
	earning, shared := uint64(1_000_000), false
	_, err := l.SetFutureEpochRates(t.Context(), l.r, run.SetFutureEpochRates{Earning: &earning, Shared: &shared})
	require.NoError(t, err)
	v := l.begin(t)
	require.Equal(t, uint64(3_000_000), v.Run.Reserved)
	require.Equal(t, 3, v.Run.Drawn)
	for i, s := range run.DrawOrder(v.Run.Seed, v.Run.DrawnFrom) {
		require.Equal(t, s, v.Ballots.Verifiers[i].Slot, "the draw")
	}
	for round := range 2 {
		l.submit(t, v)
		v = l.verify(t, run.Ballot{Digest: run.Digest{42, byte(round)}})
		require.Equal(t, run.Digest{42, byte(round)}, v.Run.Model)
		require.Equal(t, uint32(round+1), v.Run.Step)
		if round == 0 {
			require.Equal(t, run.RoundTrain, v.Run.State)
			v = l.draw(t)
		}
	}
	require.Equal(t, run.Cooldown, v.Run.State)
	require.Equal(t, uint64(3_000_000), v.Run.Owed)
	l.conserved(t)
	for _, m := range l.members {
		member, err := m.Member(t.Context(), l.r.Address, m.Wallet())
		require.NoError(t, err)
		require.Equal(t, []run.Step{{Kind: run.StepClaim, RunID: "lab", Epoch: v.Run.Epoch, Round: v.Run.Round}}, v.Next(m.Wallet(), member))
		receipt, err := m.Claim(t.Context(), l.r, 1_000_000)
		require.NoError(t, err)
		require.Equal(t, []run.Event{run.PointsClaimed{Run: l.r.Address, Wallet: m.Wallet(), Points: 1_000_000}}, receipt.Events)
	}
	l.conserved(t)
	l.net.Warp(5 * time.Second)
	require.Equal(t, run.WaitingForMembers, l.tick(t).Run.State)
	require.Equal(t, uint32(1), l.view(t).Run.Epoch)
}

// A round of a run with voters: winners are paid from the pool, the silent and the
// wrong ones are slashed.
func TestRoundWithVoters(t *testing.T) {
	const stake = 10 * chain.LamportsPerSOL
	l := newLab(t, 4, run.Spec{Treasury: run.SOL}, func(u *run.UpdateConfig) {
		u.Verification = run.Vote
		u.Settings.Voters, u.Settings.MinStake, u.Settings.SlashBps = 2, stake, 1_000
		u.Settings.MinClients, u.Settings.InitMinClients = 3, 4
	})
	v := l.begin(t)
	require.Equal(t, 2, v.Run.Drawn)
	require.Equal(t, 2, v.Proposers())
	v = l.verify(t, run.Ballot{Digest: run.Digest{5}, Score: 1, Accuracy: 9_000, Included: l.submit(t, v).Ballots.Submitted})
	require.Equal(t, run.Digest{5}, v.Run.Model)
	require.Equal(t, v.Run.Owed/4, v.Roster.Slots[0].Earned)
	l.conserved(t)

	v = l.submit(t, l.draw(t))
	v = l.verify(t, run.Ballot{Digest: run.Digest{6}, Score: -1, Included: v.Ballots.Submitted})
	require.Equal(t, run.Digest{5}, v.Run.Model, "turned down")
	loser := -1
	for i, s := range v.Roster.Slots {
		if s.SlashDue > 0 {
			require.Equal(t, uint64(stake/10), s.SlashDue)
			loser = i
		}
	}
	require.GreaterOrEqual(t, loser, 0)
	wallet := v.Roster.Slots[loser].Wallet
	var steps []run.Step
	for _, m := range l.members {
		member, err := m.Member(t.Context(), l.r.Address, m.Wallet())
		require.NoError(t, err)
		steps = append(steps, v.Next(m.Wallet(), member)...)
	}
	require.Contains(t, steps, run.Step{Kind: run.StepSlash, RunID: "lab", Epoch: v.Run.Epoch, Round: v.Run.Round, Wallet: wallet})
	for _, m := range l.members {
		if m.Wallet() == wallet {
			_, err := m.Slash(t.Context(), l.r, wallet)
			require.ErrorIs(t, err, run.ErrConflictOfInterest)
		}
	}
	_, err := l.Slash(t.Context(), l.r, wallet)
	require.NoError(t, err)
	l.conserved(t)
}

func TestRefusals(t *testing.T) {
	l := newLab(t, 3, run.Spec{}, nil)
	_, _, err := l.CreateRun(t.Context(), run.Spec{ID: "lab"})
	require.ErrorIs(t, err, chain.ErrAccountInUse)
	_, _, err = l.CreateRun(t.Context(), run.Spec{ID: "No"})
	require.ErrorIs(t, err, run.ErrArgument)
	_, err = l.members[0].SetPaused(t.Context(), l.r, true)
	require.ErrorIs(t, err, chain.ErrConstraintHasOne)
	_, err = l.members[0].Join(t.Context(), l.view(t).Run, 0, [32]byte{})
	require.ErrorIs(t, err, run.ErrAlreadyJoined)
	_, err = l.Join(t.Context(), l.r, 0, [32]byte{})
	require.ErrorIs(t, err, run.ErrStaleTerms, "read before it was resumed")
	_, err = l.TopUp(t.Context(), l.r, 1, solana.PublicKey{})
	require.ErrorIs(t, err, run.ErrNoTreasury)
	_, err = l.DisallowJoin(t.Context(), run.Anybody)
	require.NoError(t, err)
	_, err = l.Join(t.Context(), l.view(t).Run, 0, [32]byte{})
	require.ErrorIs(t, err, run.ErrNotAuthorized)
	_, err = l.AllowJoin(t.Context(), l.members[0].Wallet())
	require.NoError(t, err)
	_, err = l.members[0].SetDelegates(t.Context(), l.Wallet(), l.Wallet())
	require.NoError(t, err)
	_, err = l.Join(t.Context(), l.view(t).Run, 0, [32]byte{})
	require.NoError(t, err, "a delegate")
	_, err = l.Leave(t.Context(), l.r)
	require.NoError(t, err)
	v := l.view(t)
	_, err = l.Prune(t.Context(), v, v.Roster.Find(l.Wallet()))
	require.ErrorIs(t, err, run.ErrNotGone)
	l.net.Warp(2 * time.Hour)
	_, err = l.Prune(t.Context(), v, v.Roster.Find(l.Wallet()))
	require.NoError(t, err)
	m, err := l.Member(t.Context(), l.r.Address, l.Wallet())
	require.NoError(t, err)
	require.Equal(t, -1, m.Slot)
	_, err = l.CloseMember(t.Context(), m)
	require.NoError(t, err)
	runs, err := l.Runs(t.Context())
	require.NoError(t, err)
	require.Len(t, runs, 1)
}

// A run is created again where somebody has sent lamports to the roster's address.
func TestRosterWithLamports(t *testing.T) {
	l := newLab(t, 0, run.Spec{}, nil)
	for _, lamports := range []uint64{1_000_000, chain.LamportsPerSOL} {
		id := "sent" + string(rune('a'+lamports%26))
		require.NoError(t, l.net.Fund(l.Addresses().Roster(l.Wallet(), id), lamports))
		r, _, err := l.CreateRun(t.Context(), run.Spec{ID: id})
		require.NoError(t, err)
		_, err = l.CloseRun(t.Context(), r)
		require.NoError(t, err)
		_, err = l.Run(t.Context(), id)
		require.ErrorIs(t, err, chain.ErrNotFound)
	}
}

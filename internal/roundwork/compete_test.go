package roundwork_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
)

// rivals are the wallets that took part in a round, all of which look at each of its
// duties again and again.
type rivals struct {
	*roundtest.World
	t   *testing.T
	id  uint64
	all []roundtest.Player

	creator roundtest.Player
}

// newRivals opens a round past its deadline, with an outlier among those who scored,
// and a gradient.
func newRivals(t *testing.T) *rivals {
	t.Helper()
	v := &rivals{World: roundtest.New(t), t: t}
	v.creator = v.Player(t, "creator")
	v.id = v.Launch(t, v.creator, func(o *round.Options) { o.MinValidatorStake, o.MinPostvalidations = chain.LamportsPerSOL, 1 })
	for name, accuracy := range map[string]uint32{"one": 5000, "two": 5000, "three": 5000, "outlier": 9000} {
		p := v.Player(t, name)
		_, err := p.Rounds.AddStake(t.Context(), 2*chain.LamportsPerSOL)
		require.NoError(t, err)
		_, err = p.Rounds.Prevalidate(t.Context(), v.id, accuracy)
		require.NoError(t, err)
		v.all = append(v.all, p)
	}
	trainer := v.Player(t, "trainer")
	_, err := trainer.Rounds.CreateTrainerProfile(t.Context())
	require.NoError(t, err)
	_, err = trainer.Rounds.SubmitGradient(t.Context(), v.id, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	for _, p := range v.all {
		_, err := p.Rounds.Postvalidate(t.Context(), v.id, trainer.Wallet.PublicKey(), 6000)
		require.NoError(t, err)
	}
	v.all = append(v.all, trainer)
	v.Net.Warp(13 * time.Hour)
	return v
}

// landed counts the transactions about the round, and those that failed.
func (v *rivals) landed() (all, failed int) {
	signatures, err := v.Net.RPC().GetSignaturesForAddressWithOpts(v.t.Context(), v.all[0].Rounds.Addresses().Round(v.id), &rpc.GetSignaturesForAddressOpts{Commitment: rpc.CommitmentConfirmed})
	require.NoError(v.t, err)
	for _, s := range signatures {
		if s.Err != nil {
			failed++
		}
	}
	return len(signatures), failed
}

// compete has all wallets look at a duty at the same time, every few seconds, until
// each has had its turn. It returns how often the duty was done, and how many
// transactions that took.
func (v *rivals) compete(kind round.StepKind) (done, transactions int) {
	const between = 5 * time.Second
	before, _ := v.landed()
	var told atomic.Int64
	after := make([]roundwork.Aftermath, len(v.all))
	pay := make([]*roundwork.Payments, len(v.all))
	for i, p := range v.all {
		var err error
		pay[i], err = roundwork.NewPayments(p.Rounds, time.Second, roundwork.Bounds{})
		require.NoError(v.t, err)
	}
	for range len(v.all) * 4 {
		var group sync.WaitGroup
		for i, p := range v.all {
			group.Go(func() {
				err := roundwork.Duties{Rounds: p.Rounds, Pay: pay[i]}.Do(v.t.Context(), &after[i], round.Step{Kind: kind, RoundID: v.id}, func(roundwork.Done) { told.Add(1) })
				var refused *chain.ProgramError
				require.NotErrorAs(v.t, err, &refused)
			})
		}
		group.Wait()
		v.Net.Warp(between)
	}
	now, failed := v.landed()
	require.Zero(v.t, failed, "a wallet paid for a transaction that failed")
	return int(told.Load()), now - before
}

// Everybody who took part looks at what is to be done, and one of them pays for one
// transaction.
func TestRivalsDoEachDutyOnce(t *testing.T) {
	v := newRivals(t)
	once := func(kind round.StepKind) {
		t.Helper()
		done, transactions := v.compete(kind)
		require.Equal(t, 1, done)
		require.Equal(t, 1, transactions)
	}
	once(round.StepFinalize)
	r, err := v.all[0].Rounds.Round(t.Context(), v.id)
	require.NoError(t, err)
	require.Equal(t, round.Finalized, r.Status)
	once(round.StepSlash)
	v.Net.Warp(r.FinalizedAt.Add(time.Hour).Sub(v.Net.Now()))
	once(round.StepSettle)
}

// The rent of an outlier comes back once it was slashed, or once its round is closed: where nobody has slashed it, since
// that pays nobody, it closes the round.
func TestAnOutlierThatNobodySlashesClosesItsRound(t *testing.T) {
	v := newRivals(t)
	_, err := v.all[0].Rounds.ForceFinalize(t.Context(), v.id)
	require.NoError(t, err)
	ends := func() int {
		_, transactions := v.compete(round.StepCloseRound)
		return transactions
	}
	r, err := v.creator.Rounds.Round(t.Context(), v.id)
	require.NoError(t, err)
	require.Zero(t, ends(), "its claim period is not over")
	v.Net.Warp(r.ClaimsEnd().Add(2 * time.Hour).Sub(v.Net.Now()))
	_, err = v.creator.Rounds.WithdrawRemainder(t.Context(), v.id)
	require.NoError(t, err)
	require.Equal(t, 1, ends())
	_, err = v.creator.Rounds.Round(t.Context(), v.id)
	require.ErrorIs(t, err, chain.ErrNotFound)
}

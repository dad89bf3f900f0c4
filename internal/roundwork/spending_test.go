package roundwork_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// left is what transactions of a wallet took out of it, by the chain: fees, and what else it paid.
func (c *crew) left(wallet solana.PublicKey, but map[solana.Signature]bool) (sum uint64) {
	for _, s := range c.signatures(wallet) {
		if but[s] {
			continue
		}
		tx, err := c.Net.RPC().GetTransaction(c.t.Context(), s, &rpc.GetTransactionOpts{Commitment: rpc.CommitmentConfirmed, Encoding: solana.EncodingBase64})
		require.NoError(c.t, err)
		sum += tx.Meta.Fee
		if paid := tx.Meta.PreBalances[0] - tx.Meta.Fee; paid > tx.Meta.PostBalances[0] {
			sum += paid - tx.Meta.PostBalances[0]
		}
	}
	return sum
}

// signatures are those of the transactions that a wallet paid for.
func (c *crew) signatures(wallet solana.PublicKey) (all []solana.Signature) {
	listed, err := c.Net.RPC().GetSignaturesForAddressWithOpts(c.t.Context(), wallet, &rpc.GetSignaturesForAddressOpts{Commitment: rpc.CommitmentConfirmed})
	require.NoError(c.t, err)
	for _, s := range listed {
		tx, err := c.Net.RPC().GetTransaction(c.t.Context(), s.Signature, &rpc.GetTransactionOpts{Commitment: rpc.CommitmentConfirmed, Encoding: solana.EncodingBase64})
		require.NoError(c.t, err)
		decoded, err := tx.Transaction.GetTransaction()
		require.NoError(c.t, err)
		if decoded.Message.AccountKeys[0] == wallet {
			all = append(all, s.Signature)
		}
	}
	return all
}

func (c *crew) before(wallet solana.PublicKey) map[solana.Signature]bool {
	seen := map[solana.Signature]bool{}
	for _, s := range c.signatures(wallet) {
		seen[s] = true
	}
	return seen
}

// spent is what a worker has noted.
func spent(t *testing.T, home string, wallet solana.PublicKey) (sum uint64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(home, fmt.Sprintf("spent-%s.json", wallet)))
	require.NoError(t, err)
	var entries []struct{ Lamports uint64 }
	require.NoError(t, json.Unmarshal(text, &entries))
	for _, e := range entries {
		sum += e.Lamports
	}
	return sum
}

// A whole round, from the profile to the rent that comes back, with its duties and a priority fee: every lamport that
// left the wallets is in the books.
func TestEverythingThatLeavesAWalletIsCounted(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.route.PriorityFee, c.route.ComputeUnits = 100_000, 400_000
		c.id = c.Launch(t, c.Player(t, "creator"), func(o *round.Options) { o.MinValidatorStake = sol; o.MinPrevalidations, o.MinPostvalidations = 1, 1 })
		judge, pupil, homes := c.staked("judge"), c.Player(t, "pupil"), map[string]string{"judge": t.TempDir(), "pupil": t.TempDir()}
		stakes := c.before(judge.Wallet.PublicKey())
		c.validator("judge", judge.Wallet, func(v *validator.Config) { v.Dir, v.MaxSpending = homes["judge"], sol })
		c.happen(1, "base")
		for i := range 3 { // who are far from the worker's score
			p := c.staked(fmt.Sprint("other ", i))
			_, err := p.Rounds.Prevalidate(t.Context(), c.id, uint32(9000+i/2*-8000))
			require.NoError(t, err)
		}
		c.trainer("pupil", pupil.Wallet, func(v *trainer.Config) {
			v.Dir, v.MaxSpending, v.Policy.MinQuorum = homes["pupil"], sol, 1
		})
		c.submit("offline", 1)
		c.happen(2, "gradient")
		c.overdue()
		c.happen(4, "claimed")
		c.until("settled", func() bool { return len(c.told("settled")) > 0 })
		c.Net.Warp(25 * time.Hour)
		c.until("closed", func() bool {
			gradients, err := c.anybody().GradientsOf(t.Context(), pupil.Wallet.PublicKey())
			require.NoError(t, err)
			scores, err := c.anybody().PostValidationsOf(t.Context(), judge.Wallet.PublicKey())
			require.NoError(t, err)
			return len(gradients)+len(scores) == 0
		})
		require.NotEmpty(t, c.told("slashed"))
		// A score of the base counts as much as one of a gradient, whose account has 33 bytes more.
		require.Equal(t, c.left(judge.Wallet.PublicKey(), stakes)+33*6960, spent(t, homes["judge"], judge.Wallet.PublicKey()))
		require.Equal(t, c.left(pupil.Wallet.PublicKey(), nil), spent(t, homes["pupil"], pupil.Wallet.PublicKey()))
	})
}

// A worker that is started again and again spends no more than one that was not.
func TestSpendingCapHoldsOverRestarts(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.id = c.Launch(t, c.Player(t, "creator"), roundtest.Quorum(1), func(o *round.Options) { o.Deadline = o.Deadline.Add(72 * time.Hour) })
		judge, home := c.Player(t, "judge"), t.TempDir()
		offer := c.round().OfferToValidate(5000)
		limit := 3 * (5000 + offer.Rent) // a score of the base is no dearer than that of a gradient
		bounded := func(v *validator.Config) { v.Dir, v.MaxSpending, v.Poll = home, limit, 10*time.Minute }
		stop := c.validator("judge", judge.Wallet, bounded)
		c.happen(1, "base")
		for i := range 5 {
			c.submit(fmt.Sprint("trainer ", i), i)
		}
		c.happen(2, "gradient")
		for range 3 {
			stop()
			stop = c.validator("judge", judge.Wallet, bounded)
			time.Sleep(time.Hour)
		}
		require.Len(t, c.told("gradient"), 2)
		require.ErrorIs(t, c.told("failed")[0].err, roundwork.ErrSpending)
		require.LessOrEqual(t, c.left(judge.Wallet.PublicKey(), nil), limit)
		stop()
		time.Sleep(24 * time.Hour)
		c.validator("judge", judge.Wallet, bounded)
		c.happen(5, "gradient") // a day later it goes on
		require.LessOrEqual(t, c.left(judge.Wallet.PublicKey(), nil), 2*limit)
		require.Zero(t, c.failed(judge.Wallet.PublicKey()))
	})
}

func TestWorkersSayWhatToDoAboutADamagedLedger(t *testing.T) {
	c := &crew{World: roundtest.New(t), t: t}
	p := c.Player(t, "player")
	path := filepath.Join(p.Dir, fmt.Sprintf("spent-%s.json", p.Wallet.PublicKey()))
	require.NoError(t, os.WriteFile(path, []byte(`[{"minute":`), 0o600))
	test, train := roundtest.Digits(t)
	_, err := validator.NewWorker(validator.Config{Rounds: p.Rounds, Store: p.Store, Data: data(test), Dir: p.Dir, MaxSpending: sol})
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "remove it")
	_, err = trainer.NewWorker(trainer.Config{Rounds: p.Rounds, Store: p.Store, Data: data(train), Dir: p.Dir, MaxSpending: sol})
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "remove it")
}

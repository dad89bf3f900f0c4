package round_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestOfferCountsThoseWhoWillShare(t *testing.T) {
	r := &round.Round{Reward: sol, ValidatorShareBps: 1000, FeeBps: 200, SlashBps: 1000,
		Options: round.Options{MinPrevalidations: 3, MinPostvalidations: 3, MinValidatorStake: sol + 19}}
	share := func(of uint64) uint64 { return r.Terms().Payment(sol / 10 / of).Net }
	for _, c := range []struct {
		gradients   uint8
		validations uint16
		improvement uint64
		of          uint64
	}{
		{0, 0, 0, 32}, {0, 31, 0, 32}, {0, 32, 0, 33}, {60, 3, 0, 183}, // 60 junk gradients need 3 scores each
		{1, 5, 7, 6}, {1, 6, 7, 7}, {255, 0, 7, 768}, {255, 6143, 7, 6144},
	} {
		r.Gradients, r.Validations, r.Improvement = c.gradients, c.validations, c.improvement
		o := r.OfferToValidate(5000)
		require.Equal(t, share(c.of), o.Share, "%+v", c)
		require.EqualValues(t, 15_000, o.Fees)
		require.EqualValues(t, sol/10+1, o.Risk)
		require.EqualValues(t, int64(o.Share)-15_000, o.Net())
	}
	require.Zero(t, r.OfferToValidate(5000).Later)
	r.Options.CommitReveal = true
	require.EqualValues(t, 5000+2*3480*(128+88), r.OfferToValidate(5000).Later, "a score's rent is taken before a commitment's comes back")
	require.Negative(t, round.Offer{Share: 1, Fees: 2}.Net())
	require.Positive(t, round.Offer{Share: 1<<64 - 1, Fees: 2}.Net())
}

// What the offer says is what the chain then takes and pays.
func TestOfferIsWhatAValidatorPaysAndGets(t *testing.T) {
	for name, commitReveal := range map[string]bool{"plain": false, "commit-reveal": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ctx := t.Context()
			p, err := w.authority.Parameters(ctx)
			require.NoError(t, err)
			options := p.Options(w.now())
			options.CommitReveal, options.CommitWindow = commitReveal, time.Minute
			spec := aRound
			spec.Options = &options
			creator, validator, trainer := w.actor(), w.actor(), w.trainer()
			id, _, err := creator.CreateRound(ctx, spec)
			require.NoError(t, err)
			score := func(do func() (round.Receipt, error), reveal func() (round.Receipt, error)) (paid uint64) {
				before := w.balance(validator.Wallet())
				w.ok(do())
				paid = before - w.balance(validator.Wallet())
				if commitReveal {
					w.net.Warp(time.Minute)
					w.ok(reveal())
					w.net.Warp(time.Minute)
				}
				return paid
			}
			if commitReveal {
				score(func() (round.Receipt, error) { return validator.CommitValidation(ctx, id, round.BaseModel, 5000) },
					func() (round.Receipt, error) { return validator.Reveal(ctx, id, round.BaseModel) })
			} else {
				score(func() (round.Receipt, error) { return validator.Prevalidate(ctx, id, 5000) }, nil)
			}
			w.ok(trainer.SubmitGradient(ctx, id, gradientCID(1)))
			r, err := validator.Round(ctx, id)
			require.NoError(t, err)
			offer := r.OfferToValidate(validator.Chain().MaxFee())

			start := w.balance(validator.Wallet())
			paid := uint64(0)
			if commitReveal {
				paid = score(func() (round.Receipt, error) { return validator.CommitValidation(ctx, id, trainer.Wallet(), 6000) },
					func() (round.Receipt, error) { return validator.Reveal(ctx, id, trainer.Wallet()) })
			} else {
				paid = score(func() (round.Receipt, error) { return validator.Postvalidate(ctx, id, trainer.Wallet(), 6000) }, nil)
			}
			require.Equal(t, offer.Rent+5000, paid)
			w.ok(creator.FinalizeRound(ctx, id))
			w.ok(validator.ClaimValidatorPost(ctx, id, trainer.Wallet()))
			w.net.Warp(round.CloseAfter + time.Second)
			w.ok(validator.CloseValidation(ctx, id, trainer.Wallet(), validator.Wallet()))
			r, err = validator.Round(ctx, id)
			require.NoError(t, err)
			share := r.Shares().Payment(reward.Shares{Terms: r.Terms(), Validations: 2, Improvement: 1}.ValidatorGross()).Net
			require.GreaterOrEqual(t, share, offer.Share, "two of them share in the end, not 32")
			require.Equal(t, start+share-offer.Fees, w.balance(validator.Wallet()))
		})
	}
}

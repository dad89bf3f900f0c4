package round_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// Random rounds, played on the chain and computed by packages reward and rating:
// the same ledger after every claim, the same balances to the lamport, the same
// stars.
func TestTheProgramPaysWhatRewardComputes(t *testing.T) {
	seeds := uint64(30)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 17))
			g := newGame(t, rng)
			g.play(rng)
			g.compare(rng)
		})
	}
}

// game is one round with everybody who takes part in it.
type game struct {
	*world
	creator    *round.Client
	trainers   []*round.Client
	validators []*round.Client
	options    round.Options
	reward     uint64
	funded     bool // the treasury can take any fee from the start
	outcome    reward.Outcome
}

func newGame(t *testing.T, rng *rand.Rand) *game {
	g := &game{world: newWorld(t, localnet.WithSlotTime(-1)), funded: rng.IntN(2) == 0}
	if g.funded {
		require.NoError(t, g.net.Fund(round.LocalTreasury, sol))
	}
	g.reward = 1 + rng.Uint64N([]uint64{100, 10_000_000, 500 * sol}[rng.IntN(3)])
	g.creator = g.actor()
	for range 1 + rng.IntN(4) {
		g.trainers = append(g.trainers, g.trainer())
	}
	quorum := 1 + rng.IntN(3)
	rule := reward.Rule(rng.IntN(3))
	if rule != reward.Proportional {
		quorum = 3
	}
	for range quorum + rng.IntN(3) {
		g.validators = append(g.validators, g.actor())
	}
	g.options = round.Options{Deadline: g.now().Add(time.Hour), MinPrevalidations: uint8(quorum), MinPostvalidations: uint8(quorum), RewardRule: rule}
	g.outcome.BaseQuorum, g.outcome.GradientQuorum = uint8(quorum), uint8(quorum)
	return g
}

// play has everybody do their work, some of it badly.
func (g *game) play(rng *rand.Rand) {
	ctx := g.Context()
	_, _, err := g.creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: g.reward, Options: &g.options})
	require.NoError(g, err)
	around := func(honest int) uint32 {
		if rng.IntN(8) == 0 {
			return uint32(rng.IntN(10_001))
		}
		return uint32(honest + rng.IntN(5))
	}
	for _, v := range g.validators {
		accuracy := around(5000)
		g.ok(v.Prevalidate(ctx, 0, accuracy))
		g.outcome.Base = append(g.outcome.Base, reward.Score{Validator: v.Wallet(), Accuracy: accuracy})
	}
	for i, trainer := range g.trainers {
		g.ok(trainer.SubmitGradient(ctx, 0, gradientCID(i)))
		entry := reward.Gradient{Trainer: trainer.Wallet()}
		honest := 4500 + rng.IntN(1500)
		for _, v := range g.validators {
			if rng.IntN(6) == 0 {
				continue // does not score, so the quorum may be missed
			}
			accuracy := around(honest)
			g.ok(v.Postvalidate(ctx, 0, trainer.Wallet(), accuracy))
			entry.Scores = append(entry.Scores, reward.Score{Validator: v.Wallet(), Accuracy: accuracy})
		}
		g.outcome.Gradients = append(g.outcome.Gradients, entry)
	}
	g.net.Warp(2 * time.Hour)
	g.ok(g.creator.ForceFinalize(ctx, 0))
}

// claim is one wallet's claim and what it must change.
type claim struct {
	do   func() (round.Receipt, error)
	book func(*reward.Ledger, reward.Shares, reward.Treasury) uint64 // net
	who  *round.Client
	due  uint64 // what the treasury is to take
}

func (g *game) claims(st reward.Statement) []claim {
	wallets := map[solana.PublicKey]*round.Client{}
	for _, c := range append(append([]*round.Client{}, g.trainers...), g.validators...) {
		wallets[c.Wallet()] = c
	}
	var out []claim
	for _, l := range st.Lines {
		who := wallets[l.Claimant]
		c := claim{who: who, due: l.Payment.Fee}
		c.book = func(b *reward.Ledger, s reward.Shares, treasury reward.Treasury) uint64 {
			switch {
			case l.Role == reward.Trainer:
				return b.ClaimTrainer(s, l.Weight, treasury).Net
			case l.Outlier:
				b.Forfeit(s, treasury)
				return 0
			}
			return b.ClaimValidator(s, treasury).Net
		}
		switch l.Role {
		case reward.Trainer:
			c.do = func() (round.Receipt, error) { return who.ClaimTrainer(g.Context(), 0) }
		case reward.BaseValidator:
			c.do = func() (round.Receipt, error) { return who.ClaimValidatorPre(g.Context(), 0) }
		default:
			c.do = func() (round.Receipt, error) { return who.ClaimValidatorPost(g.Context(), 0, l.Subject) }
		}
		out = append(out, c)
	}
	return out
}

// compareWeights requires that the accounts give each gradient the weight that the statement has.
func (g *game) compareWeights(r *round.Round, st reward.Statement) {
	gradients, err := g.creator.Gradients(g.Context(), 0)
	require.NoError(g, err)
	for i, gradient := range gradients {
		require.Equal(g, st.Lines[i].Claimant, gradient.Trainer)
		require.Equal(g, st.Lines[i].Weight, r.Weight(gradient), "%s, gradient %d", r.Options.RewardRule, i)
	}
}

// rentExempt is the least that an account without data can hold.
const rentExempt = 890_880

func (g *game) compare(rng *rand.Rand) {
	ctx := g.Context()
	r, err := g.creator.Round(ctx, 0)
	require.NoError(g, err)
	g.outcome.Terms, g.outcome.OutlierTolerance = r.Terms(), r.OutlierTolerance
	st, err := reward.Divide(g.outcome)
	require.NoError(g, err)
	require.Equal(g, st.Shares, r.Shares())
	g.compareWeights(r, st)
	require.Equal(g, st.BaseAccuracy, r.BaseAccuracy)

	var books reward.Ledger
	claims := g.claims(st)
	rng.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
	for _, c := range claims {
		if rng.IntN(5) == 0 {
			g.withdraw(&books, st.Shares)
		}
		treasury := reward.Treasury(g.balance(round.LocalTreasury)+c.due >= rentExempt)
		before := g.balance(c.who.Wallet())
		net := c.book(&books, st.Shares, treasury)
		receipt := g.ok(c.do())
		require.Equal(g, before+net-receipt.Fee, g.balance(c.who.Wallet()))
		vault, err := g.creator.Vault(ctx, 0)
		require.NoError(g, err)
		require.Equal(g, books, vault.Ledger)
	}
	g.withdraw(&books, st.Shares)
	_, err = g.creator.Vault(ctx, 0)
	require.ErrorIs(g, err, chain.ErrNotFound, "all have claimed: it is closed")
	if g.funded {
		require.Equal(g, st.Paid(), books.PaidTrainers+books.PaidValidators)
		require.Equal(g, st.Fees, books.Fees)
		require.Equal(g, st.Remainder, books.Withdrawn)
		require.Equal(g, sol+st.Fees, g.balance(round.LocalTreasury))
	}
	g.stars()
}

// withdraw has the creator take the remainder, if there is any.
func (g *game) withdraw(books *reward.Ledger, s reward.Shares) {
	w, err := books.Remainder(s)
	require.NoError(g, err)
	if w == 0 && !books.Complete(s) {
		g.refused(round.ErrNothingToWithdraw)(g.creator.WithdrawRemainder(g.Context(), 0))
		return
	}
	receipt := g.ok(g.creator.WithdrawRemainder(g.Context(), 0))
	require.Equal(g, []round.Event{round.RemainderWithdrawn{Amount: w, Closed: books.Complete(s)}}, receipt.Events)
	_, err = books.Withdraw(s)
	require.NoError(g, err)
}

// stars compares every trainer's rating.
func (g *game) stars() {
	r, err := g.creator.Round(g.Context(), 0)
	require.NoError(g, err)
	for _, trainer := range g.trainers {
		profile, err := trainer.Profile(g.Context(), trainer.Wallet())
		require.NoError(g, err)
		gradient, err := trainer.Gradient(g.Context(), 0, trainer.Wallet())
		if errors.Is(err, chain.ErrNotFound) {
			continue
		}
		require.NoError(g, err)
		require.Equal(g, rating.NewProfile().Settle(r.Base(), gradient.Validations(r)), profile.Profile)
	}
}

package decloud_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

func newRound(quorum uint8) decloud.LaunchOptions {
	return decloud.LaunchOptions{Package: roundtest.Package(), Reward: 1_000_000_000, Quorum: quorum, Open: true}
}

func TestLaunchPublishesThePackageAndLocksTheReward(t *testing.T) {
	world := roundtest.New(t)
	c := world.Player(t, "creator").Client
	launched, err := c.Launch(t.Context(), newRound(0))
	require.NoError(t, err)

	r, err := c.Rounds.Round(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Equal(t, launched.CID.String(), r.ModelCID)
	require.EqualValues(t, 1_000_000_000, r.Reward)
	require.EqualValues(t, decloud.DefaultQuorum, r.Options.MinPrevalidations)
	require.EqualValues(t, decloud.DefaultQuorum, r.Options.MinPostvalidations)

	other := world.Player(t, "other").Client
	_, err = other.Store.Fetch(t.Context(), launched.CID)
	require.NoError(t, err, "whoever reads the round can fetch its package")
}

func TestLaunchWithTooFewLamports(t *testing.T) {
	world := roundtest.New(t)
	p := world.Poor(t, "creator")
	require.NoError(t, world.Net.Fund(p.Wallet.PublicKey(), 900_000_000))
	c := p.Client
	_, err := c.Launch(t.Context(), newRound(0))
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)
	require.ErrorContains(t, err, "nothing was published or paid")

	rounds, err := c.Rounds.Rounds(t.Context(), round.Filter{})
	require.NoError(t, err)
	require.Empty(t, rounds)
	balance, err := c.Chain.Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	require.EqualValues(t, 900_000_000, balance, "nothing was paid")
}

func TestLaunchPaysNothingForAPackageThatWasNotPublished(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "creator")
	c, err := decloud.New(decloud.Config{Dir: t.TempDir(), Chain: chain.Config{RPC: world.Net.RPC(), Signer: p.Wallet}}) // no Pusher
	require.NoError(t, err)
	launched, err := c.Launch(t.Context(), newRound(0))
	require.ErrorContains(t, err, launched.CID.String())
	require.ErrorContains(t, err, "no round created")
	balance, err := c.Chain.Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	require.EqualValues(t, 10_000_000_000, balance)
}

func TestClaimTakesEverythingOwed(t *testing.T) {
	world := roundtest.New(t)
	creator := world.Player(t, "creator").Client
	launched, err := creator.Launch(t.Context(), newRound(1))
	require.NoError(t, err)
	judge, pupil := world.Player(t, "judge").Client, world.Player(t, "pupil").Client
	id := launched.RoundID

	_, err = judge.Claim(t.Context(), id)
	require.ErrorIs(t, err, round.ErrRoundNotFinalized)

	playRound(t, id, judge, pupil)
	_, err = creator.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		who  *decloud.Client
		want int
	}{"trainer": {pupil, 1}, "validator": {judge, 2}} {
		before, err := c.who.Chain.Balance(t.Context(), c.who.Rounds.Wallet())
		require.NoError(t, err, name)
		paid, err := c.who.Claim(t.Context(), id)
		require.NoError(t, err, name)
		require.Equal(t, id, paid.RoundID, name)
		require.Len(t, paid.Receipts, c.want, name)
		after, err := c.who.Chain.Balance(t.Context(), c.who.Rounds.Wallet())
		require.NoError(t, err, name)
		require.Equal(t, after-before, paid.Lamports-5000*uint64(c.want), "%s: what is said to be paid arrives, less the fees", name)
		again, err := c.who.Claim(t.Context(), id)
		require.NoError(t, err, name)
		require.Empty(t, again.Receipts, name)
		require.Zero(t, again.Lamports, name)
	}
	_, err = creator.Claim(t.Context(), id)
	require.NoError(t, err)
	_, err = creator.Rounds.Vault(t.Context(), id)
	require.ErrorIs(t, err, chain.ErrNotFound, "all is paid: the vault is closed")
	again, err := creator.Claim(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, again.Receipts, "what was claimed before is left alone")
}

// playRound has a validator score the base and the pupil's submission of a round.
func playRound(t *testing.T, id uint64, judge, pupil *decloud.Client) {
	t.Helper()
	_, err := judge.Rounds.Prevalidate(t.Context(), id, 1000)
	require.NoError(t, err)
	_, err = pupil.Rounds.CreateTrainerProfile(t.Context())
	if !errors.Is(err, chain.ErrAccountInUse) {
		require.NoError(t, err)
	}
	_, err = pupil.Rounds.SubmitGradient(t.Context(), id, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	_, err = judge.Rounds.Postvalidate(t.Context(), id, pupil.Rounds.Wallet(), 3000)
	require.NoError(t, err)
}

// refusing is a signer that refuses the transactions that refuse selects.
type refusing struct {
	chain.Signer
	refuse func(n int) bool // n counts from 1
	n      int
}

var errRefused = errors.New("the signer refuses")

func (s *refusing) Sign(ctx context.Context, message []byte) (solana.Signature, error) {
	s.n++
	if s.refuse(s.n) {
		return solana.Signature{}, errRefused
	}
	return s.Signer.Sign(ctx, message)
}

func TestClaimAllTakesEverythingOwedByFinalizedRounds(t *testing.T) {
	world := roundtest.New(t)
	creator := world.Player(t, "creator").Client
	player := world.Player(t, "judge")
	judge, pupil := player.Client, world.Player(t, "pupil").Client
	for id := range uint64(4) {
		launched, err := creator.Launch(t.Context(), newRound(1))
		require.NoError(t, err)
		require.Equal(t, id, launched.RoundID)
		playRound(t, id, judge, pupil)
		if id != 2 {
			_, err = creator.Rounds.FinalizeRound(t.Context(), id)
			require.NoError(t, err)
		}
	}

	reluctant, err := world.Client(t.TempDir(), &refusing{player.Wallet, func(n int) bool { return n == 1 || n > 4 }, 0})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, reluctant.Close()) })
	paid, err := reluctant.ClaimAll(t.Context())
	require.ErrorIs(t, err, errRefused)
	require.ErrorContains(t, err, "round 0: ")
	require.ErrorContains(t, err, "round 3: ")
	require.NotContains(t, err.Error(), "round 1: ")
	require.NotContains(t, err.Error(), "round 2: ", "it is not finalized")
	require.Equal(t, []uint64{0, 1}, roundsOf(paid), "a failure does not stop the rest")
	require.Len(t, paid[0].Receipts, 1)
	require.Len(t, paid[1].Receipts, 2)

	paid, err = judge.ClaimAll(t.Context())
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 3}, roundsOf(paid), "what was left")
	paid, err = pupil.ClaimAll(t.Context())
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 3}, roundsOf(paid))
	paid, err = creator.ClaimAll(t.Context())
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 3}, roundsOf(paid), "the creator gets the remainders")
	for _, c := range []*decloud.Client{judge, pupil, creator} {
		paid, err = c.ClaimAll(t.Context())
		require.NoError(t, err)
		require.Empty(t, paid)
	}
}

// A worker of the same wallet claims at the same time: nothing has failed.
func TestClaimBesideAWorker(t *testing.T) {
	world := roundtest.New(t)
	creator, player := world.Player(t, "creator").Client, world.Player(t, "judge")
	launched, err := creator.Launch(t.Context(), newRound(1))
	require.NoError(t, err)
	playRound(t, launched.RoundID, player.Client, world.Player(t, "pupil").Client)
	_, err = creator.Rounds.FinalizeRound(t.Context(), launched.RoundID)
	require.NoError(t, err)

	late, err := world.Client(t.TempDir(), &refusing{player.Wallet, func(n int) bool {
		if n == 1 {
			world.Net.WarpSlots(1) // with the same blockhash it would be the same transaction
			_, err := player.Rounds.ClaimValidatorPre(t.Context(), launched.RoundID)
			require.NoError(t, err)
		}
		return false
	}, 0})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, late.Close()) })
	paid, err := late.Claim(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Len(t, paid.Receipts, 1, "that for the score of the gradient")
}

func roundsOf(paid []decloud.Claimed) (ids []uint64) {
	for _, p := range paid {
		ids = append(ids, p.RoundID)
	}
	return ids
}

func TestLaunchWithoutAPackage(t *testing.T) {
	world := roundtest.New(t)
	c := world.Player(t, "creator").Client
	_, err := c.Launch(t.Context(), decloud.LaunchOptions{Reward: 1e9})
	require.ErrorContains(t, err, "Package is nil")
	nameless := *roundtest.Package()
	nameless.Config.Metadata.Dataset = ""
	_, err = c.Launch(t.Context(), decloud.LaunchOptions{Package: &nameless, Reward: 1e9, Open: true})
	require.ErrorContains(t, err, "names no data set")
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := decloud.New(decloud.Config{})
	require.ErrorContains(t, err, "Config.Dir is empty")
	_, err = decloud.New(decloud.Config{Dir: t.TempDir()})
	require.ErrorContains(t, err, "Config.Chain.Signer is nil")
	world := roundtest.New(t)
	c := world.Player(t, "somebody").Client
	require.ErrorContains(t, c.Train(t.Context(), trainer.Config{}), "Data is empty")
	require.ErrorContains(t, c.Validate(t.Context(), validator.Config{Poll: -time.Second}), "Data is empty")
}

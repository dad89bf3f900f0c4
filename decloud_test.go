package decloud_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// client is a Client for a player of the world.
func client(t *testing.T, world *roundtest.World, p roundtest.Player) *decloud.Client {
	t.Helper()
	c, err := decloud.New(decloud.Config{
		Dir: t.TempDir(),
		Round: round.Config{RPC: world.Net.RPC(), Signer: p.Wallet,
			Network: round.Network{Name: "test", Program: world.Net.ProgramID()}},
		Store: storage.Config{Fetchers: []storage.Fetcher{world.Cars()}, Pushers: []storage.Pusher{world.Cars()}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func newRound(quorum uint8) decloud.NewRound {
	return decloud.NewRound{Package: roundtest.Package(), Reward: 1_000_000_000, Quorum: quorum}
}

func TestLaunchPublishesThePackageAndLocksTheReward(t *testing.T) {
	world := roundtest.New(t)
	c := client(t, world, world.Player(t, "creator"))
	launched, err := c.Launch(t.Context(), newRound(0))
	require.NoError(t, err)

	r, err := c.Round.Round(t.Context(), launched.RoundID)
	require.NoError(t, err)
	require.Equal(t, launched.CID.String(), r.ModelCID)
	require.EqualValues(t, 1_000_000_000, r.Reward)
	require.EqualValues(t, decloud.DefaultQuorum, r.Options.MinPrevalidations)
	require.EqualValues(t, decloud.DefaultQuorum, r.Options.MinPostvalidations)

	other := client(t, world, world.Player(t, "other"))
	_, err = other.Store.Fetch(t.Context(), launched.CID)
	require.NoError(t, err, "whoever reads the round can fetch its package")
}

func TestLaunchWithTooFewLamports(t *testing.T) {
	world := roundtest.New(t)
	p := world.Poor(t, "creator")
	require.NoError(t, world.Net.Fund(p.Wallet.PublicKey(), 900_000_000))
	c := client(t, world, p)
	_, err := c.Launch(t.Context(), newRound(0))
	require.ErrorIs(t, err, round.ErrInsufficientFunds)

	rounds, err := c.Round.Rounds(t.Context(), round.Filter{})
	require.NoError(t, err)
	require.Empty(t, rounds)
	balance, err := c.Round.Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	require.EqualValues(t, 900_000_000, balance, "nothing was paid")
}

func TestLaunchPaysNothingForAPackageThatWasNotPublished(t *testing.T) {
	world := roundtest.New(t)
	p := world.Player(t, "creator")
	c, err := decloud.New(decloud.Config{Dir: t.TempDir(), Round: round.Config{RPC: world.Net.RPC(), Signer: p.Wallet,
		Network: round.Network{Name: "test", Program: world.Net.ProgramID()}}}) // no Pusher
	require.NoError(t, err)
	launched, err := c.Launch(t.Context(), newRound(0))
	require.ErrorContains(t, err, launched.CID.String())
	require.ErrorContains(t, err, "no round created")
	balance, err := c.Round.Balance(t.Context(), p.Wallet.PublicKey())
	require.NoError(t, err)
	require.EqualValues(t, 10_000_000_000, balance)
}

func TestClaimTakesEverythingThatARoundOwesAWallet(t *testing.T) {
	world := roundtest.New(t)
	creator := client(t, world, world.Player(t, "creator"))
	launched, err := creator.Launch(t.Context(), newRound(1))
	require.NoError(t, err)
	judge, pupil := client(t, world, world.Player(t, "judge")), client(t, world, world.Player(t, "pupil"))
	id := launched.RoundID

	_, err = judge.Claim(t.Context(), id)
	require.ErrorIs(t, err, round.ErrRoundNotFinalized)

	_, err = judge.Round.Prevalidate(t.Context(), id, 1000)
	require.NoError(t, err)
	_, err = pupil.Round.CreateTrainerProfile(t.Context())
	require.NoError(t, err)
	_, err = pupil.Round.SubmitGradient(t.Context(), id, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	_, err = judge.Round.Postvalidate(t.Context(), id, pupil.Round.Wallet(), 3000)
	require.NoError(t, err)
	_, err = creator.Round.FinalizeRound(t.Context(), id)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		who  *decloud.Client
		want int
	}{"trainer": {pupil, 1}, "validator": {judge, 2}} {
		receipts, err := c.who.Claim(t.Context(), id)
		require.NoError(t, err, name)
		require.Len(t, receipts, c.want, name)
		again, err := c.who.Claim(t.Context(), id)
		require.NoError(t, err, name)
		require.Empty(t, again, name)
	}
	_, err = creator.Claim(t.Context(), id)
	require.NoError(t, err)
	_, err = creator.Round.Vault(t.Context(), id)
	require.ErrorIs(t, err, round.ErrNotFound, "all is paid: the vault is closed")
	receipts, err := creator.Claim(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, receipts, "what was claimed before is left alone")
}

func TestLaunchWithoutAPackage(t *testing.T) {
	world := roundtest.New(t)
	c := client(t, world, world.Player(t, "creator"))
	_, err := c.Launch(t.Context(), decloud.NewRound{Reward: 1e9})
	require.ErrorContains(t, err, "Package is nil")
	nameless := *roundtest.Package()
	nameless.Config.Metadata.Dataset = ""
	_, err = c.Launch(t.Context(), decloud.NewRound{Package: &nameless, Reward: 1e9})
	require.ErrorContains(t, err, "names no data set")
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := decloud.New(decloud.Config{})
	require.ErrorContains(t, err, "Config.Dir is empty")
	_, err = decloud.New(decloud.Config{Dir: t.TempDir()})
	require.ErrorContains(t, err, "Config.Round.Signer is nil")
	world := roundtest.New(t)
	c := client(t, world, world.Player(t, "somebody"))
	require.ErrorContains(t, c.Train(t.Context(), trainer.Config{}), "Data is empty")
	require.ErrorContains(t, c.Validate(t.Context(), validator.Config{Poll: -time.Second}), "Data is empty")
}

package localtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPlayersShareAChainAndPackages(t *testing.T) {
	for name, options := range map[string][]localnet.Option{"in process": {localnet.InProcess()}, "over ports": nil} {
		t.Run(name, func(t *testing.T) {
			world := localtest.New(t, options...)
			creator, other := world.Player(t, "creator"), world.Player(t, "other")
			model, err := localtest.Package()
			require.NoError(t, err)
			launched, err := creator.Launch(t.Context(), decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL, Open: true})
			require.NoError(t, err)
			_, err = other.Store.Fetch(t.Context(), launched.CID)
			require.NoError(t, err)
			r, err := other.Rounds.Round(t.Context(), launched.RoundID)
			require.NoError(t, err)
			require.Equal(t, creator.Wallet.PublicKey(), r.Creator)
			balance, err := other.Chain.Balance(t.Context(), other.Wallet.PublicKey())
			require.NoError(t, err)
			require.EqualValues(t, localtest.Funds, balance)
		})
	}
}

func TestPlayersThatCannotBe(t *testing.T) {
	world := localtest.New(t, localnet.InProcess())
	_, err := world.NewPlayer("poor", 1)
	require.ErrorContains(t, err, "player poor: ")
	require.ErrorContains(t, err, "rent")

	empty := localtest.New(t, localnet.InProcess(), localnet.Empty())
	_, err = empty.NewPlayer("alice", 0)
	require.NoError(t, err, "on an empty chain there is no round, but there are wallets")
}

// failing is a TB that remembers why the test was ended.
type failing struct {
	testing.TB
	reason string
}

func (f *failing) Fatalf(format string, _ ...any) { f.reason = format }

func TestNewEndsATestThatCannotStart(t *testing.T) {
	f := &failing{TB: t}
	require.Nil(t, localtest.New(f, localnet.InProcess(), localnet.WithPorts(1, 2)))
	require.NotEmpty(t, f.reason)
}

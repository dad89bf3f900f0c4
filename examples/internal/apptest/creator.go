package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Creator puts up rounds about the model of examples/launch.
type Creator struct {
	t      testing.TB
	Client *decloud.Client
	model  packagefmt.Model
}

// NewCreator is a creator with a wallet, who publishes to a directory of CARs.
// model is the path of the PyTorch file.
func NewCreator(t testing.TB, net *localnet.Network, cars, model string) *Creator {
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, net.Fund(key.PublicKey(), 10_000_000_000))
	dir := storage.NewCARDir(cars)
	client, err := decloud.New(decloud.Config{Dir: t.TempDir(),
		Chain: chain.Config{Signer: key, Network: chain.Network{Name: "test", RPC: net.URL(), WS: net.WSURL()}}, RoundProgram: net.ProgramID(),
		Store: storage.Config{Fetchers: []storage.Fetcher{dir}, Pushers: []storage.Pusher{dir}, NoSync: true}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	m, err := packagefmt.OpenPyTorch(model, packagefmt.PyTorchOptions{})
	require.NoError(t, err)
	return &Creator{t, client, m}
}

// Launch puts up a round about MNIST with these quorums. change may alter how
// the package is built.
func (c *Creator) Launch(reward uint64, quorum uint8, change func(*packagefmt.BuildOptions)) uint64 {
	c.t.Helper()
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(c.t, err)
	opts := packagefmt.BuildOptions{Dataset: dataset.Mnist, Preprocessing: packagefmt.Preprocessing{Mean: []float32{0.1307}, Std: []float32{0.3081}}}
	if change != nil {
		change(&opts)
	}
	pkg, _, err := packagefmt.Build(c.t.Context(), c.model, digits.Test, opts)
	require.NoError(c.t, err)
	launched, err := c.Client.Launch(c.t.Context(), decloud.LaunchOptions{Package: pkg, Reward: reward, Quorum: quorum, Open: true})
	require.NoError(c.t, err)
	return launched.RoundID
}

// ScoreBase has validators report an accuracy of the base.
func ScoreBase(t testing.TB, id uint64, accuracy uint32, validators ...*round.Client) {
	t.Helper()
	for _, v := range validators {
		_, err := v.Prevalidate(t.Context(), id, accuracy)
		require.NoError(t, err)
	}
}

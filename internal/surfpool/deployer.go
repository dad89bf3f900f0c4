package surfpool

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// Deployer is a client of a chain, the key of its wallet, and the keypair of the address that its program is to have there.
type Deployer struct {
	*chain.Client
	Chain   *Chain
	Key     *chain.Keypair
	Program *chain.Keypair
}

// NewDeployer starts a chain and funds a wallet on it.
func NewDeployer(t testing.TB, lamports uint64) Deployer {
	t.Helper()
	return Deployer{Chain: Start(t), Program: chaintest.Keypair(t)}.Other(t, lamports)
}

// Other funds another wallet on the same chain, for the same program.
func (d Deployer) Other(t testing.TB, lamports uint64) Deployer {
	t.Helper()
	d.Key = chaintest.Keypair(t)
	d.Chain.Fund(t, d.Key.PublicKey(), lamports)
	route := chaintest.Route{Config: chain.Config{Network: chain.Network{Name: "surfpool", RPC: d.Chain.RPC, WS: d.Chain.WS}}}
	d.Client = route.Client(t, d.Key)
	return d
}

// Lamports is what the wallet has.
func (d Deployer) Lamports(t testing.TB) uint64 {
	t.Helper()
	n, err := d.Balance(t.Context(), d.Key.PublicKey())
	require.NoError(t, err)
	return n
}

package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

const (
	sol      = 1_000_000_000
	modelCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
)

// gradientCID is a different well-formed text for each n.
func gradientCID(n int) string {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	return modelCID[:len(modelCID)-2] + string(digits[n/32%32]) + string(digits[n%32])
}

// world is a local chain with the program on it.
type world struct {
	*testing.T
	net  *localnet.Network
	over func(round.Config) round.Config // how clients reach it
	// authority is who may change the protocol.
	authority *round.Client
}

func newWorld(t *testing.T, opts ...localnet.Option) *world {
	opts = append([]localnet.Option{localnet.InProcess(), localnet.Empty(), localnet.WithProgram(round.LocalProgram, round.Program())}, opts...)
	w := &world{T: t, net: localnet.New(t, opts...)}
	w.over = func(c round.Config) round.Config { c.RPC = w.net.RPC(); return c }
	w.authority = w.actor()
	w.ok(w.authority.Initialize(t.Context()))
	return w
}

// actor is a client with a funded wallet of its own.
func (w *world) actor() *round.Client {
	key, err := round.NewKeypair()
	require.NoError(w, err)
	require.NoError(w, w.net.Fund(key.PublicKey(), 1000*sol))
	c, err := round.NewClient(w.over(round.Config{Network: round.Network{Name: "test", Program: round.LocalProgram}, Signer: key}))
	require.NoError(w, err)
	w.Cleanup(func() { require.NoError(w, c.Close()) })
	return c
}

// trainer is an actor with a profile.
func (w *world) trainer() *round.Client {
	c := w.actor()
	_, err := c.CreateTrainerProfile(w.Context())
	require.NoError(w, err)
	return c
}

func (w *world) now() time.Time {
	now, err := w.actor().Now(w.Context())
	require.NoError(w, err)
	return now
}

func (w *world) balance(key solana.PublicKey) uint64 {
	n, err := w.actor().Balance(w.Context(), key)
	require.NoError(w, err)
	return n
}

// ok takes what a verb returns and wants it to have worked.
func (w *world) ok(r round.Receipt, err error) round.Receipt {
	w.Helper()
	require.NoError(w, err)
	return r
}

// refused takes what a verb returns and wants it to be refused.
func (w *world) refused(want error) func(round.Receipt, error) {
	return func(_ round.Receipt, err error) {
		w.Helper()
		require.ErrorIs(w, err, want)
	}
}
